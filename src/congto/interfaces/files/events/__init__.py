"""FILES OF METER EVENTS: one file per format, each read into and written from the same frame."""
