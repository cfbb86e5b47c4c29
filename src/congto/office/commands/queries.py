"""Reads of orders and commands."""
