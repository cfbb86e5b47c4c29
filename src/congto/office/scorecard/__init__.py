"""The month in figures, by unit; reads the other books only."""
