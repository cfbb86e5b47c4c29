"""CONCENTRATOR FILES: an adapter (YAML) per maker's format, read into the frames of all formats."""
