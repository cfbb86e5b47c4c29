"""Drafts that a trial rates: a file of rules, a price decision not in force, or a few words.

```
trial: "Bậc thang 2025, VAT 10 %"          # its name
source: "who proposes it, where it is written"
decision: "2026-12-01_draft.yaml"          # header of a price decision; its table stands beside it
structure: {code: "14-2025", average_price: "2204.0655"}     # residential tiers by percentages
change: [{group: "all", percent: "+3"}, {group: "production", percent: "-1.5"}]
quota: {percent: "100", at_least_quarters: "4", at_most_quarters: null}
vat: [{from: "2025-01-01", to: null, rate: "0.10"}]
```

Every key but the name may be left out. A wrong draft is refused with file, key and reason.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_yaml, refuse, refuse_gaps, shipped
from congto.reference.price_decisions import HEADER, read_decision
from congto.reference.rates import read_voltage_classes
from congto.reference.structures import read_structures, read_tiers
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.money import round_half_up
from congto.vocabulary.prices import Confidence, OnePrice, Tier, TieredPrice, VatRate
from congto.vocabulary.trials import ALL_GROUPS, PercentChange, QuotaRule, TrialRules, TrialTiers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from congto.vocabulary.prices import PriceDecision

KEYS = ("trial", "source", "decision", "structure", "change", "quota", "vat")
CHANGE_BP_MAX = 10_000
"""A trial doubles a price at most; more is taken for a slip of the pen."""

VAT_BP_MAX = 2_000
DRAFT_BASIS = "draft of a trial"
_PERCENT = re.compile(r"([+-]?)(\d{1,3}(?:[.,]\d{1,2})?)\s*%?")


def read_draft(file: Path) -> TrialRules:
    """Read a trial's file, or the header of a draft price decision, which is a trial by itself.

    Raises:
        InvalidInputError: with file, key and reason.
    """
    entry = read_yaml(file)
    if "trial" not in entry.values:
        if set(HEADER) & set(entry.values):
            decision = read_draft_decision(file)
            return TrialRules(name=decision.code, decision=decision)
        raise refuse(str(file), "neither a trial nor a price decision", "the key trial: a name")
    entry = _with_absent(entry.fields(*KEYS))
    name = entry.optional("decision")
    return TrialRules(
        name=entry.text("trial"),
        decision=read_draft_decision(file.parent / name) if name else None,
        tiers=_tiers(entry),
        changes=_changes(entry),
        vat=_vat(entry),
        quota=_quota(entry),
    )


def _with_absent(entry: Entry) -> Entry:
    """Give keys that are left out the value null."""
    return Entry(entry.place, {**dict.fromkeys(KEYS), **entry.values})


def read_draft_decision(file: Path) -> PriceDecision:
    """Read a draft price decision against the shipped structures."""
    folder = shipped(None)
    classes = read_voltage_classes(folder)
    return read_decision(file.parent, file, read_structures(folder, [one.word for one in classes]))


def _tiers(entry: Entry) -> TrialTiers | None:
    if entry.raw("structure") is None:
        return None
    given = entry.entry("structure").fields("code", "average_price")
    try:
        return tiers_of(given.text("code"), given.decimal("average_price"))
    except InvalidInputError as error:
        raise refuse(given.place, error.found, error.expected) from error


def tiers_of(structure: str, average_price: Decimal) -> TrialTiers:
    """Return a structure's residential tiers: price = average price x percent, half up.

    14/2025/QĐ-TTg at 2,204.0655: 90 % is 1,983.66 -> 1,984; 108 % is 2,380.39 -> 2,380.

    Args:
        structure: its code, or its file's name without .yaml: "14/2025/QĐ-TTg", "14-2025".
        average_price: average retail price in đồng per kWh before VAT.
    """
    entry = _structure(structure)
    if not Decimal(500) <= average_price <= Decimal(20_000):
        raise InvalidInputError(
            f"average price {average_price}", expected="500 to 20,000 đồng per kWh"
        )
    held = entry.entry("tiers")
    limits = read_tiers(held)
    prices = [
        round_half_up(average_price * row.decimal("percent") / 100) for row in held.entries("rows")
    ]
    tiers = tuple(
        Tier(number, None if end is None else end - max(start - 1, 0), price)
        for number, ((start, end), price) in enumerate(zip(limits, prices, strict=True), start=1)
    )
    kwh = entry.entry("undeclared_tenants").whole("price_of_kwh")
    number = next(
        number
        for number, (start, end) in enumerate(limits, start=1)
        if start <= kwh and (end is None or kwh <= end)
    )
    undeclared = OnePrice(tiers[number - 1].price_vnd, tier=number)
    return TrialTiers(entry.text("code"), TieredPrice(tiers), undeclared)


def structures() -> dict[str, str]:
    """Return the code of each shipped structure by its file's name without .yaml."""
    return {name: entry.text("code") for name, entry in _structure_files().items()}


def _structure(word: str) -> Entry:
    files = _structure_files()
    for name, entry in files.items():
        if word in {name, entry.text("code")}:
            return entry
    raise InvalidInputError(f"structure {word!r}", expected=", ".join(files))


def _structure_files() -> dict[str, Entry]:
    folder: Traversable = shipped(None).joinpath("structures")
    files = sorted(folder.iterdir(), key=lambda one: one.name)
    return {one.name.removesuffix(".yaml"): read_yaml(one) for one in files}


def _changes(entry: Entry) -> tuple[PercentChange, ...]:
    if entry.raw("change") is None:
        return ()
    found: dict[str, PercentChange] = {}
    for row in entry.entries("change"):
        group = row.fields("group", "percent").text("group")
        if group in found:
            raise refuse(row.at("group"), f"{group} is given twice", "each group once")
        try:
            found[group] = change_of(group, row.text("percent"))
        except InvalidInputError as error:
            raise refuse(row.place, error.found, error.expected) from error
    return tuple(found.values())


def read_change(words: str) -> PercentChange:
    """Read "all:+3%" or "production:-1.5%"."""
    group, _colon, percent = words.partition(":")
    return change_of(group.strip(), percent)


def change_of(group: str, percent: str) -> PercentChange:
    """Return the change of a group's prices by a percentage such as "+3", "-1.5 %" or "0,25%"."""
    groups = (ALL_GROUPS, *(one.value for one in CustomerGroup))
    if group not in groups:
        raise InvalidInputError(f"price group {group!r}", expected="one of " + ", ".join(groups))
    match = _PERCENT.fullmatch(percent.strip())
    if match is None:
        raise InvalidInputError(f"change {percent!r}", expected='a percentage such as "+3%"')
    size = int(Decimal(match[2].replace(",", ".")) * 100)
    if size > CHANGE_BP_MAX or (match[1] == "-" and size == CHANGE_BP_MAX):
        raise InvalidInputError(f"change {percent!r}", expected="more than -100 %, at most +100 %")
    return PercentChange(group, -size if match[1] == "-" else size)


def _vat(entry: Entry) -> tuple[VatRate, ...]:
    if entry.raw("vat") is None:
        return ()
    rows = entry.entries("vat")
    rates = []
    for row in rows:
        rate_bp = row.fields("from", "to", "rate").hundredths("rate", 10_000)
        if rate_bp > VAT_BP_MAX:
            raise refuse(row.at("rate"), f"found {row.text('rate')!r}", "at most 0.20 (20 %)")
        rates.append(draft_vat(rate_bp, row))
    refuse_gaps(
        [(row.place, rate.start, rate.end) for row, rate in zip(rows, rates, strict=True)], "VAT"
    )
    return tuple(rates)


def draft_vat(rate_bp: int, row: Entry) -> VatRate:
    """Return a VAT rate of a draft."""
    return VatRate(
        start=row.day("from"),
        end=row.optional_day("to"),
        rate_bp=rate_bp,
        basis=DRAFT_BASIS,
        confidence=Confidence.INFERENCE,
    )


def _quota(entry: Entry) -> QuotaRule | None:
    if entry.raw("quota") is None:
        return None
    row = entry.entry("quota")
    names = ("percent", "at_least_quarters", "at_most_quarters")
    given = {**dict.fromkeys(names), **row.fields(*names).values}
    row = Entry(row.place, given)
    percent = row.optional_whole("percent")
    least, most = row.optional_whole("at_least_quarters"), row.optional_whole("at_most_quarters")
    return _checked_quota(row, QuotaRule(100 if percent is None else percent, least or 1, most))


def _checked_quota(row: Entry, rule: QuotaRule) -> QuotaRule:
    if not 1 <= rule.percent <= 1_000:
        raise refuse(row.at("percent"), f"{rule.percent} %", "1 to 1000")
    if rule.at_most_quarters is not None and rule.at_most_quarters < rule.at_least_quarters:
        raise refuse(
            row.at("at_most_quarters"),
            f"{rule.at_most_quarters}",
            f"at least {rule.at_least_quarters} quarters of a household",
        )
    return rule


def whole_vat(percent: str) -> VatRate:
    """Return one VAT rate for every day, from words such as "10", "8%" or "0.5 %"."""
    match = _PERCENT.fullmatch(percent.strip())
    if match is None or match[1]:
        raise InvalidInputError(f"VAT {percent!r}", expected='a percentage such as "10%"')
    rate_bp = int(Decimal(match[2].replace(",", ".")) * 100)
    if rate_bp > VAT_BP_MAX:
        raise InvalidInputError(f"VAT {percent!r}", expected="at most 20 %")
    return VatRate(date.min, None, rate_bp, DRAFT_BASIS, Confidence.INFERENCE)


def in_words(
    changes: Sequence[str], structure: str = "", average: str = "", vat: str = ""
) -> TrialRules:
    """Return the draft that a few words say; raises InvalidInputError with one sentence.

    Args:
        changes: such as "all:+3%" and "production:-1.5%", each group once.
        structure: residential tiers of a structure, "14-2025", at the average price.
        average: đồng per kWh, "2204.0655".
        vat: one rate for every day, "10%".
    """
    if bool(structure) != bool(average):
        raise InvalidInputError(
            "one of structure and average price alone", expected="both or neither"
        )
    words = " ".join(filter(None, [*changes, structure, vat and f"VAT {vat}"]))
    if not words:
        raise InvalidInputError(
            "no draft", expected="a change, a structure with an average, or VAT"
        )
    read = tuple(read_change(one) for one in changes)
    if len({one.group for one in read}) < len(read):
        raise InvalidInputError("a change names a group twice", expected="each group once")
    return TrialRules(
        name=words,
        tiers=tiers_of(structure, _average(average)) if structure else None,
        changes=read,
        vat=(whole_vat(vat),) if vat else (),
    )


def _average(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InvalidInputError(
            f"average price {text!r}", expected="a number such as 2204.0655"
        ) from error
