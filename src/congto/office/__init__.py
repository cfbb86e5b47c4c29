"""BOOKS: an app per stage, each with models, choices, queries (reads), operations (writes)."""
