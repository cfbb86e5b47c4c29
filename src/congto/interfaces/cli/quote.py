"""`congto quote`: the price calculator. JSON on stdin, JSON on stdout; no database, no clock.

One object in gives one bill out; a list gives a list. What is wrong with a single request is one
sentence on stderr and exit code 2. In a list the wrong one becomes {"error": "..."} at its place,
the others are answered and the exit code is 0. All text is UTF-8.

Numbers are texts ("134", "12.5"); whole numbers are accepted without quotes, floats are not.
`--schema` prints the JSON schema of a request.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TextIO

from congto.engines.rating.rounding import WH_PER_KWH, TierRounding
from congto.engines.rating.scalar import Bands, Usage, rate
from congto.reference.fields import parse_day
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.groups import Charge, CustomerGroup

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from congto.engines.rating.scalar import Bill, Line
    from congto.vocabulary.prices import PriceBook

EXIT_OK = 0
EXIT_WRONG_INPUT = 2

REQUIRED = ("group", "from", "to", "kwh")
OPTIONAL = (
    "subgroup",
    "voltage",
    "households",
    "reading_date",
    "kvarh",
    "registered_kw",
    "settings",
)
BANDS = ("normal", "peak", "off_peak")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
DIGITS_MAX = 40
USAGE = "usage: congto quote [--schema] < request.json\n"


def main(
    arguments: list[str] | None = None,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Answer the request on stdin; return the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    output, complaints = stdout or sys.stdout, stderr or sys.stderr
    if words in (["-h"], ["--help"]):
        return _write(output, f"{__doc__}\n{USAGE}")
    if words == ["--schema"]:
        return _write(output, json.dumps(schema(price_book()), ensure_ascii=False, indent=2) + "\n")
    try:
        if words:
            raise InvalidInputError(f"argument {words[0]!r}", expected="--schema or none")
        given = read(stdin or sys.stdin)
        answer = answer_all(given, price_book())
    except CongtoError as error:
        _write(complaints, error.sentence() + "\n")
        return EXIT_WRONG_INPUT
    return _write(output, json.dumps(answer, ensure_ascii=False) + "\n")


def _write(stream: TextIO, text: str) -> int:
    """Write UTF-8 whatever the locale; a stream without bytes under it (a test's) takes text."""
    raw = getattr(stream, "buffer", None)
    if raw is None:
        stream.write(text)
    else:
        stream.flush()
        raw.write(text.encode())
        raw.flush()
    return EXIT_OK


def read(stream: TextIO) -> object:
    """Parse the JSON on a stream strictly: UTF-8, no key twice, no NaN, floats kept as found."""
    raw = getattr(stream, "buffer", None)
    try:
        text = stream.read() if raw is None else raw.read().decode("utf-8-sig")
        return json.loads(
            text, parse_float=Inexact, parse_constant=Inexact, object_pairs_hook=_unique
        )
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"byte {error.start + 1} of the input is not UTF-8", expected="JSON in UTF-8"
        ) from error
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"the input is not JSON at line {error.lineno}, column {error.colno}: {error.msg}",
            expected="one JSON object or a list of objects",
        ) from error
    except (RecursionError, ValueError) as error:
        raise InvalidInputError(
            "the input is nested too deeply or holds a number that is too long",
            expected="one JSON object or a list of objects",
        ) from error


@dataclass(frozen=True, slots=True)
class Inexact:
    """A JSON number with a point or exponent: kept as written, so that it can be refused."""

    text: str


class _Twice(dict[str, Any]):
    """An object in which a key was given twice: refused when it is read, not before."""

    key = ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = _Twice(found)
    twice.key = next(name for name in names if names.count(name) > 1)
    return twice


def answer_all(given: object, book: PriceBook) -> object:
    """Answer one request, or each of a list."""
    if not isinstance(given, list):
        return answer(given, book)
    answers: list[dict[str, object]] = []
    for request in given:
        try:
            answers.append(answer(request, book))
        except CongtoError as error:
            answers.append({"error": error.sentence()})
    return answers


def answer(given: object, book: PriceBook) -> dict[str, object]:
    """Rate one request; raises CongtoError with one clear sentence."""
    request = _object(given, "the request", (*REQUIRED, *OPTIONAL), REQUIRED)
    settings = _object(request.get("settings", {}), "settings", ("tier_rounding",), ())
    rounding = _word(
        settings.get("tier_rounding", TierRounding.WHOLE_KWH),
        "settings.tier_rounding",
        [one.value for one in TierRounding],
    )
    return shown(rate(usage_of(request, book), book, TierRounding(rounding)))


def usage_of(request: dict[str, Any], book: PriceBook) -> Usage:
    """Return the rating engine's input, every field checked."""
    group = _word(request["group"], "group", [one.value for one in CustomerGroup])
    subgroup, voltage = _price_key(request, group, book)
    start, end = _day(request, "from"), _day(request, "to")
    if start >= end:
        raise InvalidInputError(
            f"the period from {start} to {end} has no day",
            expected='"to" to be the day after the last day, later than "from"',
        )
    total, bands = _energy(request["kwh"])
    return Usage(
        group=group,
        subgroup=subgroup,
        voltage=voltage,
        household_quarters=_quarters(request.get("households", "1")),
        start=start,
        end=end,
        reading_date=_day(request, "reading_date") if "reading_date" in request else end,
        energy_wh=total,
        bands=bands,
        reactive_varh=_thousandths(request.get("kvarh", "0"), "kvarh"),
        registered_kw=int(_number(request.get("registered_kw", "0"), "registered_kw")),
    )


def _price_key(
    request: dict[str, Any], group: str, book: PriceBook
) -> tuple[str | None, str | None]:
    """Check subgroup and voltage against what the price decisions know."""
    known = book.subgroups[CustomerGroup(group)]
    subgroup = request.get("subgroup")
    if subgroup is None and None not in known:
        raise InvalidInputError(
            f"subgroup is missing for the group {group}",
            expected="one of " + ", ".join(str(word) for word in known),
        )
    if subgroup is not None:
        allowed = [str(word) for word in known if word is not None]
        if not allowed:
            raise InvalidInputError(
                f"subgroup is {subgroup!r}", expected=f"null, as {group} has no subgroups"
            )
        subgroup = _word(subgroup, "subgroup", allowed)
    voltage = request.get("voltage")
    if voltage is not None:
        voltage = _word(voltage, "voltage", list(book.voltages))
    allowed_voltages = book.voltage_words(group, subgroup)
    if allowed_voltages and voltage not in allowed_voltages:
        found = "voltage is missing" if voltage is None else f"voltage is {voltage!r}"
        raise InvalidInputError(
            f"{found} for the group {group}", expected="one of " + ", ".join(allowed_voltages)
        )
    return subgroup, voltage


def _energy(given: object) -> tuple[int, Bands | None]:
    """Read {"total"} or the three bands, in Wh."""
    if isinstance(given, dict) and "total" in given:
        total = _object(given, "kwh", ("total",), ("total",))["total"]
        return _thousandths(total, "kwh.total"), None
    if isinstance(given, dict) and not given.keys() & set(BANDS):
        # Nothing known in it: name both forms at once.
        _object(given, "kwh", ("total", *BANDS), ())
        raise InvalidInputError(
            "kwh is empty", expected='{"total"} or {"normal", "peak", "off_peak"}'
        )
    values = _object(given, "kwh", BANDS, BANDS)
    bands = Bands(*(_thousandths(values[name], f"kwh.{name}") for name in BANDS))
    return sum(bands), bands


def _object(
    given: object, name: str, known: Collection[str], required: Collection[str]
) -> dict[str, Any]:
    """Return a JSON object with known keys, all required ones among them."""
    if not isinstance(given, dict):
        raise InvalidInputError(f"{name} is {_text(given)}", expected="a JSON object")
    if isinstance(given, _Twice):
        raise InvalidInputError(f"{name} has {given.key!r} twice", expected="each field once")
    for key in given:
        if key not in known:
            raise InvalidInputError(
                f"{name} has an unknown field {_clipped(repr(key))}",
                expected=_hint(key, known),
            )
    for key in required:
        if key not in given:
            raise InvalidInputError(f"{name} lacks the field {key!r}", expected=", ".join(required))
    return given


def _word(given: object, name: str, allowed: list[str]) -> str:
    if not isinstance(given, str) or given not in allowed:
        raise InvalidInputError(
            f"{name} is {_text(given)}", expected=_hint(given, allowed, "one of ")
        )
    return given


def _hint(found: object, allowed: Collection[str], lead: str = "") -> str:
    """Return the allowed words, with the closest one in front if the word is nearly one."""
    close = get_close_matches(found, allowed, n=1) if isinstance(found, str) else []
    words = lead + ", ".join(allowed)
    return f"{words} (did you mean {close[0]!r}?)" if close else words


def _day(request: dict[str, Any], name: str) -> date:
    given = request[name]
    day = parse_day(given) if isinstance(given, str) else None
    if day is None:
        raise InvalidInputError(f"{name} is {_text(given)}", expected='a date such as "2026-06-09"')
    return day


def _number(given: object, name: str) -> Decimal:
    """Return an exact number of zero or more, from a text or a whole JSON number."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        raise InvalidInputError(
            f"{name} is {_text(given)}", expected='a number in quotes such as "134" or "12.5"'
        )
    if len(text) > DIGITS_MAX:
        raise InvalidInputError(f"{name} has {len(text)} characters", expected="a shorter number")
    if text.startswith("-"):
        raise InvalidInputError(f"{name} is negative ({text})", expected="zero or more")
    return Decimal(text)


def _thousandths(given: object, name: str) -> int:
    """Return kWh as whole Wh (kvarh as varh): "12.5" -> 12500."""
    value = _number(given, name) * WH_PER_KWH
    if value != int(value):
        raise InvalidInputError(f"{name} is {given}", expected="at most three decimals")
    return int(value)


def _quarters(given: object) -> int:
    """Return households as quarters: "1.25" -> 5. Four people count as one household."""
    value = _number(given, "households") * 4
    if value != int(value) or value == 0:
        raise InvalidInputError(
            f"households is {given}", expected='quarters of a household such as "0.25" or "2"'
        )
    return int(value)


def _text(given: object) -> str:
    """Return a JSON value as a person wrote it, shortened."""
    if isinstance(given, Inexact):
        return f"{_clipped(given.text)} (not exact)"
    if given is None or isinstance(given, bool):
        return json.dumps(given)
    kinds = {dict: "an object", list: "a list"}
    return next(
        (words for kind, words in kinds.items() if isinstance(given, kind)), _clipped(repr(given))
    )


def _clipped(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def shown(bill: Bill) -> dict[str, object]:
    """Return a bill as JSON values: quantities, prices and rates as texts, amounts as numbers."""
    return {
        "lines": [_line(line) for line in bill.lines],
        "net": bill.net_vnd,
        "vat_rate": f"{Decimal(bill.vat_rate_bp) / 10_000:.2f}",
        "vat": bill.vat_vnd,
        "gross": bill.gross_vnd,
    }


def _line(line: Line) -> dict[str, object]:
    """Return a line; a reactive one also tells cos phi and k."""
    values: dict[str, object] = {
        "charge": line.charge.name.lower(),
        "tier": line.tier,
        "band": line.band.value if line.band else None,
        "kwh": None if line.energy_wh is None else _trimmed(Decimal(line.energy_wh) / WH_PER_KWH),
        "price": None if line.price_vnd is None else str(line.price_vnd),
        "amount": line.amount_vnd,
        "decision": line.decision.code,
    }
    if line.charge is Charge.REACTIVE:
        values["cos_phi"] = f"{Decimal(line.cos_phi or 0) / 100:.2f}"
        values["k_percent"] = _trimmed(Decimal(line.k_bp or 0) / 100)
    return values


def _trimmed(value: Decimal) -> str:
    """Write a number without trailing zeros or exponent: 50.000 -> "50", 62.500 -> "62.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def schema(book: PriceBook) -> dict[str, object]:
    """Return the JSON schema of a request, its words taken from the price book."""
    number = {
        "anyOf": [
            {"type": "string", "pattern": r"^(0|[1-9][0-9]*)(\.[0-9]{1,3})?$"},
            {"type": "integer", "minimum": 0},
        ]
    }
    day = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    subgroups = {str(word) for words in book.subgroups.values() for word in words if word}
    request = {
        "type": "object",
        "additionalProperties": False,
        "required": list(REQUIRED),
        "properties": {
            "group": {"enum": [one.value for one in CustomerGroup]},
            "subgroup": {"enum": [None, *sorted(subgroups)], "default": None},
            "voltage": {"enum": [None, *book.voltages], "default": None},
            "households": {
                **number,
                "default": "1",
                "description": "household quotas, a multiple of 0.25",
            },
            "from": {**day, "description": "first day of the period"},
            "to": {**day, "description": "day after the last day of the period"},
            "reading_date": {**day, "description": "decides the VAT rate; default: to"},
            "kwh": {
                "oneOf": [
                    _object_schema({"total": number}),
                    _object_schema(dict.fromkeys(BANDS, number)),
                ]
            },
            "kvarh": {**number, "default": "0"},
            "registered_kw": {**number, "default": "0"},
            "settings": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "tier_rounding": {
                        "enum": [one.value for one in TierRounding],
                        "default": TierRounding.WHOLE_KWH.value,
                    }
                },
            },
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "congto quote request",
        "oneOf": [{"$ref": "#/$defs/request"}, {"type": "array", "items": {}}],
        "$defs": {"request": request},
    }


def _object_schema(properties: dict[str, dict[str, Any]]) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


if __name__ == "__main__":
    sys.exit(main())
