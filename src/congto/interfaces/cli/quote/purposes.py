"""The purposes of a request: one price group, or the segments of mixed use, with households."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from congto.engines.rating.segments import WHOLE_BP, Share
from congto.engines.rating.tenants import quarters_of_people
from congto.interfaces.cli.quote.fields import (
    read_day,
    read_list,
    read_number,
    read_object,
    read_quarters,
    read_thousandths,
    read_word,
    refuse_both,
    trimmed,
)
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import CustomerGroup

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.prices import PriceBook

SEGMENT_FIELDS = (
    "group",
    "subgroup",
    "voltage",
    "households",
    "people",
    "household_changes",
    "share",
    "kwh",
)
PURPOSE_FIELDS = ("group", "subgroup", "households", "people", "household_changes")
"""Fields of a request that belong to the segments once there are segments."""

IRRIGATION = ("irrigation", "agriculture", "agricultural", "pumping")


@dataclass(frozen=True, slots=True)
class Purpose:
    """A price group with its households and its share of the meter."""

    group: str
    subgroup: str | None
    voltage: str | None
    quarters: int
    changes: tuple[tuple[date, int], ...]
    share: Share


def read_purposes(request: dict[str, Any], book: PriceBook) -> list[Purpose]:
    """Return the purposes in their order; a request without segments has one."""
    if "segments" not in request:
        if "group" not in request:
            raise InvalidInputError(
                "the request lacks the field 'group'", expected="group, or segments of mixed use"
            )
        return [_purpose(request, "", book)]
    for name in PURPOSE_FIELDS:
        if name in request:
            raise InvalidInputError(
                f"both {name!r} and 'segments' are given", expected=f"{name} inside each segment"
            )
    found = []
    for number, given in enumerate(read_list(request["segments"], "segments"), start=1):
        place = f"segments[{number}]"
        values = read_object(given, place, SEGMENT_FIELDS, ("group",))
        if "voltage" in request and "voltage" not in values:
            values = {**values, "voltage": request["voltage"]}
        one = _purpose(values, f"{place}.", book)
        found.append(replace(one, share=_share(values, place)))
    _check_shares([one.share for one in found])
    return found


def _purpose(values: dict[str, Any], place: str, book: PriceBook) -> Purpose:
    if values["group"] in IRRIGATION:
        raise InvalidInputError(
            f"{place}group is {values['group']!r}: no price decision since "
            f"{book.decisions[0].code} has a price for pumping and irrigation",
            expected="the group that the contract names",
        )
    group = read_word(values["group"], f"{place}group", [one.value for one in CustomerGroup])
    subgroup, voltage = _price_key(values, place, group, book)
    return Purpose(
        group=group,
        subgroup=subgroup,
        voltage=voltage,
        quarters=_households(values, place) or 4,
        changes=_changes(values.get("household_changes"), f"{place}household_changes"),
        share=Share(),
    )


def _price_key(
    values: dict[str, Any], place: str, group: str, book: PriceBook
) -> tuple[str | None, str | None]:
    """Check subgroup and voltage against what the price decisions know."""
    known = book.subgroups[CustomerGroup(group)]
    subgroup = values.get("subgroup")
    if subgroup is None and None not in known:
        raise InvalidInputError(
            f"{place}subgroup is missing for the group {group}",
            expected="one of " + ", ".join(str(word) for word in known),
        )
    if subgroup is not None:
        allowed = [str(word) for word in known if word is not None]
        if not allowed:
            raise InvalidInputError(
                f"{place}subgroup is {subgroup!r}",
                expected=f"null, as {group} has no subgroups",
            )
        subgroup = read_word(subgroup, f"{place}subgroup", allowed)
    voltage = values.get("voltage")
    if voltage is not None:
        voltage = read_word(voltage, f"{place}voltage", list(book.voltages))
    allowed_voltages = book.voltage_words(group, subgroup)
    if allowed_voltages and voltage not in allowed_voltages:
        found = "voltage is missing" if voltage is None else f"voltage is {voltage!r}"
        raise InvalidInputError(
            f"{place}{found} for the group {group}",
            expected="one of " + ", ".join(allowed_voltages),
        )
    return subgroup, voltage


def _households(values: dict[str, Any], place: str) -> int | None:
    """Return household quarters from households or declared people, None if neither is given."""
    refuse_both(values, "households", "people")
    if "people" in values:
        people = read_number(values["people"], f"{place}people")
        if people != int(people):
            raise InvalidInputError(f"{place}people is {people}", expected="a whole number")
        return quarters_of_people(int(people))
    if "households" in values:
        return read_quarters(values["households"], f"{place}households")
    return None


def _changes(given: object, place: str) -> tuple[tuple[date, int], ...]:
    """Return (first day, quarters) of each change, in rising order."""
    if given is None:
        return ()
    found: list[tuple[date, int]] = []
    for number, one in enumerate(read_list(given, place), start=1):
        name = f"{place}[{number}]"
        values = read_object(one, name, ("from", "households", "people"), ("from",))
        quarters = _households(values, f"{name}.")
        if quarters is None:
            raise InvalidInputError(
                f"{name} lacks the field 'households'", expected="households or people"
            )
        day = read_day(values["from"], f"{name}.from")
        if found and day <= found[-1][0]:
            raise InvalidInputError(f"{name}.from is {day}", expected=f"a day after {found[-1][0]}")
        found.append((day, quarters))
    return tuple(found)


def _share(values: dict[str, Any], place: str) -> Share:
    """Read a share between 0 and 1 with four decimals at most, or fixed kWh."""
    refuse_both(values, "share", "kwh")
    if "kwh" in values:
        return Share(fixed_wh=read_thousandths(values["kwh"], f"{place}.kwh"))
    if "share" not in values:
        return Share()
    share = read_number(values["share"], f"{place}.share") * WHOLE_BP
    if share != int(share) or share > WHOLE_BP:
        raise InvalidInputError(
            f"{place}.share is {values['share']}",
            expected='from "0" to "1" with at most four decimals',
        )
    return Share(share_bp=int(share))


def _check_shares(shares: list[Share]) -> None:
    """Refuse shares that leave open who gets what; the last segment takes the remainder."""
    for number, one in enumerate(shares[:-1], start=1):
        if one.share_bp is None and one.fixed_wh is None:
            raise InvalidInputError(
                f"segments[{number}] names no share",
                expected="share or kwh in every segment but the last",
            )
    last = shares[-1]
    if last.fixed_wh is not None:
        raise InvalidInputError(
            f"segments[{len(shares)}] is the last and has fixed kwh",
            expected="no kwh there: the last segment takes the remainder",
        )
    added = sum(one.share_bp or 0 for one in shares)
    fixed = any(one.fixed_wh is not None for one in shares)
    if added > WHOLE_BP or (last.share_bp is not None and (fixed or added != WHOLE_BP)):
        raise InvalidInputError(
            f"the shares of the segments add up to {trimmed(Decimal(added) / WHOLE_BP)}",
            expected="1 in all, or no share for the last segment, which takes the remainder",
        )
