"""Writes of devices, gathered: each is one transaction."""
