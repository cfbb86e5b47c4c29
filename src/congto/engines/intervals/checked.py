"""What validation says of a block: values to use, values to replace, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from congto.engines.intervals.block import Hits
    from congto.vocabulary.intervals import Action


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of `validate`; rows as in the block.

    Attributes:
        reasons: sum of reason_bit(rule) of the rules that spoke; (n, 48).
        rejected: not to be used, to be estimated; a missing value is not among them. (n, 48)
        suspect: used and shown; temporary: used until better values come. (n, 48)
        rows: rows with any reason, rising; all others are clean and complete.
        dropped: whole days that bring nothing new; they are not stored. (n,)
        proven: days whose sum the register bears out (V-10); (n,).
        register_unfit: days whose register reads must not be used to estimate: backwards, or of
            another meter or multiplier; (n,).
        found: rule, action and hits, in the order the rules ran.
    """

    reasons: NDArray[np.uint32]
    rejected: NDArray[np.bool_]
    suspect: NDArray[np.bool_]
    temporary: NDArray[np.bool_]
    rows: NDArray[np.int32]
    dropped: NDArray[np.bool_]
    proven: NDArray[np.bool_]
    register_unfit: NDArray[np.bool_]
    found: tuple[tuple[str, Action, Hits], ...]
