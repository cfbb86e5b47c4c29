"""Seeded randomness: each thing drawn has its own stream, so adding one never moves another."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of the thing called `name` ("households", "serials", ...)."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def keyed(keys: NDArray[np.uint64], seed: int, name: str) -> NDArray[np.float64]:
    """Return a number in [0, 1) per key: the same key, seed and name always give the same number.

    For draws that must not depend on which other rows are there (a run that is done again after a
    kill sees fewer). SplitMix64's finaliser over the key and the name's own constant.
    """
    salt = stream(seed, name).integers(2**63, dtype=np.uint64)
    mixed = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + salt
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * np.float64(2.0**-53)
