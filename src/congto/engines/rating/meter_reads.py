"""From dials to energy: advance, rollover, multiplier, several meters, parts of a period.

kWh = (new index - old index) x multiplier; a replaced meter gives two reads, each with its own
multiplier, and all meters of an account add up (TT 16/2014/TT-BCT practice, recalled; the columns
of EVN's bill show metered, direct and deducted energy apart).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from congto.engines.rating.rounding import WH_PER_KWH, half_up
from congto.engines.rating.scalar import Bands
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

HOURS_A_DAY = 24
ROLLOVER_SPAN_PART = Fraction(1, 2)
"""A smaller new index is a rollover only if the advance is under half the dial's span."""

BAND_REGISTERS = (Register.NORMAL, Register.PEAK, Register.OFF_PEAK)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterRead:
    """Two indexes of one register of one meter in [start, end).

    Attributes:
        old, new: indexes in kWh (kvarh) as the dial shows them.
        digits: whole digits of the dial; None: not known, the dial may not have rolled over.
        decimals: digits of the dial behind the point; None: as the indexes are written.
        multiplier: CT ratio x VT ratio (hệ số nhân).
        registered_kw: bounds what a dial that rolled over may have counted; 0: not known.
    """

    meter: str
    register: Register
    start: date
    end: date
    old: Decimal
    new: Decimal
    digits: int | None = None
    decimals: int | None = None
    multiplier: Fraction = Fraction(1)
    registered_kw: int = 0
    estimated: bool = False

    @property
    def step(self) -> Decimal:
        """Return the last digit of the dial: 1, or 0.1 with one decimal."""
        written = -min(0, *(int(one.as_tuple().exponent) for one in (self.old, self.new)))
        return Decimal(1).scaleb(-(written if self.decimals is None else self.decimals))

    @property
    def rolled_over(self) -> bool:
        """Return whether the dial passed zero between the two indexes."""
        return self.new < self.old


@dataclass(frozen=True, slots=True)
class Metered:
    """What all meters counted in [start, end): Wh in all and by band, and varh."""

    start: date
    end: date
    energy_wh: int
    bands: Bands | None
    reactive_varh: int


def advance_wh(read: MeterRead) -> int:
    """Return the energy of a read in Wh (varh), half up to one Wh.

    "84" after "99950" on five digits, multiplier 40: (100,000 - 99,950 + 84) x 40 = 5,360 kWh.
    Raises InvalidInputError for an index that the dial cannot show and for a rollover that is not
    plausible.
    """
    _check_dial(read)
    steps = read.new - read.old
    if read.rolled_over:
        steps += Decimal(10) ** (read.digits or 0)
        _check_rollover(read, steps)
    return half_up(Fraction(steps) * read.multiplier * WH_PER_KWH)


def _check_dial(read: MeterRead) -> None:
    for name, index in (("old", read.old), ("new", read.new)):
        if read.digits is not None and index >= Decimal(10) ** read.digits:
            raise InvalidInputError(
                f"{_named(read)}: the {name} index {index} has more than {read.digits} digits",
                expected=f"an index below {10**read.digits:,}",
            )
        if index % read.step:
            raise InvalidInputError(
                f"{_named(read)}: the {name} index {index}",
                expected=f"an index with {read.decimals} decimals",
            )


def _check_rollover(read: MeterRead, steps: Decimal) -> None:
    """Refuse a smaller new index that no rollover explains.

    The bound is half of the dial's span, or registered kW x hours where the demand is known.
    """
    found = f"{_named(read)}: the new index {read.new} is below the old one {read.old}"
    if read.digits is None:
        raise InvalidInputError(
            found, expected='"digits" of the dial if it rolled over, else indexes that rise'
        )
    most = Fraction(10**read.digits) * ROLLOVER_SPAN_PART
    why = "half of the dial"
    if read.registered_kw and read.register is not Register.REACTIVE:
        hours = (read.end - read.start).days * HOURS_A_DAY
        most, why = read.registered_kw * hours / read.multiplier, f"{read.registered_kw} kW"
    if Fraction(steps) > most:
        raise InvalidInputError(
            f"{found}; a rollover would be an advance of {steps} on the dial",
            expected=f"at most {int(most)} ({why})",
            action="check both indexes",
        )


def _named(read: MeterRead) -> str:
    return f"meter {read.meter}, {read.register.name.lower()}"


def check_reads(reads: Sequence[MeterRead], start: date, end: date) -> None:
    """Refuse reads that leave the period, overlap, or do not reach from its first day to its last.

    A meter's reads may stand apart (a day without a meter); a replaced meter ends before `end`.
    """
    by_register: dict[tuple[str, Register], list[MeterRead]] = {}
    for read in reads:
        by_register.setdefault((read.meter, read.register), []).append(read)
        if not start <= read.start < read.end <= end:
            raise InvalidInputError(
                f"{_named(read)}: a read from {read.start} to {read.end}",
                expected=f"days inside the period from {start} to {end}",
            )
    for group in by_register.values():
        for earlier, later in pairwise(sorted(group, key=lambda one: one.start)):
            if later.start < earlier.end:
                raise InvalidInputError(
                    f"{_named(later)}: two reads overlap on {later.start}",
                    expected=f"a read from {earlier.end} or later",
                )
    active = [read for read in reads if read.register is not Register.REACTIVE]
    if not active:
        raise InvalidInputError("no read of active energy", expected="total, or the three bands")
    first, last = min(one.start for one in active), max(one.end for one in active)
    if (first, last) != (start, end):
        raise InvalidInputError(
            f"the reads go from {first} to {last}",
            expected=f"reads over the whole period from {start} to {end}",
        )


def was_read_on(reads: Sequence[MeterRead], day: date) -> bool:
    """Return whether every register was read on a day inside the period: no read spans it."""
    return (
        any(one.end <= day for one in reads)
        and any(one.start >= day for one in reads)
        and not any(one.start < day < one.end for one in reads)
    )


def metered(reads: Sequence[MeterRead], start: date, end: date) -> Metered:
    """Add up the reads that lie in [start, end).

    Where one meter has bands, the energy of a meter without them counts as normal hours (a buyer
    without a three-rate meter pays the normal price). A total register beside bands is a check.
    """
    inside = [one for one in reads if start <= one.start and one.end <= end]
    sums: dict[tuple[str, Register], int] = {}
    for read in inside:
        key = read.meter, read.register
        sums[key] = sums.get(key, 0) + advance_wh(read)
    banded = {meter for meter, register in sums if register in BAND_REGISTERS}
    for meter in banded:
        _check_bands(meter, sums, inside)
    by_band = [sum(wh for (_, one), wh in sums.items() if one is band) for band in BAND_REGISTERS]
    plain = sum(
        wh for (meter, one), wh in sums.items() if one is Register.TOTAL and meter not in banded
    )
    reactive = sum(wh for (_, one), wh in sums.items() if one is Register.REACTIVE)
    bands = Bands(by_band[0] + plain, by_band[1], by_band[2]) if banded else None
    return Metered(start, end, plain + sum(by_band), bands, reactive)


def _check_bands(
    meter: str, sums: dict[tuple[str, Register], int], reads: Sequence[MeterRead]
) -> None:
    """Refuse a meter with one or two bands only, and a total that its bands do not explain.

    Every register is cut off at its last digit, so four of them may differ by four digits.
    """
    missing = [one.name.lower() for one in BAND_REGISTERS if (meter, one) not in sums]
    if missing:
        raise InvalidInputError(
            f"meter {meter} has no read of {', '.join(missing)}",
            expected="normal, peak and off_peak together",
        )
    total = sums.get((meter, Register.TOTAL))
    if total is None:
        return
    added = sum(sums[meter, one] for one in BAND_REGISTERS)
    own = [one for one in reads if one.meter == meter]
    slack = 4 * max(one.multiplier * WH_PER_KWH * Fraction(one.step) for one in own)
    if abs(total - added) > slack:
        raise InvalidInputError(
            f"meter {meter}: the bands add up to {added} Wh, the total register says {total} Wh",
            expected=f"at most {int(slack)} Wh between them",
            action="check the indexes",
        )
