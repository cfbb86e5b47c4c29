"""STORES: PostgreSQL in bulk (Arrow in, COPY out) and the Delta table of interval readings."""
