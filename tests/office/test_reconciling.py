"""A partner's day file against the books: read whole or refused, every line in its class."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from congto.interfaces.cli import partner_day
from congto.interfaces.files.partner_days import COLUMNS, read_partner_day, write_partner_day
from congto.office.billing.models import Bill
from congto.office.payments import collecting
from congto.office.payments.collecting import Asked
from congto.office.payments.models import Partner
from congto.office.settlement.reconciling import reconcile_file
from congto.vocabulary.errors import InvalidInputError
from fixtures_collecting import BILL

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2026, 11, 5)
NOW = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam
EVENING = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)  # 19:00 the day before: counts on DAY
BEFORE = datetime(2026, 11, 4, 3, 0, tzinfo=UTC)
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "number": pl.String(),
    "bills": pl.List(pl.String()),
    "amount_vnd": pl.Int64(),
    "state": pl.String(),
}


def file(*lines: tuple[str, list[str], int, str], partner: str = "P01") -> bytes:
    frame = pl.DataFrame(list(lines), SCHEMA, orient="row")
    return write_partner_day(partner, DAY, frame)


def pay(partner: str, number: str, customer: int, at: datetime) -> str:
    """Pay the bill of a customer; return our number of the bill as text."""
    bill = Bill.objects.get(agreement__customer__code__endswith=f"{customer:011}")
    asked = Asked(number, hashlib.sha256(number.encode()).digest(), bill.agreement.customer.code,
                  [bill.pk], [BILL], at, "app")  # fmt: skip
    paid = collecting.pay(Partner.objects.get(code=partner).pk, asked, at=at)
    assert paid.answer == "OK"
    return str(bill.pk)


def classes(content: bytes) -> dict[str, str]:
    told = read_partner_day(content)
    found = reconcile_file(told.partner, told.day, told.lines)
    return dict(found.select("partner_txn_id", "class").iter_rows())


@pytest.mark.usefixtures("collecting_books")
def test_every_line_of_a_day_has_its_class() -> None:
    one = pay("P01", "T1", 1, NOW)
    two = pay("P02", "U1", 2, NOW)
    three = pay("P01", "T3", 3, BEFORE)
    found = classes(
        file(
            ("T1", [one], BILL, "PAID"),
            ("T3", [three], BILL, "PAID"),  # posted on the 4th, before the cut-off
            ("T4", [two], BILL, "PAID"),  # P02 was paid this bill
            ("T5", ["999999"], 1_000, "PAID"),  # nobody paid it, nor is it a bill
            ("T6", ["not a number"], 1_000, "REVERSED"),
        )
    )
    assert found == {"T1": "M0", "T3": "M1", "T4": "D3", "T5": "B1", "T6": "M0"}


@pytest.mark.usefixtures("collecting_books")
def test_what_the_file_does_not_have_is_ours_alone() -> None:
    pay("P01", "T1", 1, EVENING)
    pay("P01", "T2", 2, BEFORE)  # of the day before: no line of this day
    pay("P02", "U3", 3, NOW)  # another partner's
    assert classes(file()) == {"T1": "A1"}


@pytest.mark.usefixtures("collecting_books")
def test_reversal_and_amount_that_one_side_does_not_know_are_disputed() -> None:
    one, two = pay("P01", "T1", 1, NOW), pay("P01", "T2", 2, NOW)
    found = classes(file(("T1", [one], BILL, "REVERSED"), ("T2", [two], BILL - 1, "PAID")))
    assert found == {"T1": "R2", "T2": "D1"}


@pytest.mark.usefixtures("collecting_books")
def test_file_of_a_stranger_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="the day file is of the partner P99"):
        classes(file(partner="P99"))


GOOD = file(("T1", ["1", "2"], 500, "PAID"), ("T2", ["3"], 700, "REVERSED"))


def test_file_is_read_as_it_was_written() -> None:
    told = read_partner_day(GOOD)
    assert (told.partner, told.day, told.total_vnd) == ("P01", DAY, 500)
    assert list(told.lines.select(COLUMNS).iter_rows()) == [
        ("T1", ["1", "2"], 500, "PAID"),
        ("T2", ["3"], 700, "REVERSED"),
    ]
    assert told.lines["line"].to_list() == [3, 4]


def signed(head: str, body: str) -> bytes:
    return f"{head},{hashlib.sha256(body.encode()).hexdigest()}\n{body}".encode()


BODY = "number,bills,amount_vnd,state\nT1,1,500,PAID\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD[: len(GOOD) // 2 + 60], "line 1 of the day file says SHA-256"),
        (GOOD.replace(b"500,PAID", b"600,PAID"), "line 1 of the day file says SHA-256"),
        (signed("CONGTO-DAY,P01,2026-11-05,2,500", BODY), "says 2 lines, 500 đồng"),
        (signed("CONGTO-DAY,P01,2026-11-05,1,501", BODY), "says 1 lines, 501 đồng"),
        (signed("CONGTO-DAY,P01,05/11/2026,1,500", BODY), "says 05/11/2026"),
        (signed("CONGTO-DAY,P01,2026-11-05,1,500", BODY.replace("500", "5.0")), "line 3 .* 5.0"),
        (signed("CONGTO-DAY,P01,2026-11-05,1,500", BODY.replace("PAID", "paid")), "line 3 .*paid"),
        (b"", "line 1 of the day file"),
    ],
)
def test_file_that_is_not_what_its_header_says_is_refused_whole(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_partner_day(content)


@pytest.mark.usefixtures("collecting_books")
def test_command_lists_what_does_not_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partner_day, "boot", lambda: None)
    one = pay("P01", "T1", 1, NOW)
    (tmp_path / "good.csv").write_bytes(file(("T1", [one], BILL, "PAID")))
    (tmp_path / "bad.csv").write_bytes(file(("T1", [one], BILL - 1, "PAID")))
    assert partner_day.main([str(tmp_path / "good.csv")]) == 0
    assert partner_day.main([str(tmp_path / "bad.csv")]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "P01 2026-11-05: M0 1",
        "P01 2026-11-05: D1 1",
        f"D1  line 3  T1  ours {BILL}  theirs {BILL - 1}",
    ]
