"""BOOKS: one Django app a stage; each has models, choices, queries (reads) and operations (writes)."""
