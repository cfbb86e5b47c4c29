"""Reads of plans, tasks and sessions."""
