"""What a delivery says of itself and what it meets; rules of identity and replacement read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Delivery:
    """Rows as in the block; whatever is None is not said, and its rule is silent.

    Attributes:
        role: vocabulary.intervals.SourceRole; None: all pushed by the meter.
        meter: key of the meter that the file names; 0: names none. (n,)
        multiplier: CT x VT by the file; 0: none. unit_wh: Wh of its unit; 0: none. (n,)
        interval_seconds: length of an interval; offset_seconds: first start after midnight,
            modulo that length. (n,)
        clock_seconds: the meter's clock minus true time; ABSENT: not known. (n,)
        clock_jump_seconds: largest step of the clock inside the day; 0: none. (n,)
        current: values in force for the day, ABSENT where there are none; (n, 48).
        rank, current_rank: of the source, and of the source in force (-1: none); (n,).
        override: an operator wants the new values whatever their rank; (n,).
        billed_wh: energy of the day in an issued bill; ABSENT_WH: not billed. (n,)
        read_again: the day was asked for again and this is the answer; (n,).
        bands_wh: sum of the advances of the time-of-use registers, before the multiplier;
            ABSENT_WH: not read. band_registers: how many these are. (n,)
        check_meter: values of the check meter, ABSENT where none; (n, 48).
        channels: channels that the meter records, bit 1 << Channel; (n,).
    """

    role: NDArray[np.int8] | None = None
    meter: NDArray[np.int64] | None = None
    multiplier: NDArray[np.int64] | None = None
    unit_wh: NDArray[np.int64] | None = None
    interval_seconds: NDArray[np.int32] | None = None
    offset_seconds: NDArray[np.int32] | None = None
    clock_seconds: NDArray[np.int32] | None = None
    clock_jump_seconds: NDArray[np.int32] | None = None
    current: NDArray[np.int32] | None = None
    rank: NDArray[np.int8] | None = None
    current_rank: NDArray[np.int8] | None = None
    override: NDArray[np.bool_] | None = None
    billed_wh: NDArray[np.int64] | None = None
    read_again: NDArray[np.bool_] | None = None
    bands_wh: NDArray[np.int64] | None = None
    band_registers: NDArray[np.int8] | None = None
    check_meter: NDArray[np.int32] | None = None
    channels: NDArray[np.uint8] | None = None
