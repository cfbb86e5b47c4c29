"""Congto takes an electricity retailer from the meter to the closed books."""

__version__ = "0.1.0"
