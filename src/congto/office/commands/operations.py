"""Writes of orders and commands, gathered: each is one transaction."""
