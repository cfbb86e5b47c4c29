"""MT940 (SWIFT customer statement), message by message and line by line.

A message holds :20: reference, :25: account, :28C: statement/page, :60F: or :60M: opening, lines
:61: each with :86: text, :62F: or :62M: closing. In :61: RC takes a credit back (money out), RD
takes a debit back (money in). What cannot be read costs its own line, never the file.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from congto.interfaces.files.statements.entries import (
    Fault,
    Line,
    Statement,
    StatementFile,
    WrongValueError,
    amount_of,
    balance_of,
    collapsed,
    in_dong,
)

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong

TAG = re.compile(r"^:(\d{2}[A-Z]?):(.*)$")
ENVELOPE = re.compile(r"^\{[1-5]:.*$|^-\}?$")
MOVEMENT = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<way>R?[CD])[A-Z]?(?P<amount>\d{1,15},\d{0,2})"
    r"[NFS][A-Z0-9]{3}(?P<reference>.*?)(?://(?P<bank>.*))?"
)
BALANCE = re.compile(r"(?P<way>[CD])\d{6}(?P<currency>[A-Z]{3})(?P<amount>\d{1,15},\d{0,2})")
SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1}
NO_REFERENCE = "NONREF"
SUBFIELD = re.compile(r"\?(\d\d)")
REMITTANCE = {*range(20, 30), *range(60, 64)}
HALF_A_YEAR = timedelta(days=183)


class Field(NamedTuple):
    """A field of a message: its tag, its text with line ends, the line of the file."""

    tag: str
    text: str
    number: int


def read_mt940(content: bytes) -> StatementFile:
    """Read a file; a broken :61: costs that line, a broken balance or account that statement."""
    statements: list[Statement] = []
    faults: list[Fault] = []
    for fields in _messages(content.decode("utf-8-sig", errors="replace")):
        try:
            statements.append(_statement(fields))
        except WrongValueError as error:
            faults.append(Fault(f"line {fields[0].number}", f"{error}; statement not taken"))
    return StatementFile("mt940", tuple(statements), tuple(faults))


def _messages(text: str) -> list[list[Field]]:
    """Cut the file into messages, each from its :20: on; envelopes are left out."""
    messages: list[list[Field]] = []
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.rstrip()
        if ENVELOPE.match(line) or not line:
            continue
        found = TAG.match(line)
        if found and found[1] == "20":
            messages.append([])
        if not messages:
            continue
        if found:
            parts = [found[2]]
            messages[-1].append(Field(found[1], found[2], number))
        else:
            parts.append(line)
            messages[-1][-1] = messages[-1][-1]._replace(text="\n".join(parts))
    return messages


def _statement(fields: list[Field]) -> Statement:
    by_tag = {one.tag: one.text for one in reversed(fields)}
    account = by_tag.get("25", "").split("\n", maxsplit=1)[0].rpartition("/")[2].strip()
    if not account:
        raise WrongValueError("no account (:25:)")
    number, _slash, page = by_tag.get("28C", by_tag.get("28", "")).strip().partition("/")
    opening = _balance(by_tag, "60F", "60M")
    closing = _balance(by_tag, "62F", "62M")
    lines, faults = _lines(fields)
    return Statement(
        account,
        by_tag["20"],
        int(number) if number.isdecimal() else None,
        opening,
        closing,
        tuple(lines),
        tuple(faults),
        page=int(page) if page.isdecimal() else 1,
    )


def _lines(fields: list[Field]) -> tuple[list[Line], list[Fault]]:
    lines: list[Line] = []
    faults: list[Fault] = []
    following = [*fields[1:], Field("", "", 0)]
    for one, after in zip(fields, following, strict=True):
        if one.tag != "61":
            continue
        place = f"line {one.number}"
        try:
            lines.append(_line(place, one.text, after.text if after.tag == "86" else ""))
        except WrongValueError as error:
            faults.append(Fault(place, str(error)))
    return lines, faults


def _line(place: str, text: str, information: str) -> Line:
    first, _end, supplement = text.partition("\n")
    found = MOVEMENT.fullmatch(first)
    if found is None:
        raise WrongValueError(
            f":61:{first[:60]}; expected YYMMDD[MMDD] C, D, RC or RD, amount with a comma,"
            " N and three letters, reference"
        )
    amount = amount_of(found["amount"].replace(",", "."))
    reference = found["reference"].strip()
    return Line(
        place,
        _booked(found["value"], found["entry"]),
        SIGNS[found["way"]] * amount,
        "" if reference == NO_REFERENCE else reference,
        (found["bank"] or "").strip(),
        _free_text(information) or collapsed(supplement),
    )


def _booked(value: str, entry: str | None) -> date:
    """Return the day of booking: MMDD in the year that brings it nearest to the value date."""
    valued = _day(2000 + int(value[:2]), value[2:])
    if valued is None:
        raise WrongValueError(f"value date {value}; expected YYMMDD")
    if entry is None:
        return valued
    possible = [_day(valued.year + step, entry) for step in (-1, 0, 1)]
    near = [one for one in possible if one is not None and abs(one - valued) <= HALF_A_YEAR]
    if not near:
        raise WrongValueError(f"entry date {entry}; expected MMDD")
    return min(near, key=lambda one: abs(one - valued))


def _day(year: int, month_day: str) -> date | None:
    """Return a day, or null where that year has none, as 29 February."""
    try:
        return date(year, int(month_day[:2]), int(month_day[2:]))
    except ValueError:
        return None


def _balance(by_tag: dict[str, str], *tags: str) -> Dong:
    for tag in tags:
        if tag in by_tag:
            found = BALANCE.fullmatch(by_tag[tag].strip())
            if found is None:
                raise WrongValueError(
                    f":{tag}:{by_tag[tag][:40]}; expected C or D, YYMMDD, VND, amount with a comma"
                )
            in_dong(found["currency"])
            return SIGNS[found["way"]] * balance_of(found["amount"].replace(",", "."))
    raise WrongValueError(f"no balance (:{tags[0]}:)")


def _free_text(information: str) -> str:
    """Return the payer's text: of ?20 to ?29 and ?60 to ?63 where it is in subfields, else all."""
    # Banks break the field after 65 characters, in the middle of words and codes.
    joined = "".join(information.split("\n"))
    parts = SUBFIELD.split(joined)
    if len(parts) > 1 and parts[0].isdecimal():
        wanted = zip(parts[1::2], parts[2::2], strict=True)
        joined = "".join(text for code, text in wanted if int(code) in REMITTANCE)
    return collapsed(joined)
