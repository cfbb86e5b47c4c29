"""What was used: kWh as told or from meter reads, with additions, deductions and estimates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from congto.engines.rating.adjustments import Energy, adjusted
from congto.engines.rating.meter_reads import (
    Metered,
    MeterRead,
    check_reads,
    metered,
    was_read_on,
)
from congto.engines.rating.scalar import Bands
from congto.interfaces.cli.quote.fields import (
    as_written,
    read_day,
    read_index,
    read_list,
    read_number,
    read_object,
    read_thousandths,
    read_word,
    refuse_both,
)
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Register

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

BANDS = ("normal", "peak", "off_peak")
READ_FIELDS = (
    "meter",
    "register",
    "from",
    "to",
    "old",
    "new",
    "digits",
    "decimals",
    "multiplier",
    "ct",
    "vt",
    "estimated",
)
ADJUSTMENT_FIELDS = ("additions", "deductions", "estimated_before")
MEASURED, BY_DAYS = "measured", "by_days"


@dataclass(frozen=True, slots=True)
class Used:
    """Measured parts of the period in order, and what they were made from, in Wh."""

    parts: list[Metered]
    reads: list[MeterRead]
    metered_wh: int
    adjustments_wh: dict[str, int]


def read_used(
    request: dict[str, Any], days: tuple[date, date], cuts: Sequence[date], step_wh: int
) -> Used:
    """Return the energy of a request, cut at the days of `cuts` on which the meters were read.

    Args:
        request: the request, its fields known.
        days: first day of the period and the day after its last.
        cuts: days inside the period at which a price begins.
        step_wh: rounding of additions and deductions that are spread over measured parts.
    """
    refuse_both(request, "kwh", "reads")
    if "reads" in request:
        reads = read_reads(request, *days)
        parts = _measured(request, reads, days, cuts)
    elif "kwh" in request:
        if cuts and request.get("settings", {}).get("price_change") == MEASURED:
            raise _not_read(cuts[0])
        total, bands = read_energy(request["kwh"], "kwh")
        reads, parts = [], [Metered(*days, total, bands, 0)]
    else:
        raise InvalidInputError("the request lacks the field 'kwh'", expected="kwh or reads")
    whole = sum(part.energy_wh for part in parts)
    changed = {}
    for name in ADJUSTMENT_FIELDS:
        if name in request:
            changes = _adjustments(request[name], name, banded=any(part.bands for part in parts))
            changed[name] = sum(one.energy_wh for one in changes)
            for one in changes:
                parts = adjusted(parts, one, step_wh, _too_much(name))
    return Used(parts, reads, whole, changed)


def _measured(
    request: dict[str, Any],
    reads: list[MeterRead],
    days: tuple[date, date],
    cuts: Sequence[date],
) -> list[Metered]:
    check_reads(reads, *days)
    way = request.get("settings", {}).get("price_change")
    read_on = [day for day in cuts if was_read_on(reads, day)]
    if way == MEASURED and len(read_on) < len(cuts):
        raise _not_read(next(day for day in cuts if day not in read_on))
    edges = [days[0], *([] if way == BY_DAYS else read_on), days[1]]
    return [metered(reads, *edge) for edge in pairwise(edges)]


def _not_read(day: date) -> InvalidInputError:
    return InvalidInputError(
        f"settings.price_change is measured and no meter was read on {day}",
        expected=f"reads that end and begin on {day}, or by_days",
    )


def _too_much(name: str) -> InvalidInputError:
    if name == "estimated_before":
        return InvalidInputError(
            "more kWh were billed on the estimate than this reading has",
            expected="an estimate below the reading",
            action="cancel the bill of the estimated period and bill it anew",
        )
    return InvalidInputError(
        f"billed energy falls below zero with the {name}",
        expected="deductions of at most what was metered and added in each part and band",
    )


def _adjustments(given: object, name: str, *, banded: bool) -> list[Energy]:
    """Return signed changes of the energy; on a three-rate meter each tells its bands."""
    if name == "estimated_before":
        values = read_object(given, name, ("kwh",), ("kwh",))
        rows = [(name, values["kwh"])]
    else:
        rows = []
        for number, one in enumerate(read_list(given, name), start=1):
            place = f"{name}[{number}]"
            values = read_object(one, place, ("name", "kwh"), ("kwh",))
            if not isinstance(values.get("name", ""), str):
                raise InvalidInputError(
                    f"{place}.name is {as_written(values['name'])}", expected="a text"
                )
            rows.append((place, values["kwh"]))
    sign = 1 if name == "additions" else -1
    return [_change(kwh, f"{place}.kwh", sign, banded=banded) for place, kwh in rows]


def _change(given: object, place: str, sign: int, *, banded: bool) -> Energy:
    if isinstance(given, dict):
        total, bands = read_energy(given, place)
    else:
        total, bands = read_thousandths(given, place), None
    if banded and bands is None:
        raise InvalidInputError(
            f"{place} is one number on a three-rate meter",
            expected='{"normal", "peak", "off_peak"}',
        )
    signed = Bands(*(sign * one for one in bands)) if banded and bands else None
    return Energy(sign * total, signed)


def read_energy(given: object, place: str) -> tuple[int, Bands | None]:
    """Read {"total"} or the three bands, in Wh."""
    if isinstance(given, dict) and "total" in given:
        total = read_object(given, place, ("total",), ("total",))["total"]
        return read_thousandths(total, f"{place}.total"), None
    if isinstance(given, dict) and not given.keys() & set(BANDS):
        # Nothing known in it: name both forms at once.
        read_object(given, place, ("total", *BANDS), ())
        raise InvalidInputError(
            f"{place} is empty", expected='{"total"} or {"normal", "peak", "off_peak"}'
        )
    values = read_object(given, place, BANDS, BANDS)
    bands = Bands(*(read_thousandths(values[name], f"{place}.{name}") for name in BANDS))
    return sum(bands), bands


def read_reads(request: dict[str, Any], start: date, end: date) -> list[MeterRead]:
    """Return the meter reads; what a read leaves out is one meter, its total, the whole period."""
    reactive = request.get("reactive", {})
    registered = request.get("registered_kw", "0")
    if isinstance(reactive, dict):
        registered = reactive.get("registered_kw", registered)
    kw = int(read_number(registered, "registered_kw"))
    return [
        _read(one, f"reads[{number}]", (start, end), kw)
        for number, one in enumerate(read_list(request["reads"], "reads"), start=1)
    ]


def _read(given: object, place: str, days: tuple[date, date], kw: int) -> MeterRead:
    values = read_object(given, place, READ_FIELDS, ("old", "new"))
    meter, estimated = values.get("meter", "1"), values.get("estimated", False)
    if not isinstance(meter, str) or not meter.isprintable() or not 1 <= len(meter) <= 60:
        raise InvalidInputError(
            f"{place}.meter is {as_written(meter)}", expected="a text of 1 to 60 characters"
        )
    if not isinstance(estimated, bool):
        raise InvalidInputError(
            f"{place}.estimated is {as_written(estimated)}", expected="true or false"
        )
    names = [one.name.lower() for one in Register]
    register = read_word(values.get("register", "total"), f"{place}.register", names)
    return MeterRead(
        meter=meter,
        register=Register[register.upper()],
        start=read_day(values["from"], f"{place}.from") if "from" in values else days[0],
        end=read_day(values["to"], f"{place}.to") if "to" in values else days[1],
        old=read_index(values["old"], f"{place}.old"),
        new=read_index(values["new"], f"{place}.new"),
        digits=_small(values["digits"], f"{place}.digits", 1) if "digits" in values else None,
        decimals=_small(values["decimals"], f"{place}.decimals", 0)
        if "decimals" in values
        else None,
        multiplier=_multiplier(values, place),
        registered_kw=kw,
        estimated=estimated,
    )


def _small(given: object, place: str, least: int) -> int:
    value = read_number(given, place)
    if value != int(value) or not least <= value <= 12:
        raise InvalidInputError(
            f"{place} is {as_written(given)}", expected=f"a whole number from {least} to 12"
        )
    return int(value)


def _multiplier(values: dict[str, Any], place: str) -> Fraction:
    """Return the multiplier, as told or CT ratio x VT ratio."""
    refuse_both(values, "multiplier", "ct")
    refuse_both(values, "multiplier", "vt")
    found = Fraction(1)
    for name in ("multiplier", "ct", "vt"):
        if name in values:
            found *= _ratio(values[name], f"{place}.{name}")
    return found


def _ratio(given: object, place: str) -> Fraction:
    """Read "40" or a ratio such as "200/5"."""
    above, slash, below = given.partition("/") if isinstance(given, str) else (given, "", "")
    upper = read_number(above, place)
    lower = read_number(below, place) if slash else 1
    if not upper or not lower:
        raise InvalidInputError(f"{place} is {as_written(given)}", expected="more than zero")
    return Fraction(upper) / Fraction(lower)
