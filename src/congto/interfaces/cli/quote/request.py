"""A request as rows of the rating engine: every field checked, purposes and parts combined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from congto.engines.rating.adjustments import split_by_days, split_like
from congto.engines.rating.demand import demand_that_counts
from congto.engines.rating.meter_reads import Metered
from congto.engines.rating.mixed_use import all_residential
from congto.engines.rating.refused_meter import first_day_of_peak_price
from congto.engines.rating.rounding import TierRounding
from congto.engines.rating.scalar import Usage
from congto.engines.rating.segments import Share, apportion
from congto.interfaces.cli.quote.energy import ADJUSTMENT_FIELDS, BY_DAYS, MEASURED, Used, read_used
from congto.interfaces.cli.quote.fields import (
    read_day,
    read_list,
    read_number,
    read_object,
    read_thousandths,
    read_word,
    refuse_both,
)
from congto.interfaces.cli.quote.purposes import Purpose, read_purposes
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.prices import PriceBook
    from congto.vocabulary.side_rules import SideRules

REQUIRED = ("from", "to")
OPTIONAL = (
    "group",
    "subgroup",
    "voltage",
    "households",
    "people",
    "household_changes",
    "segments",
    "average_3_months_kwh",
    "reading_date",
    "kwh",
    "reads",
    *ADJUSTMENT_FIELDS,
    "kvarh",
    "registered_kw",
    "reactive",
    "three_rate_refused",
    "support",
    "capacity",
    "settings",
)
REACTIVE_FIELDS = ("kvarh", "registered_kw", "peak_kw_last_3")
REFERENCE, OFF = "reference", "off"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request understood: rows to rate and what the answer says beside the bill."""

    start: date
    end: date
    rows: list[Usage]
    purposes: list[Purpose]
    used: Used
    settings: dict[str, str]
    kept_residential: bool
    meter_refused: bool
    peak_from: date | None
    support: str | None
    peak_w: int | None

    @property
    def tier_rounding(self) -> TierRounding:
        """Return the rounding of tier widths."""
        return TierRounding(self.settings["tier_rounding"])


def read_request(given: object, book: PriceBook, rules: SideRules) -> Asked:
    """Check every field of a request; raises InvalidInputError with one clear sentence."""
    request = read_object(given, "the request", (*REQUIRED, *OPTIONAL), REQUIRED)
    settings = read_settings(request, rules)
    purposes = read_purposes(request, book)
    start, end = (read_day(request[name], name) for name in REQUIRED)
    if start >= end:
        raise InvalidInputError(
            f"the period from {start} to {end} has no day",
            expected='"to" to be the day after the last day, later than "from"',
        )
    whole = _keeps_residential(request, purposes, rules)
    if whole:
        purposes = [replace(purposes[0], share=Share())]
    peak_from = _peak_from(request, purposes, rules)
    tiers = TierRounding(settings["tier_rounding"])
    decisions = [one.effective_from for one in book.decisions_in(start, end)]
    cuts = sorted({day for day in (*decisions, peak_from) if day and start < day < end})
    used = read_used(request, (start, end), cuts, tiers.step_wh)
    if peak_from is not None and any(part.bands for part in used.parts):
        raise InvalidInputError(
            "three_rate_refused and kWh by band are given",
            expected="kwh.total or total registers: there is no three-rate meter",
        )
    asked = Asked(
        start,
        end,
        [],
        purposes,
        used,
        settings,
        kept_residential=whole,
        meter_refused="three_rate_refused" in request,
        peak_from=peak_from,
        support=_support(request, purposes, rules),
        peak_w=_capacity(request, settings, purposes, rules, start),
    )
    common = _common(request, end, used, book)
    return replace(asked, rows=_rows(asked, common))


def read_settings(request: dict[str, Any], rules: SideRules) -> dict[str, str]:
    """Return every setting, its default where the request names none."""
    choices = {name: list(words) for name, words in rules.settings.items()}
    choices["price_change"] = [MEASURED, BY_DAYS]
    choices["two_component"] = [OFF, REFERENCE]
    given = read_object(request.get("settings", {}), "settings", list(choices), ())
    defaults = {name: words[0] for name, words in rules.settings.items()}
    for name, value in given.items():
        defaults[name] = read_word(value, f"settings.{name}", choices[name])
    return defaults


def _common(request: dict[str, Any], end: date, used: Used, book: PriceBook) -> dict[str, Any]:
    """Return what all rows share: reading date, demand, and the meter's kvarh."""
    reactive = read_object(request.get("reactive", {}), "reactive", REACTIVE_FIELDS, ())
    for name in ("kvarh", "registered_kw"):
        if name in request and "reactive" in request:
            raise InvalidInputError(
                f"both {name!r} and 'reactive' are given", expected=f"{name} inside reactive"
            )
    given = {**request, **reactive}
    read_varh = sum(part.reactive_varh for part in used.parts)
    if "kvarh" in given and any(one.register.name == "REACTIVE" for one in used.reads):
        raise InvalidInputError(
            "kvarh and reads of the reactive register are given", expected="one of the two"
        )
    peaks = given.get("peak_kw_last_3", [])
    listed = read_list(peaks, "reactive.peak_kw_last_3", least=0)
    return {
        "reading_date": (
            read_day(request["reading_date"], "reading_date") if "reading_date" in request else end
        ),
        "registered_kw": demand_that_counts(
            read_number(given.get("registered_kw", "0"), "registered_kw"),
            [read_number(one, "reactive.peak_kw_last_3") for one in listed],
            book.reactive.registered_kw_from,
        ),
        "reactive_varh": read_thousandths(given.get("kvarh", "0"), "kvarh") + read_varh,
    }


def _rows(asked: Asked, common: dict[str, Any]) -> list[Usage]:
    """Return a row for each part and purpose; the meter's kvarh stand on the first one."""
    step = TierRounding(asked.settings["segment_rounding"]).step_wh
    parts = _cut_at_refusal(asked)
    shares = _shares_by_part([one.share for one in asked.purposes], parts, step)
    rows: list[Usage] = []
    for part, own in zip(parts, shares, strict=True):
        energy = apportion(part.energy_wh, part.bands, own, step)
        for number, (purpose, (wh, bands)) in enumerate(
            zip(asked.purposes, energy, strict=True), start=1
        ):
            changes, quarters = _households_from(purpose, part.start, part.end)
            rows.append(
                Usage(
                    group=purpose.group,
                    subgroup=purpose.subgroup,
                    voltage=purpose.voltage,
                    household_quarters=quarters,
                    household_changes=changes,
                    start=part.start,
                    end=part.end,
                    energy_wh=wh,
                    bands=bands,
                    segment=number,
                    cycle_from=asked.start if len(parts) > 1 else None,
                    peak_for_all=asked.peak_from is not None and asked.peak_from <= part.start,
                    **(common if not rows else {**common, "reactive_varh": 0}),
                )
            )
    _check_changes(asked)
    return rows


def _shares_by_part(shares: list[Share], parts: list[Metered], step_wh: int) -> list[list[Share]]:
    """Return the shares of each part: fixed kWh belong to the period and are split like its use."""
    by_share = [
        [one] * len(parts)
        if one.fixed_wh is None
        else [Share(fixed_wh=wh) for wh in split_like(one.fixed_wh, parts, step_wh)]
        for one in shares
    ]
    return [list(one) for one in zip(*by_share, strict=True)]


def _cut_at_refusal(asked: Asked) -> list[Metered]:
    """Cut the part in which the peak price for all begins, by days if no meter was read then."""
    day, found = asked.peak_from, []
    for part in asked.used.parts:
        if day is None or not part.start < day < part.end:
            found.append(part)
            continue
        days = [(day - part.start).days, (part.end - day).days]
        before, after = split_by_days(part.energy_wh, days, asked.tier_rounding.step_wh)
        found.append(Metered(part.start, day, before, None, part.reactive_varh))
        found.append(Metered(day, part.end, after, None, 0))
    return found


def _households_from(
    purpose: Purpose, start: date, end: date
) -> tuple[tuple[tuple[date, int], ...], int]:
    """Return the changes inside (start, end) and the quarters on the first day."""
    quarters = purpose.quarters
    for day, count in purpose.changes:
        if day <= start:
            quarters = count
    return tuple(one for one in purpose.changes if start < one[0] < end), quarters


def _check_changes(asked: Asked) -> None:
    for purpose in asked.purposes:
        for day, _ in purpose.changes:
            if not asked.start < day < asked.end:
                raise InvalidInputError(
                    f"the number of households changes on {day}",
                    expected=f"a day after {asked.start} and before {asked.end}",
                )


def _keeps_residential(request: dict[str, Any], purposes: list[Purpose], rules: SideRules) -> bool:
    """Return whether the low use of three months keeps a mixed contract residential."""
    if "average_3_months_kwh" not in request:
        return False
    average = read_thousandths(request["average_3_months_kwh"], "average_3_months_kwh")
    if len(purposes) < 2:
        raise InvalidInputError(
            "average_3_months_kwh is given without several segments",
            expected="segments, the contract's purpose first",
        )
    return all_residential(purposes[0].group, average, rules.mixed_use)


def _peak_from(request: dict[str, Any], purposes: list[Purpose], rules: SideRules) -> date | None:
    """Return the first day at the peak price from the notices of a refused three-rate meter."""
    if "three_rate_refused" not in request:
        return None
    place = "three_rate_refused"
    values = read_object(request[place], place, ("notices",), ("notices",))
    listed = read_list(values["notices"], f"{place}.notices")
    notices = [read_day(one, f"{place}.notices[{n}]") for n, one in enumerate(listed, start=1)]
    if not any(one.group in rules.refused_meter.groups for one in purposes):
        raise InvalidInputError(
            f"three_rate_refused for the group {purposes[0].group}, which has no time bands",
            expected="one of " + ", ".join(sorted(rules.refused_meter.groups)),
        )
    return first_day_of_peak_price(notices, rules.refused_meter)


def _support(request: dict[str, Any], purposes: list[Purpose], rules: SideRules) -> str | None:
    if "support" not in request:
        return None
    known = list(dict.fromkeys(one.household for one in rules.support))
    word = read_word(request["support"], "support", known)
    if not any(one.group == "residential" for one in purposes):
        raise InvalidInputError(
            f"support for the group {purposes[0].group}", expected="a residential purpose"
        )
    return word


def _capacity(
    request: dict[str, Any],
    settings: dict[str, str],
    purposes: list[Purpose],
    rules: SideRules,
    start: date,
) -> int | None:
    """Return the highest demand in W; refused while the two-component price is off."""
    refuse_both(request, "capacity", "segments")
    if "capacity" not in request:
        return None
    rule = rules.two_component
    values = read_object(request["capacity"], "capacity", ("peak_kw",), ("peak_kw",))
    default = REFERENCE if rule.in_force_on(start) else OFF
    if settings.get("two_component", default) == OFF:
        raise InvalidInputError(
            f"capacity is given and the two-component price ({rule.code}) is switched off",
            expected='"settings": {"two_component": "reference"} to see it beside the bill',
        )
    group, voltage = purposes[0].group, purposes[0].voltage
    if group not in rule.groups or voltage not in rule.by_voltage:
        raise InvalidInputError(
            f"capacity for {group}, {voltage}",
            expected=f"{', '.join(sorted(rule.groups))} at {', '.join(rule.by_voltage)}",
        )
    return read_thousandths(values["peak_kw"], "capacity.peak_kw")
