"""Billing runs, bills and their lines."""
