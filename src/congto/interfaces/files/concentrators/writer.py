"""Write files as an adapter describes them: for the simulator, for trying an adapter, for tests.

Written are all kinds of files; of XML only fields that are attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from congto.interfaces.files.concentrators.adapter import EPOCHS, FileKind, Layout, Stamp
from congto.interfaces.files.readings.words import LOCAL, UNITS
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.intervals import HALF_HOURS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from congto.interfaces.files.concentrators.adapter import Adapter, Quantity, TimeForm
    from congto.vocabulary.groups import Register
    from congto.vocabulary.intervals import Channel

HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class MetersDay:
    """A local day of some meters.

    Attributes:
        day: which. meters: what names them in the file.
        values: Wh or varh of a channel; (meters, 48).
        status: bits of vocabulary.intervals.Status; (meters, 48); None: no bit.
        registers: what dials showed at 00:00 of the day, Wh or varh; (meters,).
        missing: half-hours that the file lacks; (meters, 48); None: none.
    """

    day: date
    meters: Sequence[str]
    values: Mapping[Channel, NDArray[np.int64]] = field(default_factory=dict)
    status: NDArray[np.uint8] | None = None
    registers: Mapping[Register, NDArray[np.int64]] = field(default_factory=dict)
    missing: NDArray[np.bool_] | None = None


def write_file(path: Path, adapter: Adapter, rows: pl.DataFrame) -> None:
    """Write rows (our names, as the adapter writes them) as a file of the adapter."""
    kind = adapter.file.kind
    if kind is FileKind.CSV:
        _csv(path, adapter, rows)
    elif kind is FileKind.PARQUET:
        rows.rename(dict(adapter.places())).write_parquet(path)
    elif kind is FileKind.JSON_LINES:
        _json(path, adapter, rows)
    else:
        _xml(path, adapter, rows)


def half_hour_rows(adapter: Adapter, given: MetersDay) -> pl.DataFrame:
    """Return the rows of a day's half-hours: by meter, of a wide file by meter and quantity."""
    return (_wide if adapter.layout is Layout.WIDE else _long)(adapter, given)


def register_rows(adapter: Adapter, given: MetersDay) -> pl.DataFrame:
    """Return the rows of the registers at 00:00 of a day."""
    midnight = datetime.combine(given.day, time())
    times = _times([midnight], adapter.time)
    frame = pl.DataFrame({"meter": list(given.meters)}).with_columns(
        **{name: pl.lit(column[0]) for name, column in times.items()}
    )
    values = {
        f"v{number}": _written(given.registers[value.register], value)
        for number, value in enumerate(adapter.values)
        if value.register is not None and value.register in given.registers
    }
    absent = {
        f"v{number}": pl.lit("")
        for number in range(len(adapter.values))
        if f"v{number}" not in values
    }
    return frame.with_columns(**values, **absent)


def _wide(adapter: Adapter, given: MetersDay) -> pl.DataFrame:
    """A row a meter and quantity where rows have codes, else a row a meter."""
    count = len(given.meters)
    head = pl.DataFrame({"meter": list(given.meters)}).with_columns(
        **{name: pl.lit(column[0]) for name, column in _day(given.day, adapter).items()},
        order=pl.int_range(count),
    )
    parts, sides = [], []
    for number, value in enumerate(adapter.values):
        if value.channel is None or value.channel not in given.values:
            continue
        wh = given.values[value.channel]
        columns = _wide_columns(adapter, number, wh, given)
        if adapter.code_at:
            own = head.with_columns(code=pl.lit(value.code))
            parts.append(pl.concat([own, columns], how="horizontal"))
        else:
            sides.append(columns)
    if adapter.code_at:
        return pl.concat(parts).sort("order", maintain_order=True).drop("order")
    return pl.concat([head.drop("order"), *sides], how="horizontal")


def _day(day: date, adapter: Adapter) -> Mapping[str, Sequence[object]]:
    shown = day if adapter.time.stamp is Stamp.BEGIN else day + timedelta(days=1)
    if not adapter.time.format:
        return {"time0": [shown]}
    return _times([datetime.combine(shown, time())], adapter.time)


def _wide_columns(
    adapter: Adapter, number: int, wh: NDArray[np.int64], given: MetersDay
) -> pl.DataFrame:
    """Return a quantity's values, one after the other or as a list; and the total, the states."""
    value, names = adapter.values[number], adapter.value_columns(number)
    gone = given.missing
    flat = _written(wh, value) if len(names) > 1 else pl.Series(names[0], wh.ravel())
    if gone is not None:
        there = pl.Series(~gone.ravel())
        nothing = pl.lit("" if len(names) > 1 else None)
        flat = pl.select(pl.when(there).then(flat).otherwise(nothing)).to_series()
    listed = flat.reshape((-1, HALF_HOURS)).arr.to_list().alias(names[0])
    if len(names) > 1:
        frame = listed.list.to_struct(fields=names).struct.unnest()
    else:
        frame = listed.to_frame()
    if adapter.total_at:
        total = (wh if gone is None else np.where(gone, 0, wh)).sum(axis=1)
        frame = frame.with_columns(
            total=_written(total, value) if len(names) > 1 else pl.Series(total)
        )
    if adapter.status is not None and "status" not in frame.columns:
        bits = _told_bits(adapter, given)
        frame = frame.with_columns(
            status=pl.Series(bits.ravel()).reshape((-1, HALF_HOURS)).arr.to_list()
        )
    return frame if number == 0 or adapter.code_at else frame.select(names)


def _told_bits(adapter: Adapter, given: MetersDay) -> NDArray[np.int64]:
    """Return states in the maker's bits."""
    shape = (len(given.meters), HALF_HOURS)
    told = np.zeros(shape, np.int64)
    if given.status is not None and adapter.status is not None:
        for bit, meaning in adapter.status.bits:
            told |= np.where(given.status & meaning, 1 << bit, 0)
    return told


def _long(adapter: Adapter, given: MetersDay) -> pl.DataFrame:
    """A row a meter and half-hour; a row a value where rows have codes."""
    midnight = datetime.combine(given.day, time())
    after = 1 if adapter.time.stamp is Stamp.END else 0
    stamps = [midnight + HALF_HOUR * (place + after) for place in range(HALF_HOURS)]
    count = len(given.meters)
    rows = pl.DataFrame({"meter": pl.Series(list(given.meters)).repeat_by(HALF_HOURS).explode()})
    times = {
        name: pl.concat([pl.Series(name, column)] * count)
        for name, column in _times(stamps, adapter.time).items()
    }
    rows = rows.with_columns(**times)
    if adapter.status is not None:
        bits = pl.Series(_told_bits(adapter, given).ravel())
        hexadecimal = adapter.status.base == 16
        rows = rows.with_columns(
            status=_as_hexadecimal(bits) if hexadecimal else bits.cast(pl.String)
        )
    known = [
        (number, value)
        for number, value in enumerate(adapter.values)
        if value.channel in given.values
    ]
    written = {n: _written(given.values[v.channel].ravel(), v) for n, v in known if v.channel}
    kept = None if given.missing is None else pl.Series(~given.missing.ravel())
    if adapter.code_at:
        parts = [rows.with_columns(code=pl.lit(v.code), v0=written[n]) for n, v in known]
        return pl.concat(parts if kept is None else [part.filter(kept) for part in parts])
    absent = [n for n in range(len(adapter.values)) if n not in written]
    rows = rows.with_columns(
        **{f"v{n}": column for n, column in written.items()},
        **{f"v{n}": pl.lit(None, pl.String) for n in absent},
    )
    return rows if kept is None else rows.filter(kept)


def _as_hexadecimal(bits: pl.Series) -> pl.Series:
    known = {int(one): f"{int(one):02x}" for one in bits.unique()}
    return bits.replace_strict(known, return_dtype=pl.String)


def _times(stamps: Sequence[datetime], form: TimeForm) -> dict[str, list[str]]:
    """Write local times as the adapter does."""
    aware = [stamp.replace(tzinfo=LOCAL).astimezone(form.zone) for stamp in stamps]
    if form.format in EPOCHS:
        return {"time0": [str(int(one.timestamp()) * EPOCHS[form.format]) for one in aware]}
    texts = [one.strftime(form.format) for one in aware]
    if len(form.at) == 1:
        return {"time0": texts}
    pairs = [text.split(" ", 1) for text in texts]
    return {"time0": [day for day, _ in pairs], "time1": [clock for _, clock in pairs]}


def _written(wh: NDArray[np.int64], value: Quantity) -> pl.Series:
    """Write whole Wh in the file's unit, with as many digits as Wh need."""
    digits = len(str(UNITS[value.unit])) - 1 + value.scaler
    number = pl.Series(wh.ravel())
    if digits <= 0:
        return (number * int(10**-digits)).cast(pl.String)
    one = 10**digits
    whole = (number // one).cast(pl.String)
    rest = (number % one).cast(pl.String).str.zfill(digits)
    return pl.select(pl.concat_str([whole, rest], separator=".")).to_series()


def _csv(path: Path, adapter: Adapter, rows: pl.DataFrame) -> None:
    form = adapter.file
    ordered = rows.select([name for name, _ in adapter.places()])
    named = ordered.rename(dict(adapter.places()))
    text = named.write_csv(separator=form.delimiter, include_header=form.header)
    if form.trailer:
        text += f"{form.trailer}{form.delimiter}{rows.height}\n"
    before = "\n" * form.skip
    path.write_bytes((before + text).encode(form.encoding))


def _json(path: Path, adapter: Adapter, rows: pl.DataFrame) -> None:
    if adapter.file.rows:
        raise _not_written(adapter, "rows within an object")
    tree: dict[str, object] = {}
    for name, at in adapter.places():
        if name not in rows.columns:
            continue
        *above, last = at.strip("/").split("/")
        within = tree
        for step in above:
            within = within.setdefault(step, {})  # type: ignore[assignment]  # a tree of expressions
        within[last] = pl.col(name)

    def built(part: dict[str, object]) -> list[pl.Expr]:
        return [
            (pl.struct(built(one)) if isinstance(one, dict) else one).alias(key)  # type: ignore[attr-defined]  # an expression
            for key, one in part.items()
        ]

    rows.select(built(tree)).write_ndjson(path)


def _xml(path: Path, adapter: Adapter, rows: pl.DataFrame) -> None:
    """Write an element a meter; its rows stand one after the other."""
    places = [(name, at) for name, at in adapter.places() if name in rows.columns]
    meter = [(name, at[2:]) for name, at in places if at.startswith("/@")]
    row = [(name, at[1:]) for name, at in places if at.startswith("@")]
    steps = [step for step in adapter.file.rows.split("/") if step]
    if len(meter) + len(row) < len(places) or not steps:
        raise _not_written(adapter, "fields that are no attributes")

    def attributes(pairs: Sequence[tuple[str, str]]) -> pl.Expr:
        parts = [
            pl.when(pl.col(name).is_not_null())
            .then(pl.format(' {}="{}"', pl.lit(at), pl.col(name)))
            .otherwise(pl.lit(""))
            for name, at in pairs
        ]
        return pl.concat_str(parts)

    *above, last = steps
    escaped = [pl.col(name).map_elements(escape, pl.String) for name, _ in meter]
    of_meter = rows.select("meter").unique(maintain_order=True).with_columns(escaped)
    inside = rows.select("meter", line=pl.format("<{}{}/>\n", pl.lit(last), attributes(row)))
    bodies = inside.group_by("meter", maintain_order=True).agg(pl.col("line").str.join(""))
    opened = "".join(f"<{step}>\n" for step in above)
    closed = "".join(f"</{step}>" for step in reversed(above))
    record = adapter.file.record
    texts = of_meter.with_columns(bodies["line"]).select(
        pl.format(
            "<{}{}>{}{}{}</{}>\n",
            pl.lit(record),
            attributes(meter),
            pl.lit(opened),
            pl.col("line"),
            pl.lit(closed),
            pl.lit(record),
        )
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<Concentrator>\n')
        file.write(texts.to_series().str.join("").item() or "")
        file.write("</Concentrator>\n")


def _not_written(adapter: Adapter, what: str) -> InvalidInputError:
    return InvalidInputError(
        f"adapter {adapter.name} has {what}",
        expected="an adapter whose files can be written",
        action="choose another adapter",
    )
