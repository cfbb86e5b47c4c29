"""The words of an invoice: everything that its PDF, its e-invoice and its summary row say.

The books fill these values, the documents print them; neither knows the other. Money is whole đồng,
energy whole Wh; a decrease on an adjustment is negative.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.format_vi import WH_PER_KWH
from congto.vocabulary.groups import Charge, Register, TimeBand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from congto.vocabulary.money import Dong
    from congto.vocabulary.periods import Period
    from congto.vocabulary.prices import Confidence

NUMBER_MAX = 99_999_999
"""An invoice number has at most eight digits (NĐ 123/2020/NĐ-CP Art. 10(3), kept since)."""


class InvoiceKind(StrEnum):
    """What an invoice is to the one before it (TT 91/2026/TT-BTC Art. 10)."""

    ORIGINAL = "original"
    REPLACEMENT = "replacement"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class InvoiceReference:
    """An invoice that another one replaces or adjusts."""

    form: str
    series: str
    number: int
    issued_on: date


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells; `sample` marks the sample utility, whose documents are no invoices."""

    name: str
    tax_code: str
    address: str
    unit: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    bank_name: str = ""
    bank_bin: str = ""
    bank_account: str = ""
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who uses and who pays: one payer may pay for many users, so a bill prints two codes."""

    name: str
    address: str
    customer_code: str
    payer_code: str
    tax_code: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Supply:
    """The point of use as a bill prints it."""

    purpose: str
    households: Decimal | None = None
    voltage: str = ""
    usage_point: str = ""
    station: str = ""
    reading_book: str = ""


@dataclass(frozen=True, slots=True)
class MeterRow:
    """One row per register of a meter (bộ chỉ số): actual = measured + direct - deducted."""

    register: Register
    meter: str
    old_wh: int
    new_wh: int
    multiplier: int
    measured_wh: int
    direct_wh: int = 0
    deducted_wh: int = 0
    estimated: bool = False

    @property
    def actual_wh(self) -> int:
        """Return what counts for the bill."""
        return self.measured_wh + self.direct_wh - self.deducted_wh


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One row per charge x purpose x price decision x tier or band.

    Attributes:
        purpose: words of the purpose where one meter serves several; empty otherwise.
        part: days of the part of the period, where a decision changes inside it.
        quota_wh: width of the tier for this customer and part; None is open-ended or no tier.
        decision: code of the price decision.
    """

    charge: Charge
    amount_vnd: Dong
    energy_wh: int | None = None
    price_vnd: Dong | None = None
    tier: int | None = None
    band: TimeBand = TimeBand.ALL_DAY
    purpose: str = ""
    part: Period | None = None
    quota_wh: int | None = None
    decision: str = ""


@dataclass(frozen=True, slots=True)
class ReactiveBasis:
    """What a charge for reactive power rests on; cos phi and k in hundredths."""

    reactive_varh: int
    cos_phi: int
    k_bp: int
    rule: str


@dataclass(frozen=True, slots=True)
class PriceBasis:
    """A price decision that the invoice applies, and how well its prices are known."""

    code: str
    effective_from: date
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class UsageMonth:
    """What was billed for the period that ended in a month; gross_vnd of None is not known."""

    year: int
    month: int
    energy_wh: int
    gross_vnd: Dong | None = None


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """One invoice, whole.

    Attributes:
        form, series, number: "1", "K26TAA", 123; a number of None is a bill not issued yet.
        bill: number of the bill in the books.
        original, reason: of a replacement or an adjustment.
        history: up to thirteen months, oldest first, this period last.
        energy_note: why the energy is not what the readings make; empty where it is.
    """

    form: str
    series: str
    number: int | None
    issued_on: date
    bill: int
    seller: Seller
    buyer: Buyer
    supply: Supply
    period: Period
    reading_date: date
    due_date: date
    rows: tuple[MeterRow, ...]
    lines: tuple[InvoiceLine, ...]
    energy_wh: int
    net_vnd: Dong
    vat_rate_bp: int
    vat_vnd: Dong
    gross_vnd: Dong
    decisions: tuple[PriceBasis, ...] = ()
    reactive: ReactiveBasis | None = None
    history: tuple[UsageMonth, ...] = ()
    kind: InvoiceKind = InvoiceKind.ORIGINAL
    original: InvoiceReference | None = None
    reason: str = ""
    energy_note: str = ""

    @property
    def symbol(self) -> str:
        """Return form and series as documents print them together: "1K26TAA"."""
        return f"{self.form}{self.series}"


BANDED = frozenset({Register.NORMAL, Register.PEAK, Register.OFF_PEAK})


def readings_prove(rows: tuple[MeterRow, ...], energy_wh: int) -> bool:
    """Tell whether the readings make the energy, to the kWh per register.

    A meter's registers by band count where it has them, its register of all energy otherwise.
    Without readings there is nothing to prove.
    """
    banded = {row.meter for row in rows if row.register in BANDED}
    counted = [
        row
        for row in rows
        if row.register in BANDED or (row.register is Register.TOTAL and row.meter not in banded)
    ]
    if not counted:
        return not rows
    read = sum(row.actual_wh for row in counted)
    return abs(read - energy_wh) < WH_PER_KWH * len(counted)


@dataclass(frozen=True, slots=True)
class EInvoiceRules:
    """The tax authority's layout on a day.

    Attributes:
        version: what the element PBan says.
        symbol_letters: letters that may stand fourth in a series.
        summary_form, summary_name: of the summary table (bảng tổng hợp dữ liệu hóa đơn điện tử).
        summary_rows_max: rows of one table; more make a further table.
        summary_states: how a row says what the invoice is (element TThai).
        confidence: the weakest of the values'.
    """

    version: str
    basis: str
    symbol_letters: str
    summary_form: str
    summary_name: str
    summary_rows_max: int
    summary_states: Mapping[InvoiceKind, int]
    confidence: Confidence


def check_symbol(form: str, series: str, issued_on: date, letters: str) -> None:
    """Refuse a form or series that the tax authority would not take.

    TT 91/2026/TT-BTC Art. 4 and Annex I: the form of a VAT invoice is 1; a series has six
    characters: C or K (with or without the authority's code), two digits of the year, one letter of
    the kind of use, two letters of the seller's own (YY where it has no need of them).
    """
    if form != "1":
        raise InvalidInputError(
            f"invoice form {form!r}", expected="1 (VAT invoice)", action="correct the series"
        )
    if not re.fullmatch(rf"[CK]\d\d[{letters}][A-Z][A-Z]", series):
        raise InvalidInputError(
            f"invoice series {series!r}",
            expected=f"C or K, two digits of the year, one of {letters}, two letters",
            action="correct the series, for example K26TYY",
        )
    if series[1:3] != f"{issued_on:%y}":
        raise InvalidInputError(
            f"invoice series {series} on {issued_on}",
            expected=f"a series of the year, {series[0]}{issued_on:%y}{series[3:]}",
            action="open the series of the year",
        )
