"""Simulated meters: the server side of the same codec, thousands of them in one process."""
