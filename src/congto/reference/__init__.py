"""PUBLISHED: dated data with unit, source and confidence, and the loader that refuses bad data."""
