"""Substations, feeders and transformers, and who feeds whom."""
