"""Seeded randomness: each thing drawn has its own stream, so adding one never moves another."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of the thing called `name` ("households", "serials", ...)."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])
