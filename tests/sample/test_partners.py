"""Simulated payments: shares, idempotency, statements."""

from datetime import date, timedelta

import polars as pl
import pytest

from congto.sample.partners import PARTNERS, bank_statements, simulate_payments

FIRST, LAST = date(2026, 11, 3), date(2026, 11, 28)
COUNT = 20_000


@pytest.fixture(scope="module")
def bills() -> pl.DataFrame:
    number = pl.int_range(1, COUNT + 1, eager=True)
    return pl.DataFrame({"bill_id": number}).with_columns(
        customer_code="PB0001" + pl.col("bill_id").cast(pl.String).str.zfill(7),
        unit=pl.lit("PB0001"),
        gross_vnd=pl.col("bill_id") * 37 + 20_000,
        due_date=pl.lit(date(2026, 11, 13)),
    )


@pytest.fixture(scope="module")
def payments(bills: pl.DataFrame) -> pl.DataFrame:
    return simulate_payments(bills, seed=23, first_day=FIRST, last_day=LAST)


def local_day() -> pl.Expr:
    return pl.col("paid_at").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()


def test_23_partners_and_the_counter() -> None:
    kinds = [partner.kind for partner in PARTNERS]
    assert (kinds.count("bank"), kinds.count("intermediary"), kinds.count("counter")) == (13, 10, 1)
    for key in ("code", "name", "bank_account"):
        assert len({partner.row()[key] for partner in PARTNERS}) == 24


def test_shares_are_those_that_were_written_down(payments: pl.DataFrame) -> None:
    once = payments.unique("partner_txn_id")
    assert once.height / COUNT == pytest.approx(0.97, abs=0.01)
    counter = once.filter(pl.col("partner_code") == "COUNTER")
    assert counter.height / once.height == pytest.approx(0.12, abs=0.01)
    assert once["partner_code"].n_unique() == 24
    in_time = once.filter(local_day() <= date(2026, 11, 13)).height
    assert in_time / once.height == pytest.approx(0.92, abs=0.01)


def test_a_bill_is_paid_once_in_full_by_one_number(
    payments: pl.DataFrame, bills: pl.DataFrame
) -> None:
    once = payments.unique(["partner_code", "partner_txn_id"])
    assert once["bill_id"].is_unique().all()
    matched = once.join(bills, on=["bill_id", "customer_code"])
    assert matched.height == once.height
    assert (matched["amount_vnd"] == matched["gross_vnd"]).all()


def test_a_few_messages_come_twice_word_for_word(payments: pl.DataFrame) -> None:
    twice = payments.filter(payments.is_duplicated())
    assert 4 <= twice.height <= 40
    assert twice.n_unique() == twice.height / 2
    assert "COUNTER" not in twice["partner_code"]
    assert payments["partner_txn_id"].n_unique() == payments.height - twice.height // 2


def test_payments_fall_into_the_window_and_the_counter_rests_on_sundays(
    payments: pl.DataFrame,
) -> None:
    days = payments.select(local_day()).to_series()
    assert days.min() >= FIRST
    assert days.max() <= LAST
    counter = payments.filter(pl.col("channel") == "counter")
    assert 7 not in counter.select(local_day().dt.weekday()).to_series().to_list()


def test_a_bill_s_payment_does_not_depend_on_the_other_bills(
    bills: pl.DataFrame, payments: pl.DataFrame
) -> None:
    some = bills.filter(pl.col("bill_id") % 3 == 0)
    alone = simulate_payments(some, seed=23, first_day=FIRST, last_day=LAST)
    assert alone.equals(payments.filter(pl.col("bill_id") % 3 == 0))
    assert not alone.equals(simulate_payments(some, seed=24, first_day=FIRST, last_day=LAST))


def test_statements_credit_every_partner_day_once(payments: pl.DataFrame) -> None:
    lines = bank_statements(payments)
    once = payments.unique(["partner_code", "partner_txn_id"])
    assert lines["amount_vnd"].sum() == once["amount_vnd"].sum()
    assert lines["amount_vnd"].dtype == pl.Int64
    assert lines["reference"].is_unique().all()
    first = once.filter(pl.col("partner_code") == "P01", local_day() == FIRST)
    line = lines.filter(pl.col("reference") == "P01-20261103")
    assert line["amount_vnd"].to_list() == [first["amount_vnd"].sum()]
    assert line["booking_date"].to_list() == [FIRST]


@pytest.mark.parametrize("days", [1, 2, 7])
def test_short_windows_and_no_bills(bills: pl.DataFrame, days: int) -> None:
    last = FIRST + timedelta(days=days - 1)
    found = simulate_payments(bills.head(500), seed=1, first_day=FIRST, last_day=last)
    assert found.select(local_day()).to_series().max() <= last
    none = simulate_payments(bills.head(0), seed=1, first_day=FIRST, last_day=last)
    assert none.schema == found.schema
    assert bank_statements(none).height == 0
