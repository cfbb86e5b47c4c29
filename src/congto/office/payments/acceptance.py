"""Which reported payments are accepted: a pure judgement of a chunk against what the books hold.

The result is that of taking the rows one by one in their order, and is computed for all at once.

| Rule | Why a payment is refused, in this order of precedence |
|---|---|
| PAY-006 | a value is missing, or the partner's number is too long |
| PAY-001 | the partner is not known |
| PAY-002 | the partner has sent the same number before with other content |
| PAY-003 | the bill is not known, is not issued, or is another customer's |
| PAY-004 | the amount is not the amount of the bill |
| PAY-005 | the bill has been paid by another payment |
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from congto.office.billing.choices import owed_states
from congto.vocabulary.frames import Frame

REPORTED = Frame(
    "reported_payments",
    "one row per payment that a partner reports",
    {
        "partner_code": pl.String(),
        "partner_txn_id": pl.String(),
        "bill_id": pl.Int64(),
        "customer_code": pl.String(),
        "amount_vnd": pl.Int64(),
        "paid_at": pl.Datetime("us", "UTC"),
        "channel": pl.String(),
    },
)

REJECTIONS = Frame(
    "rejected_payments",
    "one row per payment refused",
    {
        "row": pl.UInt32(),  # from 1, in the frame handed over
        "partner_code": pl.String(),
        "partner_txn_id": pl.String(),
        "rule": pl.String(),
        "expected": pl.String(),
        "sentence": pl.String(),
    },
)

KEY = ["partner_code", "partner_txn_id"]
CONTENT = ["bill_id", "amount_vnd", "paid_at", "channel"]
LONGEST_NUMBER, LONGEST_CHANNEL = 40, 24


@dataclass(frozen=True, slots=True)
class Known:
    """What the books hold about the partners, bills and payments of a chunk.

    Attributes:
        partners: one row per partner: partner_id, partner_code, collecting (account number).
        bills: one row per bill: bill_id, agreement_id, unit_id, state, net_vnd, vat_vnd, gross_vnd,
            bill_customer, receivable, receivable_vat (account numbers).
        paid: bill_id of the bills that have a payment.
        held: one row per payment with a number of the chunk: KEY and CONTENT.
    """

    partners: pl.DataFrame
    bills: pl.DataFrame
    paid: pl.DataFrame
    held: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Verdict:
    """A chunk's rows, each in exactly one of three frames."""

    accepted: pl.DataFrame
    repeated: pl.DataFrame
    rejected: pl.DataFrame


def judge(chunk: pl.DataFrame, known: Known) -> Verdict:
    """Tell accepted, repeated and refused payments apart; `chunk` is REPORTED with `row`."""
    rows = (
        chunk.join(known.partners, on="partner_code", how="left", maintain_order="left")
        .join(known.bills, on="bill_id", how="left", maintain_order="left")
        .join(
            known.paid.with_columns(paid_before=pl.lit(value=True)),
            on="bill_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("paid_before").fill_null(value=False))
    )
    own_fault = _own_fault()
    stored = known.held.with_columns(row=pl.lit(0, dtype=pl.UInt32()))
    candidates = rows.with_columns(fault=own_fault).filter(
        pl.col("fault").is_null() & ~pl.col("paid_before")
    )
    candidates = candidates.join(stored, on=KEY, how="anti", maintain_order="left")
    accepted = _first_of_key_and_bill(candidates)
    others = rows.join(accepted.select("row"), on="row", how="anti", maintain_order="left")
    return _sorted_out(accepted, others, stored, own_fault)


def _own_fault() -> pl.Expr:
    """Return the rule that a row breaks by itself, whatever else was reported; null if none."""
    required = [*KEY, *CONTENT, "customer_code"]
    incomplete = (
        pl.any_horizontal(pl.col(required).is_null())
        | (pl.col("partner_txn_id").str.len_chars() > LONGEST_NUMBER)
        | (pl.col("channel").str.len_chars() > LONGEST_CHANNEL)
    )
    wrong_bill = (
        pl.col("agreement_id").is_null()
        | ~pl.col("state").is_in(owed_states())
        | (pl.col("bill_customer") != pl.col("customer_code"))
    )
    return (
        pl.when(incomplete)
        .then(pl.lit("PAY-006"))
        .when(pl.col("partner_id").is_null())
        .then(pl.lit("PAY-001"))
        .when(wrong_bill)
        .then(pl.lit("PAY-003"))
        .when((pl.col("amount_vnd") != pl.col("gross_vnd")) | (pl.col("amount_vnd") <= 0))
        .then(pl.lit("PAY-004"))
    )


def _first_of_key_and_bill(candidates: pl.DataFrame) -> pl.DataFrame:
    """Accept each row that comes before every remaining row with its key or its bill.

    A row beaten only by a row that is itself beaten must still have its turn: hence rounds. Every
    round accepts at least the first remaining row, and real files need one round or two.
    """
    accepted = [candidates.clear()]
    while not candidates.is_empty():
        first = (pl.col("row") == pl.col("row").min().over(KEY)) & (
            pl.col("row") == pl.col("row").min().over("bill_id")
        )
        winners = candidates.filter(first)
        accepted.append(winners)
        candidates = candidates.join(winners, on=KEY, how="anti", maintain_order="left").join(
            winners, on="bill_id", how="anti", maintain_order="left"
        )
    return pl.concat(accepted).sort("row")


def _sorted_out(
    accepted: pl.DataFrame, others: pl.DataFrame, stored: pl.DataFrame, own_fault: pl.Expr
) -> Verdict:
    """Tell repeated rows from refused ones, by the payment that holds their key, if any."""
    holders = pl.concat([stored, accepted.select(stored.columns)], how="vertical_relaxed").rename(
        {"row": "held_row", **{name: f"held_{name}" for name in CONTENT}}
    )
    judged = others.join(holders, on=KEY, how="left", maintain_order="left")
    held = pl.col("held_row").is_not_null() & (pl.col("held_row") < pl.col("row"))
    equal = pl.all_horizontal(
        pl.col("customer_code").eq_missing(pl.col("bill_customer")),
        *(pl.col(name).eq_missing(pl.col(f"held_{name}")) for name in CONTENT),
    )
    unusable = own_fault.is_in(["PAY-001", "PAY-006"]).fill_null(value=False)
    rule = (
        pl.when(unusable)
        .then(own_fault)
        .when(held)
        .then(pl.lit("PAY-002"))
        .otherwise(own_fault.fill_null(pl.lit("PAY-005")))
    )
    judged = judged.with_columns(
        repeated=(held & equal & ~unusable).fill_null(value=False), rule=rule
    )
    # A number may hold several bills: a row is compared with its own, if that is among them.
    judged = judged.sort("row", pl.col("repeated").not_(), maintain_order=True).unique(
        "row", keep="first", maintain_order=True
    )
    refused = judged.filter(~pl.col("repeated"))
    return Verdict(accepted, judged.filter(pl.col("repeated")), _explained(refused))


def _explained(refused: pl.DataFrame) -> pl.DataFrame:
    """Say of each refused row what was found, what was expected and what to do."""
    rule = pl.col("rule")

    def shown(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String()).fill_null("-")

    found = (
        pl.when(rule == "PAY-001")
        .then(pl.format("partner {} is not known", shown("partner_code")))
        .when(rule == "PAY-002")
        .then(
            pl.format(
                "this number was posted for bill {} with {} đồng; now it comes for bill {} with {}",
                *map(shown, ("held_bill_id", "held_amount_vnd", "bill_id", "amount_vnd")),
            )
        )
        .when(rule == "PAY-003")
        .then(pl.format("bill {} of customer {}", *map(shown, ("bill_id", "customer_code"))))
        .when(rule == "PAY-004")
        .then(pl.format("{} đồng for bill {}", *map(shown, ("amount_vnd", "bill_id"))))
        .when(rule == "PAY-005")
        .then(pl.format("bill {} has been paid by another payment", shown("bill_id")))
        .otherwise(pl.lit("a value is missing or too long"))
    )
    expected = (
        pl.when(rule == "PAY-004")
        .then(pl.format("{} đồng, the whole bill", shown("gross_vnd")))
        .otherwise(rule.replace_strict(_EXPECTED, default=None, return_dtype=pl.String()))
    )
    sentence = pl.format(
        "row {}: partner {}, number {}: {}; expected {}",
        shown("row"),
        shown("partner_code"),
        shown("partner_txn_id"),
        found,
        expected,
    )
    return refused.select("row", *KEY, "rule", expected=expected, sentence=sentence).select(
        list(REJECTIONS.columns)
    )


_EXPECTED = {
    "PAY-001": "a code of the partner list",
    "PAY-002": "equal content for an equal number",
    "PAY-003": "an issued bill of that customer",
    "PAY-005": "one payment per bill; agree with the partner on a refund or a credit",
    "PAY-006": (
        f"every column filled, numbers of at most {LONGEST_NUMBER} characters"
        f" and channels of at most {LONGEST_CHANNEL}"
    ),
}
