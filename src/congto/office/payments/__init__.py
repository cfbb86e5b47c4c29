"""Partners and the payments they report."""
