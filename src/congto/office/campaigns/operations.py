"""Writes of plans, tasks and sessions, gathered: each is one transaction."""
