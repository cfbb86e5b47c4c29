"""Tables of internet banking, CSV or XLSX, by a profile that says how one bank writes them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl
import yaml

from congto.interfaces.files.statements.entries import (
    Fault,
    Line,
    Statement,
    StatementFile,
    WrongValueError,
    amount_of,
    balance_of,
    collapsed,
)
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.vocabulary.money import Dong

REQUIRED = ("date", "text")
OPTIONAL = ("amount", "credit", "debit", "reference", "bank_reference", "balance")
BREAKS_SHOWN = 10
ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Profile:
    """How a bank writes its table.

    Attributes:
        account: the account that the file is of; the table itself does not say.
        columns: meaning (REQUIRED, OPTIONAL) -> heading of the column. Either `amount` with a sign,
            or `credit` and `debit`.
        header_row: row of the headings, from 1; what stands above is left out.
        until: a row whose first cell begins with this ends the table; empty: none does.
    """

    account: str
    columns: dict[str, str]
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header_row: int = 1
    date_format: str = "%d/%m/%Y"
    thousands: str = ","
    decimal: str = "."
    until: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.columns) - {*REQUIRED, *OPTIONAL}
        missing = [name for name in REQUIRED if name not in self.columns]
        ways = ("amount" in self.columns) + ({"credit", "debit"} <= set(self.columns))
        if unknown or missing or ways != 1 or self.thousands == self.decimal:
            raise InvalidInputError(
                f"a profile with the columns {', '.join(sorted(self.columns)) or 'none'}",
                expected="date, text, and either amount or both credit and debit; beside them"
                " reference, bank_reference, balance; thousands and decimal marks that differ",
            )


def profile_of(text: str) -> Profile:
    """Read a profile from YAML; the fields are those of `Profile`.

    Raises:
        InvalidInputError: not YAML, a field that is not known, or one that is missing.
    """
    try:
        given: Any = yaml.safe_load(text)
        return Profile(**{**given, "account": str(given["account"])})
    except (yaml.YAMLError, TypeError, KeyError) as error:
        raise InvalidInputError(
            f"a profile that cannot be read: {error}",
            expected=f"YAML with {', '.join(Profile.__dataclass_fields__)}",
        ) from error


def read_table(content: bytes, profile: Profile) -> StatementFile:
    """Read a table; a broken row costs that row.

    Where there is a column of balances, opening and closing come from it, and every step is checked
    in the direction, newest first or oldest first, in which the table is written.

    Raises:
        InvalidInputError: another encoding, or headings that the profile does not know.
    """
    rows = _cells(content, profile)
    wanted = _places(rows, profile)
    lines: list[Line] = []
    balances: list[Dong | None] = []
    faults: list[Fault] = []
    for number, row in enumerate(rows[profile.header_row :], start=profile.header_row + 1):
        if profile.until and row and row[0].strip().startswith(profile.until):
            break
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in wanted.items()}
        if not any(cells.values()):
            continue
        try:
            lines.append(_line(f"row {number}", cells, profile))
            balances.append(_balance(cells, profile))
        except WrongValueError as error:
            faults.append(Fault(f"row {number}", str(error)))
    opening, closing, breaks = _ends(lines, balances)
    statement = Statement(profile.account, "", None, opening, closing, tuple(lines), tuple(faults))
    # Where a row is missing that could not be read, the next balance cannot follow.
    return StatementFile("table", (statement,), () if faults else tuple(breaks))


def preview(content: bytes, profile: Profile, rows: int = 10) -> list[Line | Fault]:
    """Return what the first rows of a file become under a profile, in the order of the file."""
    read = read_table(content, profile).statements[0]
    found: list[Line | Fault] = [*read.lines, *read.faults]
    return sorted(found, key=lambda one: int(one.place.partition(" ")[2]))[:rows]


def _cells(content: bytes, profile: Profile) -> list[list[str]]:
    if content.startswith(ZIP):
        # Every cell as text: a number that a reader guesses is a number that it may round.
        sheet = pl.read_excel(
            io.BytesIO(content), has_header=False, infer_schema_length=0, drop_empty_rows=False
        )
        return [[value or "" for value in row] for row in sheet.cast(pl.String()).rows()]
    try:
        text = content.decode(profile.encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise InvalidInputError(
            f"the file is not {profile.encoding}",
            expected="the encoding that the profile names",
            action="choose the encoding of this bank in the profile",
        ) from error
    return list(csv.reader(io.StringIO(text), delimiter=profile.delimiter))


def _places(rows: list[list[str]], profile: Profile) -> dict[str, int]:
    """Return where each meaning stands in a row."""
    found = rows[profile.header_row - 1] if len(rows) >= profile.header_row else []
    headings = [collapsed(one).casefold() for one in found]
    places = {}
    for name, heading in profile.columns.items():
        wanted = collapsed(heading).casefold()
        if headings.count(wanted) != 1:
            raise InvalidInputError(
                f"row {profile.header_row} has the headings {', '.join(found)[:200] or 'none'}",
                expected=f"{heading!r} once, for {name}",
                action="mend the heading or the row of headings in the profile",
            )
        places[name] = headings.index(wanted)
    return places


def _line(place: str, cells: dict[str, str], profile: Profile) -> Line:
    return Line(
        place,
        _day(cells["date"], profile),
        _signed(cells, profile),
        cells.get("reference", ""),
        cells.get("bank_reference", ""),
        collapsed(cells["text"]),
    )


def _day(text: str, profile: Profile) -> date:
    for form in (profile.date_format, "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day of the bank)
        except ValueError:
            continue
    raise WrongValueError(f"date {text[:30]!r}; expected the form {profile.date_format}")


def _signed(cells: dict[str, str], profile: Profile) -> Dong:
    if "amount" in cells:
        sign, digits = _digits(cells["amount"], profile)
        return sign * amount_of(digits)
    filled = [name for name in ("credit", "debit") if _digits(cells[name], profile)[1].strip("0.")]
    if len(filled) != 1:
        raise WrongValueError(
            f"credit {cells['credit'][:20]!r} and debit {cells['debit'][:20]!r};"
            " expected one of the two"
        )
    sign, digits = _digits(cells[filled[0]], profile)
    way = 1 if filled[0] == "credit" else -1
    # Some banks write debits with a minus in a column of their own: it is the same debit.
    return amount_of(digits) * (way if filled[0] == "debit" else way * sign)


def _balance(cells: dict[str, str], profile: Profile) -> Dong | None:
    if not cells.get("balance"):
        return None
    sign, digits = _digits(cells["balance"], profile)
    return sign * balance_of(digits)


def _digits(text: str, profile: Profile) -> tuple[int, str]:
    """Return the sign and the digits of a number in the bank's writing, with a point."""
    bare = text.replace("\u00a0", "").replace(" ", "").upper().removesuffix("VND").removesuffix("Đ")
    negative = bare.startswith("-") or (bare.startswith("(") and bare.endswith(")"))
    bare = bare.strip("+-()").replace(profile.thousands, "") if bare else ""
    return (-1 if negative else 1), bare.replace(profile.decimal, ".")


def _ends(
    lines: list[Line], balances: list[Dong | None]
) -> tuple[Dong | None, Dong | None, list[Fault]]:
    """Return opening and closing by the balances beside the rows, and where they break."""
    known = [one for one in balances if one is not None]
    if not lines or len(known) != len(lines):
        return None, None, []
    amounts = [line.amount_vnd for line in lines]
    steps = list(pairwise(known))
    up = [at for at, (one, two) in enumerate(steps, 1) if one + amounts[at] != two]
    down = [at for at, (one, two) in enumerate(steps, 1) if two + amounts[at - 1] != one]
    breaks = min(up, down, key=len)
    found = [
        Fault(lines[at].place, f"balance {known[at]} does not follow the row before")
        for at in breaks[:BREAKS_SHOWN]
    ]
    if len(down) < len(up):
        return known[-1] - amounts[-1], known[0], found
    return known[0] - amounts[0], known[-1], found
