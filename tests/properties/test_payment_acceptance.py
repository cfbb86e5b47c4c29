"""Payments judged all at once equal payments taken one by one by a naive model, in any order."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from congto.office.payments.acceptance import CONTENT, KEY, REPORTED, Known, judge

BILLS = {
    # bill: (customer, amount, state); 4 is issued, 6 cancelled
    1: ("A", 100, 4),
    2: ("A", 200, 4),
    3: ("B", 100, 4),
    4: ("C", 300, 6),
}
PARTNERS = {"P1": 11, "P2": 12}
PAID_AT = [datetime(2026, 11, day, tzinfo=UTC) for day in (5, 6)]

ROW = st.fixed_dictionaries(
    {
        "partner_code": st.sampled_from(["P1", "P1", "P2", "P9"]),
        "partner_txn_id": st.sampled_from(["a", "b", "c", "d" * 41]),
        "bill_id": st.sampled_from([1, 2, 3, 4, 9]),
        "customer_code": st.sampled_from(["A", "A", "B", "C"]),
        "amount_vnd": st.sampled_from([100, 200, 300]),
        "paid_at": st.sampled_from([*PAID_AT, None]),
        "channel": st.just("app"),
    }
)

Row = dict[str, object]


class Naive:
    """Takes one payment after the other and remembers."""

    def __init__(self) -> None:
        self.held: dict[tuple[object, object], Row] = {}
        self.paid: set[object] = set()

    def take(self, row: Row) -> str:  # noqa: PLR0911  (one answer a line, read top down)
        key = (row["partner_code"], row["partner_txn_id"])
        if row["paid_at"] is None or len(str(row["partner_txn_id"])) > 40:
            return "PAY-006"
        if row["partner_code"] not in PARTNERS:
            return "PAY-001"
        if key in self.held:
            return "repeated" if self.held[key] == row else "PAY-002"
        customer, amount, state = BILLS.get(row["bill_id"], (None, None, None))
        if state != 4 or customer != row["customer_code"]:
            return "PAY-003"
        if amount != row["amount_vnd"]:
            return "PAY-004"
        if row["bill_id"] in self.paid:
            return "PAY-005"
        self.held[key] = row
        self.paid.add(row["bill_id"])
        return "accepted"


def known(model: Naive) -> Known:
    bills = pl.DataFrame(
        [
            {"bill_id": n, "agreement_id": n, "unit_id": 1, "state": state, "gross_vnd": amount}
            | {"net_vnd": amount, "vat_vnd": 0, "bill_customer": customer}
            | {"receivable": 1, "receivable_vat": 2}
            for n, (customer, amount, state) in BILLS.items()
        ]
    )
    held = pl.DataFrame(list(model.held.values()), schema=REPORTED.columns)
    return Known(
        partners=pl.DataFrame(
            {"partner_code": list(PARTNERS), "partner_id": list(PARTNERS.values())}
        ).with_columns(collecting=pl.lit(7)),
        bills=bills,
        paid=pl.DataFrame({"bill_id": list(model.paid)}, schema={"bill_id": pl.Int64()}),
        held=held.select(KEY + CONTENT),
    )


@given(st.lists(st.lists(ROW, max_size=12), max_size=4))
def test_chunks_judged_at_once_equal_rows_taken_one_by_one(files: list[list[Row]]) -> None:
    model = Naive()
    for rows in files:
        chunk = pl.DataFrame(rows, schema=REPORTED.columns).with_row_index("row", offset=1)
        verdict = judge(chunk, known(model))
        found = dict.fromkeys(verdict.accepted["row"], "accepted")
        found |= dict.fromkeys(verdict.repeated["row"], "repeated")
        found |= dict(verdict.rejected.select("row", "rule").iter_rows())
        parts = (verdict.accepted, verdict.repeated, verdict.rejected)
        assert sum(part.height for part in parts) == len(rows), "each row in exactly one frame"
        expected = {place: model.take(row) for place, row in enumerate(rows, start=1)}
        assert found == expected


@given(st.lists(ROW, max_size=12))
def test_everything_sent_twice_is_accepted_once(rows: list[Row]) -> None:
    once, twice = Naive(), Naive()
    single = [once.take(row) for row in rows]
    chunk = pl.DataFrame([*rows, *rows], schema=REPORTED.columns).with_row_index("row", offset=1)
    verdict = judge(chunk, known(twice))
    assert verdict.accepted.height == single.count("accepted")
    assert set(verdict.accepted["row"]) <= set(range(1, len(rows) + 1))
