"""Pages of the console: each view makes one call per concern into queries or operations."""
