"""Write the reference pages that are made from code: `make docs`. A house test fails on drift."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

from congto.engines.intervals.rules import RULES
from congto.headend.cosem.classes.kinds import NOTHING
from congto.headend.cosem.classes.registry import CLASSES
from congto.headend.cosem.classes.shape import NEWEST, Attribute, CosemObject, Method
from congto.interfaces.cli import quote
from congto.interfaces.cli.main import COMMANDS
from congto.interfaces.files import channel_tables, deliveries
from congto.interfaces.files.events import rows as event_rows
from congto.interfaces.files.events import table as event_table
from congto.interfaces.files.events.formats import EVENT_FORMATS
from congto.interfaces.files.layout import Column, Layout
from congto.interfaces.files.readings import long, wide
from congto.interfaces.files.readings.formats import FORMATS
from congto.reference.interval_rules import load_interval_rules
from congto.reference.meter_events import load_meter_events
from congto.reference.vn import price_book, side_rules
from congto.vocabulary import frames
from congto.vocabulary.frames import Frame

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by `make docs` from the code; edit there. -->\n"


COMMANDS_INTRODUCTION = f"""# Commands

{MADE}
`congto COMMAND --help` tells a command's options. Exit codes: 0 done, 1 a check of the month
failed, 2 what was asked cannot be done (one sentence on stderr says why).

"""
FILES_INTRODUCTION = f"""# Delivered files

{MADE}
A delivery is a folder of these files: CSV (UTF-8, comma, header), half-hours as Parquet. Columns
may stand in any order. A file whose columns do not fit is refused; a row that does not is listed
with file, line, what was found and what is expected, and the rest is loaded.
"""
CHANNEL_FILES_INTRODUCTION = """
# Files of payment channels

Loaded one by one: `congto channels load communes communes.csv`. How they are used:
[payment channels](../guides/payment-channels.md).
"""
FRAMES_INTRODUCTION = f"""# Frames

{MADE}
The tables that pass between stages, checked where they are handed over. The unit ends the column's
name: `_wh` watt-hours, `_varh`, `_kw`, `_vnd` whole đồng.
"""

READINGS_INTRODUCTION = f"""# Files of half-hours

{MADE}
All formats give the same days (frame [delivered_days](frames.md)) and the same errors: file, line,
what was found, what is expected, what to do. Values become whole Wh (varh); 5, 10 and 15 minutes
are added up; hours only where told. How to use them: [check](../guides/validate-readings.md),
[deliver](../guides/deliver-readings.md).

"""

EVENTS_INTRODUCTION = f"""# Files of meter events

{MADE}
All formats give the same events (frame [delivered_events](frames.md)) and errors as files of
half-hours do. How to use them: [deliver](../guides/deliver-readings.md). Times are whole seconds,
local where they have no offset. An event names the usage point, the meter that hung there on the
day, or both.

"""

COSEM_INTRODUCTION = f"""# Interface classes of COSEM

{MADE}
The classes that Congto reads, writes and acts on, as `headend/cosem/classes` declares them after
the DLMS UA's Blue Book (edition 12; IEC 62056-6-2). Attribute 1 of each is its logical name. A
value that does not fit its type is refused with class, attribute and place, before it is sent or
believed. What of this is recalled, and what was checked with which publication, is said at the head
of the package.

"""

QUOTE_INTRODUCTION = f"""# Price calculator

{MADE}
`congto quote` reads a request, or a list of them, as JSON and answers with bills; the fields
below are those of `congto quote --schema`. Numbers are texts ("134", "12.5") or whole JSON numbers.
What is wrong is one sentence and exit code 2. Worked requests:
[the guide](../guides/price-calculator.md).
"""

INTERVAL_RULES_INTRODUCTION = f"""# Rules of half-hours

{MADE}
Every day of half-hours passes these rules before it is used. Each is one file in
`engines/intervals/rules`, which states the exact test, its origin and the unit of what it compares.
The limits are start values: a utility decides its own from a day on. The gravest thing a rule does:
drop (nothing new), reject (not used, to be estimated), suspect (used, and shown), warn (a person
looks when there is time), order (somebody goes or reads again). How well they find faults:
[measured](../validation/vee.md).

"""


def commands_page() -> str:
    """List the commands of `congto`."""
    rows = "".join(f"| `congto {name}` | {text} |\n" for name, (_, text) in COMMANDS.items())
    return f"{COMMANDS_INTRODUCTION}| Command | What it does |\n|---|---|\n{rows}"


def files_page() -> str:
    """Describe the files that a utility delivers."""
    delivered = vars(deliveries).items()
    parts = [FILES_INTRODUCTION]
    parts += [_layout(name, layout) for name, layout in delivered if isinstance(layout, Layout)]
    parts.append(CHANNEL_FILES_INTRODUCTION)
    parts += [_layout(name, layout) for name, layout in channel_tables.LAYOUTS.items()]
    return "".join(parts)


def _layout(name: str, layout: Layout) -> str:
    rows = "".join(_column_row(column) for column in layout.columns)
    return (
        f"\n## {name.lower()}\n\nKey: {', '.join(f'`{key}`' for key in layout.key)}.\n\n"
        f"| Column | Kind | Required | Limits |\n|---|---|---|---|\n{rows}"
    )


def _column_row(column: Column) -> str:
    limits = []
    if column.choices:
        limits.append(", ".join(f"`{choice}`" for choice in column.choices))
    if column.longest is not None:
        limits.append(f"at most {column.longest} characters")
    if column.least is not None or column.most is not None:
        low = "" if column.least is None else f"{column.least:,}"
        high = "" if column.most is None else f"{column.most:,}"
        limits.append(f"{low} to {high}")
    if column.absent:
        limits.append("the column may be absent")
    required = "yes" if column.required else "no"
    return f"| `{column.name}` | {column.kind.value} | {required} | {'; '.join(limits)} |\n"


def frames_page() -> str:
    """Describe the tables that pass between stages."""
    parts = [FRAMES_INTRODUCTION]
    for module in sorted(info.name for info in pkgutil.iter_modules(frames.__path__)):
        found = vars(importlib.import_module(f"{frames.__name__}.{module}")).values()
        for frame in (one for one in found if isinstance(one, Frame)):
            rows = "".join(f"| `{name}` | {dtype} |\n" for name, dtype in frame.columns.items())
            parts.append(
                f"\n## {module}: {frame.name}\n\nGrain: {frame.grain}.\n\n"
                f"| Column | Type |\n|---|---|\n{rows}"
            )
    return "".join(parts)


def interval_rules_page() -> str:
    """List the rules of half-hours with their limits and how sure these are."""
    rows = []
    for one in load_interval_rules():
        rule = RULES[one.rule.rule]
        says = str(rule.__doc__).split("\n", 1)[0].partition(": ")[2].rstrip(".")
        limits = ", ".join(f"`{name}` {limit}" for name, limit in one.rule.limits.items())
        whom = "all" if one.rule.customer_class is None else one.rule.customer_class.name.lower()
        state = limits if one.enabled else "off"
        rows.append(
            f"| {rule.RULE} | {says} | {rule.ACTION} | {whom.replace('_', ' ')} | {state} |"
            f" {one.source} | {one.confidence} |\n"
        )
    head = "| Rule | What it says | Gravest | Class | Limits | Source | Certainty |\n"
    return f"{INTERVAL_RULES_INTRODUCTION}{head}|---|---|---|---|---|---|---|\n{''.join(rows)}"


def readings_page() -> str:
    """Describe the formats of half-hours, each by the words of its own module."""
    parts = [READINGS_INTRODUCTION, "| Format | What | Written as |\n|---|---|---|\n"]
    parts += [
        f"| `{name}` | {one.title} | `{one.suffixes[0]}` |\n" for name, one in FORMATS.items()
    ]
    for name, one in FORMATS.items():
        package = one.read.__module__.removesuffix(".reader")
        parts.append(f"\n## {name}\n\n{inspect.getdoc(importlib.import_module(package))}\n")
    for title, columns in (("wide", wide), ("long", long)):
        must, may = (
            ", ".join(f"`{one}`" for one in names) for names in (columns.REQUIRED, columns.OPTIONAL)
        )
        parts.append(f"\nColumns of a {title} table: {must}. May be there: {may}.\n")
    return "".join(parts)


def events_page() -> str:
    """Describe the formats of meter events and what each code means."""
    parts = [EVENTS_INTRODUCTION, "| Format | What | Written as |\n|---|---|---|\n"]
    for name, one in EVENT_FORMATS.items():
        parts.append(f"| `{name}` | {one.title} | {', '.join(f'`{s}`' for s in one.suffixes)} |\n")
    parts.append(f"\n## Events\n\n{inspect.getdoc(event_rows)}\n\n")
    parts.append("| Event | List | Codes | Source | Certainty |\n|---|---|---|---|---|\n")
    for row in load_meter_events():
        codes = ", ".join(f"`{code}`" for code in row.codes)
        parts.append(f"| `{row.kind}` | {row.list} | {codes} | {row.source} | {row.confidence} |\n")
    for name, one in EVENT_FORMATS.items():
        words = inspect.getdoc(importlib.import_module(one.read.__module__))
        parts.append(f"\n## {name}\n\n{words}\n")
        if one.read is event_table.read:
            must, may = (
                ", ".join(f"`{column}`" for column in columns)
                for columns in (event_table.REQUIRED, event_table.OPTIONAL)
            )
            parts.append(f"\nColumns: {must}. May be there: {may}.\n")
    return "".join(parts)


def cosem_classes_page() -> str:
    """List the interface classes with the types of their attributes and methods."""
    return COSEM_INTRODUCTION + "\n".join(map(_class_part, CLASSES.values()))


def _class_part(one: type[CosemObject]) -> str:
    module = inspect.getdoc(importlib.import_module(one.__module__)) or ""
    _, _, more = module.partition("\n\n")
    words = "\n\n".join(filter(None, (inspect.getdoc(one), more)))
    rows = [
        f"| {declared.number} | `{declared.name}` | {declared.kind.title} | {_notes(declared)} |\n"
        for declared in one.attributes[1:]
    ]
    rows += [
        f"| method {declared.number} | `{declared.name}` | {_exchange(declared)} |"
        f" {_notes(declared)} |\n"
        for declared in one.methods
    ]
    return (
        f"## {one.number} {one.title}\n\nClause {one.clause}, version {one.newest}."
        f" {words}\n\n"
        f"| Number | Name | Type | |\n|---|---|---|---|\n{''.join(rows)}"
    )


def _exchange(declared: Method[Any, Any]) -> str:
    gives = declared.gives.title
    return declared.takes.title + ("" if gives == NOTHING.title else f"; gives {gives}")


def _notes(declared: Attribute[Any] | Method[Any, Any]) -> str:
    since = f"from version {declared.since}" if declared.since else ""
    until = f"to version {declared.until}" if declared.until != NEWEST else ""
    return ", ".join(filter(None, (since, until, "secret" if declared.secret else "")))


def quote_page() -> str:
    """Describe the fields of the price calculator's requests and answers."""
    parts = [QUOTE_INTRODUCTION]
    found = quote.schema(price_book(), side_rules())["$defs"]
    tables = {
        name.replace("_", " ").capitalize(): found[name]
        for name in ("request", "segment", "household_change", "read", "answer")
    }
    tables["Line of an answer"] = found["answer"]["properties"]["lines"]["items"]
    parts.extend(f"\n## {title}\n\n{_fields(one)}" for title, one in tables.items())
    return "".join(parts)


def _fields(one: dict[str, Any]) -> str:
    rows = ["| Field | Required | Meaning |\n|---|---|---|\n"]
    for name, field in one["properties"].items():
        words = [str(word) for word in field.get("enum", []) if word is not None]
        inner = field.get("properties", {})
        listed = f": {', '.join(f'`{word}`' for word in words)}" if words else ""
        fields = f" ({', '.join(f'`{word}`' for word in inner)})" if inner else ""
        default = field.get("default")
        told = f"; default `{default}`" if default is not None else ""
        required = "yes" if name in one["required"] else "no"
        rows.append(f"| `{name}` | {required} | {field['description']}{listed}{fields}{told} |\n")
    return "".join(rows)


PAGES = {
    "commands.md": commands_page,
    "cosem-classes.md": cosem_classes_page,
    "events.md": events_page,
    "files.md": files_page,
    "frames.md": frames_page,
    "interval_rules.md": interval_rules_page,
    "quote.md": quote_page,
    "readings.md": readings_page,
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
