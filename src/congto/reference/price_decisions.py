"""Price decisions: a header (YAML) and a table (CSV) each, checked against their structure."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from congto.reference.fields import Entry, read_csv, read_yaml, refuse, refuse_gaps
from congto.reference.structures import refuse_broken_tiers
from congto.vocabulary.groups import CustomerGroup, TimeBand
from congto.vocabulary.prices import (
    OnePrice,
    PriceDecision,
    PriceRow,
    Residential,
    Tariff,
    TariffKey,
    ThreeRatePrice,
    Tier,
    TieredPrice,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from congto.reference.structures import GroupRule, Structure

COLUMNS = (
    "group",
    "subgroup",
    "voltage",
    "band",
    "from_kwh",
    "to_kwh",
    "price_vnd_per_kwh",
    "confidence",
)
HEADER = (
    "id",
    "code",
    "issued",
    "effective_from",
    "effective_to",
    "structure",
    "unit",
    "average_price",
    "average_price_confidence",
    "source",
    "confidence",
)
SUPPLIED_BANDS = (TimeBand.NORMAL, TimeBand.PEAK, TimeBand.OFF_PEAK)


def read_decisions(
    folder: Traversable, structures: Mapping[str, Structure]
) -> tuple[PriceDecision, ...]:
    """Read price_decisions/*.yaml with their tables, in order of date, without overlap or gap."""
    home = folder.joinpath("price_decisions")
    files = sorted(
        (file for file in home.iterdir() if file.name.endswith(".yaml")), key=lambda one: one.name
    )
    if not files:
        raise refuse(str(home), "no price decision", "files such as 2025-05-10_1279.yaml")
    decisions = sorted(
        ((read_decision(home, file, structures), str(file)) for file in files),
        key=lambda pair: pair[0].effective_from,
    )
    for name in ("id", "code"):
        seen: dict[object, str] = {}
        for decision, place in decisions:
            value = getattr(decision, name)
            if value in seen:
                raise refuse(f"{place}, key {name}", f"{value} as in {seen[value]}", "its own")
            seen[value] = place
    refuse_gaps(
        [(place, one.effective_from, one.effective_to) for one, place in decisions],
        "price decision",
    )
    return tuple(decision for decision, _ in decisions)


def read_decision(
    home: Traversable, file: Traversable, structures: Mapping[str, Structure]
) -> PriceDecision:
    """Read one header and the table beside it; the table must be complete for the structure."""
    entry = read_yaml(file).fields(*HEADER)
    entry.day("issued")
    entry.text("unit")
    code = entry.text("structure")
    if code not in structures:
        raise refuse(entry.at("structure"), f"found {code!r}", "one of " + ", ".join(structures))
    table = home.joinpath(file.name.removesuffix(".yaml") + ".csv")
    average = entry.decimal("average_price")
    rows = [_priced_row(line, average, structures[code]) for line in read_csv(table, COLUMNS)]
    return PriceDecision(
        id=entry.whole("id"),
        code=entry.text("code"),
        effective_from=entry.day("effective_from"),
        effective_to=entry.optional_day("effective_to"),
        structure=code,
        average_price=average,
        source=entry.text("source"),
        confidence=entry.confidence(),
        rows=tuple(row for row, _ in rows),
        tariffs=MappingProxyType(_tariffs(str(table), rows, structures[code])),
    )


def _priced_row(line: Entry, average: Decimal, structure: Structure) -> tuple[PriceRow, str]:
    """Read one row with its place; refuse prices far from the average price."""
    row = PriceRow(
        group=line.word("group", CustomerGroup),
        subgroup=line.optional("subgroup"),
        voltage=line.optional("voltage"),
        band=line.word("band", TimeBand),
        from_kwh=line.optional_whole("from_kwh"),
        to_kwh=line.optional_whole("to_kwh"),
        price_vnd=line.whole("price_vnd_per_kwh"),
        confidence=line.confidence(),
    )
    if (row.group, row.subgroup, row.voltage) not in structure.keys():  # noqa: SIM118  (not a dict)
        raise refuse(
            line.place,
            f"unknown group {row.group}, {row.subgroup}, {row.voltage}",
            f"a group, subgroup and voltage of {structure.code}",
        )
    percent = Decimal(row.price_vnd) * 100 / average
    if not structure.percent_from <= percent <= structure.percent_to:
        raise refuse(
            line.at("price_vnd_per_kwh"),
            f"{row.price_vnd} đồng/kWh is {percent:.0f} % of the average price",
            f"{structure.percent_from} to {structure.percent_to} %",
        )
    return row, line.place


def _tariffs(
    table: str, rows: list[tuple[PriceRow, str]], structure: Structure
) -> dict[TariffKey, Tariff]:
    """Put the rows of each group together; refuse missing, double and incomplete groups."""
    by_key: dict[TariffKey, list[tuple[PriceRow, str]]] = {}
    for row, place in rows:
        by_key.setdefault((row.group, row.subgroup, row.voltage), []).append((row, place))
    tariffs: dict[TariffKey, Tariff] = {}
    for key, rule in structure.keys().items():
        if key in by_key:
            tariffs[key] = _tariff(by_key[key], rule, structure)
        elif rule.required:
            words = ", ".join(word for word in key if word)
            raise refuse(table, f"no price for {words}", f"every required row of {structure.code}")
    _add_undeclared_tenants(tariffs, structure)
    return tariffs


def _tariff(rows: list[tuple[PriceRow, str]], rule: GroupRule, structure: Structure) -> Tariff:
    """Build the tariff of one group from its rows."""
    if rule.prices == "tiered":
        return _tiered(rows, structure)
    bands = SUPPLIED_BANDS if rule.prices == "three_rate" else (TimeBand.ALL_DAY,)
    found: dict[TimeBand, PriceRow] = {}
    for row, place in rows:
        if row.band in found:
            raise refuse(place, f"a second price for the band {row.band}", "one price per band")
        if row.band not in bands or row.from_kwh is not None or row.to_kwh is not None:
            raise refuse(
                place, f"band {row.band}, kWh {row.from_kwh} to {row.to_kwh}", ", ".join(bands)
            )
        found[row.band] = row
    missing = [band for band in bands if band not in found]
    if missing:
        raise refuse(rows[0][1], f"no price for the band {missing[0]}", ", ".join(bands))
    if rule.prices == "one_price":
        return OnePrice(found[TimeBand.ALL_DAY].price_vnd)
    return ThreeRatePrice(*(found[band].price_vnd for band in SUPPLIED_BANDS))


def _tiered(rows: list[tuple[PriceRow, str]], structure: Structure) -> TieredPrice:
    """Build tiers; they must be those of the structure, with prices that rise."""
    for row, place in rows:
        if row.band is not TimeBand.ALL_DAY or row.from_kwh is None:
            raise refuse(place, f"band {row.band}, from kWh {row.from_kwh}", "a tier, all_day")
    limits = [(row.from_kwh or 0, row.to_kwh) for row, _ in rows]
    refuse_broken_tiers(limits, [place for _, place in rows])
    if tuple(limits) != structure.tiers:
        wanted = ", ".join(f"{start}-{end or ''}" for start, end in structure.tiers)
        raise refuse(rows[0][1], f"{len(limits)} tiers that differ", f"{wanted} kWh")
    return TieredPrice(
        tuple(
            Tier(number, _width(start, end), row.price_vnd)
            for number, ((start, end), (row, _)) in enumerate(
                zip(limits, rows, strict=True), start=1
            )
        )
    )


def _width(start: int, end: int | None) -> int | None:
    """Return a tier's kWh: 0-50 -> 50, 51-100 -> 50, 101-200 -> 100."""
    return None if end is None else end - max(start - 1, 0)


def _add_undeclared_tenants(tariffs: dict[TariffKey, Tariff], structure: Structure) -> None:
    """Give tenants who are not fully declared the price of the tier with the rule's kWh."""
    tiered = tariffs.get((CustomerGroup.RESIDENTIAL, Residential.TIERED, None))
    for number, (start, end) in enumerate(structure.tiers, start=1):
        holds = start <= structure.undeclared_tenants_kwh and (
            end is None or structure.undeclared_tenants_kwh <= end
        )
        if holds and isinstance(tiered, TieredPrice):
            price = OnePrice(tiered.tiers[number - 1].price_vnd, tier=number)
            tariffs[CustomerGroup.RESIDENTIAL, Residential.UNDECLARED_TENANTS, None] = price
