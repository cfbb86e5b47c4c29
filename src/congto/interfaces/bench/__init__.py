"""Benchmarks: each prints its rate, peak memory and, from the same run, the limit it chases."""
