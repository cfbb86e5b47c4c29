"""Which values a later delivery or estimation replaces: the rank rule (V-23), by half-hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from congto.vocabulary.intervals import ABSENT
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray


def replaces(
    values: NDArray[np.int32],
    qualities: NDArray[np.uint8],
    new_values: NDArray[np.int32],
    new_qualities: NDArray[np.uint8],
    *,
    by_person: bool = False,
) -> NDArray[np.bool_]:
    """Return where a new value takes the place of the current one; any shape, the same for all.

    A new value that is known and not rejected replaces if its quality ranks at least as high as the
    current one's, or a person wants it; the same value with the same quality is not new (V-02). So
    a measured value always replaces an estimate, a final estimate a temporary one, and neither ever
    goes back. What was estimated beside a replaced value has to be estimated again: the register
    now leaves another sum for it.
    """
    known = (new_values != ABSENT) & (new_qualities > Quality.REJECTED)
    ranks = np.greater_equal(new_qualities, qualities) | by_person
    differs = (new_values != values) | (new_qualities != qualities)
    wins: NDArray[np.bool_] = known & ranks & differs
    return wins
