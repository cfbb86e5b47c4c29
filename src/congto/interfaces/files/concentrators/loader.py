"""Adapters, read from their YAML files strictly: what is wrong in one is said before any file."""

from __future__ import annotations

import codecs
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from congto.interfaces.files.concentrators.adapter import (
    EPOCHS,
    Adapter,
    EventForm,
    FileForm,
    FileKind,
    Holds,
    Layout,
    MeterPlace,
    Quantity,
    Stamp,
    StatusForm,
    TimeForm,
    spread_places,
)
from congto.interfaces.files.readings.words import ACTIVE, ACTIVE_UNITS, MINUTES, REACTIVE_UNITS
from congto.reference.fields import Entry, read_yaml, refuse
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import CHANNEL_CODES, HALF_HOURS, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path
    from typing import TypeVar

    Meaning = TypeVar("Meaning")

REGISTERS = {register.name.lower(): register for register in Register}
STATUSES = {str(one.name).lower(): one for one in Status}
DAY_MINUTES = HALF_HOURS * 30
REGISTER_DAY = DAY_MINUTES
UNITS = {**dict.fromkeys(ACTIVE_UNITS, True), **dict.fromkeys(REACTIVE_UNITS, False)}
"""Unit in lower case -> whether it is one of active energy."""
SIDES = {"meter": True, "network": False}
"""Where energy is measured: at the meter, behind transformers, or in front of them."""
SIGNED = re.compile(r"0|-?[1-9]\d*")
SCALERS = range(-6, 10)
BASES = {"10": 10, "16": 16, "2": 2}
BITS = range(64)
WITH_OFFSET = re.compile(r"%:?z|%#z")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def shipped_names() -> tuple[str, ...]:
    """Return the names of the adapters that come with Congto."""
    names = (one.name for one in _shipped().iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@cache
def shipped_adapter(name: str) -> Adapter:
    """Return an adapter that comes with Congto.

    Raises:
        InvalidInputError: there is none of this name.
    """
    if name not in shipped_names():
        raise InvalidInputError(
            f"adapter {name!r}", expected=f"one of {', '.join(shipped_names())}"
        )
    return load_adapter(_shipped() / f"{name}.yaml")


def load_adapter(file: Traversable | Path) -> Adapter:
    """Return the adapter that a YAML file describes; it is called as the file.

    Raises:
        InvalidInputError: something in it is wrong: the file, the key, what was found and expected.
    """
    entry = read_yaml(file)
    name = file.name.removesuffix(".yaml")
    if not NAME.fullmatch(name):
        raise refuse(str(file), f"the name {name!r}", "small letters, digits and - before .yaml")
    holds = entry.fields(
        "maker", "title", "source", "confidence", "holds", "layout", "file", "meter", "time",
        "side", "code", "values", "status", "total", "event",
    ).word("holds", Holds)  # fmt: skip
    form = _file(entry.entry("file"))
    layout = entry.word("layout", Layout) if holds is Holds.HALF_HOURS else Layout.LONG
    events = holds is Holds.EVENTS
    adapter = Adapter(
        name=name,
        maker=entry.text("maker"),
        title=entry.text("title"),
        source=entry.text("source"),
        confidence=entry.confidence(),
        holds=holds,
        layout=layout,
        file=form,
        meter=_meter(entry.entry("meter")),
        time=_time(entry.entry("time"), holds, typed=form.kind is FileKind.PARQUET),
        code_at=_given(entry, "code"),
        values=() if events else tuple(_quantity(one, holds) for one in entry.entries("values")),
        status=_status(entry.entry("status")) if "status" in entry.values else None,
        total_at=_given(entry, "total"),
        event=_event(entry.entry("event")) if events else None,
        of_meters=_one_of(entry, "side", SIDES, usual=True),
    )
    _check(entry, adapter)
    return adapter


def _shipped() -> Traversable:
    return files("congto.interfaces.files.concentrators") / "adapters"


def _given(entry: Entry, key: str) -> str:
    """Return a text, empty where the key is left out."""
    return entry.text(key) if entry.values.get(key) is not None else ""


def _file(entry: Entry) -> FileForm:
    kind = entry.fields(
        "kind", "names", "encoding", "delimiter", "decimal", "header", "skip", "ends_lines",
        "trailer", "record", "rows",
    ).word("kind", FileKind)  # fmt: skip
    names = tuple(str(one) for one in entry.listed("names"))
    if not names or not all(names):
        raise refuse(entry.at("names"), f"found {list(names)!r}", 'patterns such as ["LP_*.csv"]')
    if kind is FileKind.XML and not _given(entry, "record"):
        raise refuse(entry.at("record"), "the key is missing", "the element of one meter")
    own = {
        FileKind.CSV: (
            "encoding", "delimiter", "decimal", "header", "skip", "ends_lines", "trailer",
        ),
        FileKind.XML: ("record", "rows"),
        FileKind.JSON_LINES: ("rows",),
        FileKind.PARQUET: (),
    }  # fmt: skip
    entry.fields("kind", "names", *own[kind])
    return FileForm(
        kind=kind,
        names=names,
        encoding=_encoding(entry),
        delimiter=_delimiter(entry),
        decimal=_one_of(entry, "decimal", {".": ".", ",": ","}, "."),
        header=_yes(entry, "header"),
        skip=entry.whole("skip") if "skip" in entry.values else 0,
        ends_lines=_yes(entry, "ends_lines"),
        trailer=_given(entry, "trailer"),
        record=_given(entry, "record"),
        rows=_given(entry, "rows"),
    )


def _yes(entry: Entry, key: str) -> bool:
    return entry.yes(key) if key in entry.values else True


def _encoding(entry: Entry) -> str:
    name = _given(entry, "encoding") or "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise refuse(entry.at("encoding"), f"found {name!r}", "utf-8, cp1258, utf-16") from error


def _delimiter(entry: Entry) -> str:
    found = _given(entry, "delimiter") or ","
    if len(found) != 1 or not found.isascii() or found in '"\n\r':
        raise refuse(entry.at("delimiter"), f"found {found!r}", 'one character such as ";"')
    return found


def _meter(entry: Entry) -> MeterPlace:
    entry.fields("at", "pattern")
    pattern = _given(entry, "pattern")
    try:
        groups = re.compile(pattern).groups if pattern else 1
    except re.error as error:
        raise refuse(entry.at("pattern"), str(error), r'such as "^CTO(\d+)$"') from error
    if groups != 1:
        raise refuse(entry.at("pattern"), f"{groups} groups", r'one group, as in "^CTO(\d+)$"')
    return MeterPlace(entry.text("at"), pattern)


def _time(entry: Entry, holds: Holds, *, typed: bool) -> TimeForm:
    entry.fields("at", "format", "zone", "stamp", "minutes", "within_seconds")
    places = tuple(str(one) for one in entry.listed("at"))
    if not 1 <= len(places) <= 2 or not all(places):
        raise refuse(entry.at("at"), f"found {list(places)!r}", "one place, or day and clock")
    form = _given(entry, "format")
    if not form and not typed:
        raise refuse(entry.at("format"), "the key is missing", '"%Y-%m-%d %H:%M:%S"')
    if form not in EPOCHS and form and "%" not in form:
        raise refuse(entry.at("format"), f"found {form!r}", f"a pattern, or {', '.join(EPOCHS)}")
    stamp = Stamp.BEGIN if holds is Holds.EVENTS else entry.word("stamp", Stamp)
    minutes = REGISTER_DAY
    if holds is Holds.HALF_HOURS:
        minutes = entry.whole("minutes") if "minutes" in entry.values else 30
        if minutes not in MINUTES:
            raise refuse(
                entry.at("minutes"), f"found {minutes}", f"one of {', '.join(map(str, MINUTES))}"
            )
    return TimeForm(
        at=places,
        format=form,
        zone=_zone(entry),
        stamp=stamp,
        minutes=minutes,
        within_seconds=entry.whole("within_seconds") if "within_seconds" in entry.values else 0,
    )


def _zone(entry: Entry) -> ZoneInfo:
    name = _given(entry, "zone") or "Asia/Ho_Chi_Minh"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise refuse(entry.at("zone"), f"found {name!r}", "a name such as UTC") from error


def _quantity(entry: Entry, holds: Holds) -> Quantity:
    own = "channel" if holds is Holds.HALF_HOURS else "register"
    entry.fields("at", "code", own, "unit", "scaler")
    channel = register = None
    if holds is Holds.HALF_HOURS:
        channel = _one_of(entry, "channel", CHANNEL_CODES)
        active = channel in ACTIVE
    else:
        register = _one_of(entry, "register", REGISTERS)
        active = register is not Register.REACTIVE
    unit = entry.text("unit")
    if UNITS.get(unit.lower()) is not active:
        units = ACTIVE_UNITS if active else REACTIVE_UNITS
        raise refuse(entry.at("unit"), f"found {unit!r}", f"one of {', '.join(units)}")
    scaler = entry.text("scaler") if "scaler" in entry.values else "0"
    if not SIGNED.fullmatch(scaler) or int(scaler) not in SCALERS:
        span = f"a power of ten from {SCALERS.start} to {SCALERS.stop - 1}"
        raise refuse(entry.at("scaler"), f"found {scaler!r}", f'{span}, as "-1"')
    return Quantity(
        entry.text("at"), _given(entry, "code"), channel, register, unit.lower(), int(scaler)
    )


def _status(entry: Entry) -> StatusForm:
    entry.fields("at", "base", "bits")
    bits = entry.entry("bits")
    if not all(bit.isdecimal() and int(bit) in BITS for bit in bits.values):
        raise refuse(bits.place, f"found {', '.join(bits.values)}", "numbers of bits from 0 to 63")
    return StatusForm(
        entry.text("at"),
        _one_of(entry, "base", BASES, 10),
        tuple((int(bit), int(_one_of(bits, bit, STATUSES))) for bit in bits.values),
    )


def _event(entry: Entry) -> EventForm:
    entry.fields("at", "detail", "codes", "prefix")
    codes = entry.entry("codes") if "codes" in entry.values else Entry.of(entry.place, {})
    return EventForm(
        entry.text("at"),
        _given(entry, "detail"),
        tuple((code, codes.text(code)) for code in codes.values),
        _given(entry, "prefix"),
    )


def _one_of(
    entry: Entry, key: str, words: Mapping[str, Meaning], usual: Meaning | None = None
) -> Meaning:
    if key not in entry.values and usual is not None:
        return usual
    text = entry.text(key)
    if text not in words:
        raise refuse(entry.at(key), f"found {text!r}", "one of " + ", ".join(words))
    return words[text]


def _check(entry: Entry, adapter: Adapter) -> None:
    """Refuse what does not go together."""
    wide = adapter.layout is Layout.WIDE
    if (
        wide
        and adapter.code_at
        and len({value.code for value in adapter.values}) < len(adapter.values)
    ):
        raise refuse(entry.at("values"), "a code is given twice", "a code of its own for each")
    for number, value in enumerate(adapter.values, start=1):
        place = f"{entry.place}, values[{number}]"
        if bool(adapter.code_at) != bool(value.code):
            raise refuse(
                f"{place}, key code",
                f"found {value.code!r}",
                "the code of its rows where the adapter has the key code, else none",
            )
        _check_span(place, value, adapter)
    if adapter.total_at and not wide:
        raise refuse(entry.at("total"), "a total beside single values", "layout: wide")
    if adapter.file.kind is FileKind.CSV and not adapter.file.header:
        wrong = [at for _, at in adapter.places() if not at.isdecimal() or at == "0"]
        if wrong:
            raise refuse(entry.place, f"found the place {wrong[0]!r}", "numbers from 1: no header")
    zone_said = WITH_OFFSET.search(adapter.time.format) is not None
    if zone_said and "zone" in entry.entry("time").values:
        place = entry.entry("time").at("zone")
        raise refuse(place, "a zone beside times with an offset", "one of the two")


def _check_span(place: str, value: Quantity, adapter: Adapter) -> None:
    """A row of columns holds a whole day, and stands in wide rows only."""
    count = len(spread_places(value.at, adapter.time.minutes))
    if count == 1 and "{" not in value.at:
        return
    wanted = DAY_MINUTES // adapter.time.minutes
    if adapter.layout is not Layout.WIDE or count != wanted:
        raise refuse(
            f"{place}, key at",
            f"{value.at!r} of {count} columns",
            f"{wanted} columns of a wide row, or one place",
        )
