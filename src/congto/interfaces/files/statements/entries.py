"""What every format of a bank statement is read into: statements, their lines, their faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.money import Dong

CURRENCY = "VND"
AMOUNT_MAX = 10**15
PLAIN = re.compile(r"(\d{1,15})(?:\.0*)?")


class WrongValueError(ValueError):
    """A value of a statement that cannot be what the bank meant; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a file that was not taken: where it stands and what is wrong with it."""

    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Line:
    """One booked movement of an account; a positive amount is a credit.

    Attributes:
        place: line or entry of the file, as people count it.
        reference: what the payer gave as its own reference, else empty.
        bank_reference: the bank's number of the movement, else empty.
        text: free text of the payer.
    """

    place: str
    booking_date: date
    amount_vnd: Dong
    reference: str
    bank_reference: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account.

    Attributes:
        number: the bank's running number, null where the format has none.
        pages: first and last page of the number, as MT940 counts them; (1, 1) elsewhere.
        opening_vnd, closing_vnd: booked balances, null where the file says none.
        unbooked: entries that are not booked yet, hence no money: left out, counted.
        faults: lines that were not taken.
    """

    account: str
    identification: str
    number: int | None
    opening_vnd: Dong | None
    closing_vnd: Dong | None
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...] = ()
    unbooked: int = 0
    page: int = 1

    @property
    def total_vnd(self) -> Dong:
        """Return the sum of its lines."""
        return sum(line.amount_vnd for line in self.lines)

    @property
    def gap_vnd(self) -> Dong:
        """Return closing - opening - lines: zero where the statement agrees or says no balances."""
        if self.opening_vnd is None or self.closing_vnd is None:
            return 0
        return self.closing_vnd - self.opening_vnd - self.total_vnd

    @property
    def held(self) -> bool:
        """Tell whether it must not be taken: its balances differ, and no missing line says why.

        With a line that could not be read the difference is explained; its other lines are good.
        """
        return self.gap_vnd != 0 and not self.faults


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file as it was read: statements that agree, and every fault."""

    format: str
    statements: tuple[Statement, ...]
    faults: tuple[Fault, ...]


def amount_of(text: str) -> Dong:
    """Return whole đồng of digits with an optional fraction of zeros ("305230", "305230.00").

    Raises:
        WrongValueError: other than that, zero, or too large to be money.
    """
    found = PLAIN.fullmatch(text.strip())
    if found is None:
        raise WrongValueError(f"amount {text.strip()[:30]!r}; expected whole đồng")
    amount = int(found[1])
    if amount == 0:
        raise WrongValueError("amount 0; expected an amount that moves money")
    return amount


def balance_of(text: str) -> Dong:
    """Return a balance, which may be zero."""
    found = PLAIN.fullmatch(text.strip())
    if found is None:
        raise WrongValueError(f"balance {text.strip()[:30]!r}; expected whole đồng")
    return int(found[1])


def in_dong(currency: str) -> None:
    """Refuse another currency."""
    if currency != CURRENCY:
        raise WrongValueError(f"currency {currency[:10]!r}; expected {CURRENCY}")


def collapsed(text: str) -> str:
    """Return the text with every run of blanks as one."""
    return " ".join(text.split())
