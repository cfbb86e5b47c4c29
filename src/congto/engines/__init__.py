"""ARITHMETIC: pure functions, frame in and frame out; no clock, no input or output, no Django."""
