"""Fields of a request, each read strictly: what is wrong is one sentence that names the field."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TextIO

from congto.engines.rating.rounding import WH_PER_KWH
from congto.reference.fields import parse_day
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INDEX = re.compile(r"[0-9]+(\.[0-9]+)?")
DIGITS_MAX = 24  # so that every product below stays exact within 28 digits


def read_json(stream: TextIO) -> object:
    """Parse the JSON on a stream strictly: UTF-8, no key twice, no NaN, floats kept as found."""
    raw = getattr(stream, "buffer", None)
    try:
        text = stream.read() if raw is None else raw.read().decode("utf-8-sig")
        return json.loads(
            text, parse_float=Inexact, parse_constant=Inexact, object_pairs_hook=unique_keys
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


class Twice(dict[str, Any]):
    """An object in which a key was given twice: refused when it is read, not before."""

    key = ""


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object, marked where a key stands twice in it."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    twice = Twice(found)
    twice.key = next(name for name in names if names.count(name) > 1)
    return twice


def read_object(
    given: object, name: str, known: Collection[str], required: Collection[str]
) -> dict[str, Any]:
    """Return a JSON object with known keys, all required ones among them."""
    if not isinstance(given, dict):
        raise InvalidInputError(f"{name} is {as_written(given)}", expected="a JSON object")
    if isinstance(given, Twice):
        raise InvalidInputError(f"{name} has {given.key!r} twice", expected="each field once")
    for key in given:
        if key not in known:
            raise InvalidInputError(
                f"{name} has an unknown field {clipped(repr(key))}",
                expected=_hint(key, known),
            )
    for key in required:
        if key not in given:
            raise InvalidInputError(f"{name} lacks the field {key!r}", expected=", ".join(required))
    return given


def read_word(given: object, name: str, allowed: list[str]) -> str:
    """Return one of the allowed words."""
    if not isinstance(given, str) or given not in allowed:
        raise InvalidInputError(
            f"{name} is {as_written(given)}", expected=_hint(given, allowed, "one of ")
        )
    return given


def _hint(found: object, allowed: Collection[str], lead: str = "") -> str:
    """Return the allowed words, with the closest one in front if the word is nearly one."""
    close = get_close_matches(found, allowed, n=1) if isinstance(found, str) else []
    words = lead + ", ".join(allowed)
    return f"{words} (did you mean {close[0]!r}?)" if close else words


def read_day(given: object, name: str) -> date:
    """Return a date written YYYY-MM-DD."""
    found = parse_day(given) if isinstance(given, str) else None
    if found is None:
        raise InvalidInputError(
            f"{name} is {as_written(given)}", expected='a date such as "2026-06-09"'
        )
    return found


def read_list(given: object, name: str, *, least: int = 1) -> list[object]:
    """Return a list with at least so many members."""
    if not isinstance(given, list):
        raise InvalidInputError(f"{name} is {as_written(given)}", expected="a list")
    if len(given) < least:
        raise InvalidInputError(f"{name} has {len(given)} members", expected=f"at least {least}")
    return given


def read_index(given: object, name: str) -> Decimal:
    """Return what a meter's dial shows; leading zeros are as the dial has them."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not INDEX.fullmatch(text):
        raise InvalidInputError(
            f"{name} is {as_written(given)}", expected='an index in quotes such as "00084"'
        )
    if len(text) > DIGITS_MAX:
        raise InvalidInputError(f"{name} has {len(text)} characters", expected="a shorter index")
    return Decimal(text)


def refuse_both(given: dict[str, Any], one: str, other: str) -> None:
    """Refuse two fields that exclude each other."""
    if one in given and other in given:
        raise InvalidInputError(f"both {one!r} and {other!r} are given", expected="one of the two")


def read_number(given: object, name: str) -> Decimal:
    """Return an exact number of zero or more, from a text or a whole JSON number."""
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        raise InvalidInputError(
            f"{name} is {as_written(given)}", expected='a number in quotes such as "134" or "12.5"'
        )
    if len(text) > DIGITS_MAX:
        raise InvalidInputError(f"{name} has {len(text)} characters", expected="a shorter number")
    if text.startswith("-"):
        raise InvalidInputError(f"{name} is negative ({text})", expected="zero or more")
    return Decimal(text)


def read_thousandths(given: object, name: str) -> int:
    """Return kWh as whole Wh (kvarh as varh): "12.5" -> 12500."""
    value = read_number(given, name) * WH_PER_KWH
    if value != int(value):
        raise InvalidInputError(f"{name} is {given}", expected="at most three decimals")
    return int(value)


def read_quarters(given: object, name: str = "households") -> int:
    """Return households as quarters: "1.25" -> 5. Four people count as one household."""
    value = read_number(given, name) * 4
    if value != int(value) or value == 0:
        raise InvalidInputError(
            f"{name} is {given}", expected='quarters of a household such as "0.25" or "2"'
        )
    return int(value)


def as_written(given: object) -> str:
    """Return a JSON value as a person wrote it, shortened."""
    if isinstance(given, Inexact):
        return f"{clipped(given.text)} (not exact)"
    if given is None or isinstance(given, bool):
        return json.dumps(given)
    kinds = {dict: "an object", list: "a list"}
    return next(
        (words for kind, words in kinds.items() if isinstance(given, kind)), clipped(repr(given))
    )


def clipped(text: str) -> str:
    """Return a text of at most 60 characters."""
    return text if len(text) <= 60 else text[:59] + "…"


def trimmed(value: Decimal) -> str:
    """Write a number without trailing zeros or exponent: 50.000 -> "50", 62.500 -> "62.5"."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
