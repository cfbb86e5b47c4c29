"""Accounts that cannot be billed are parked: a stub in state error with a finding; the run goes on.

| Rule | Why the account is left out |
|---|---|
| BIL-001 | no price assignment of the agreement covers the whole period |
| BIL-002 | the price assignment changes inside the period |
| BIL-003 | no price decision, price or VAT rate is known for the assignment and the dates |
| BIL-004 | the rating refuses the quantities: negative, too large, bands and total differ |

A parked account is billed by the next run of the period once its cause is mended; its findings are
closed then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.rating.refusals import Refusal
from congto.office.billing import stubs
from congto.vocabulary.findings import Severity

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.billing.orders import RunOrder
    from congto.office.storage.bulk import Bulk

RULES = ("BIL-001", "BIL-002", "BIL-003", "BIL-004")

PARKED = ("partition_id", "unit_id", "agreement_id", "period_from", "period_to")
"""One row per parked usage; rule, observed, expected and text follow."""

WITHOUT_PRICE = (Refusal.NO_DECISION, Refusal.NO_PRICE, Refusal.NO_VAT)

KEEP = """
INSERT INTO control_findingrecord (rule, severity, subject_kind, subject, unit_id, period_from,
    period_to, observed, expected, text, state, found_at)
SELECT p.rule, $1, 'agreement', a.code, p.unit_id, p.period_from, p.period_to, p.observed,
    p.expected, p.text, 'open', $2
FROM unnest($3::bigint[], $4::bigint[], $5::date[], $6::date[], $7::text[], $8::text[],
    $9::text[], $10::text[])
    AS p (unit_id, agreement_id, period_from, period_to, rule, observed, expected, text)
JOIN customers_agreement a ON a.id = p.agreement_id
ON CONFLICT (rule, subject, period_from, period_to) DO UPDATE
    SET state = 'open', observed = excluded.observed
    WHERE control_findingrecord.state <> 'open'
"""

CLOSE = """
UPDATE control_findingrecord f SET state = 'closed'
FROM customers_agreement a JOIN billing_bill b ON b.agreement_id = a.id
WHERE f.subject = a.code AND f.period_from = b.period_from AND f.state = 'open'
    AND b.state >= 2
    AND f.subject_kind = 'agreement' AND f.rule = ANY($1) AND b.run_id = $2
"""


def split(usage: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (usage with one price for its whole period, household changes in it, parked usage).

    `usage` has one row per usage and price assignment that touches its period; the assignment's
    columns are null where there is none. Assignments that follow each other without a gap and
    differ in nothing but the households are one price: the first row is kept and the others
    become HOUSEHOLD_CHANGES (agreement_id, period_from, valid_from, household_quarters).
    """
    of_usage = ["agreement_id", "period_from"]
    alone = pl.len().over(of_usage) == 1
    starts = pl.max_horizontal("valid_from", "period_from")
    ends = pl.min_horizontal(pl.col("valid_to").fill_null(pl.col("period_to")), "period_to")
    covered = (ends - starts).dt.total_days().sum().over(of_usage)
    days = (pl.col("period_to") - pl.col("period_from")).dt.total_days()
    alike = pl.struct(ALIKE).n_unique().over(of_usage) == 1
    # What holds for a row by itself is cheap; only rows that share a usage are compared.
    whole = usage.with_columns(alone=alone)
    single = whole.filter("alone").with_columns(rule=_rule(covers=_covers()))
    several = whole.filter(~pl.col("alone")).with_columns(
        rule=pl.when(~alike).then(pl.lit("BIL-002")).otherwise(_rule(covers=covered == days))
    )
    first = several.sort(*of_usage, "valid_from").unique(
        of_usage, keep="first", maintain_order=True
    )
    judged = pl.concat([single, first]).drop("alone")
    if first.height:
        judged = judged.sort("unit_id", "agreement_id", "period_from")
    ready = judged.filter(pl.col("rule").is_null()).drop("rule")
    changes = several.filter(pl.col("rule").is_null(), pl.col("valid_from") > pl.col("period_from"))
    left_out = judged.filter(pl.col("rule").is_not_null())
    since = pl.col("valid_from").dt.strftime("%Y-%m-%d").fill_null("-")
    observed = (
        pl.when(pl.col("rule") == "BIL-001")
        .then(pl.format("price assigned from {}", since))
        .otherwise(pl.format("several assignments in the period, one from {}", since))
    )
    return (
        ready,
        changes.select(*of_usage, "valid_from", "household_quarters"),
        _explained(left_out, observed),
    )


ALIKE = ("group", "subgroup", "voltage", "time_of_use", "peak_for_all", "registered_kw")
"""What a price assignment says besides the households."""


def _covers() -> pl.Expr:
    """Tell whether the row's own assignment covers the whole period."""
    return (pl.col("valid_from") <= pl.col("period_from")) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("period_to"))
    )


def _rule(*, covers: pl.Expr) -> pl.Expr:
    return pl.when(~covers.fill_null(value=False)).then(pl.lit("BIL-001"))


def refused(ready: pl.DataFrame, refusals: pl.DataFrame) -> pl.DataFrame:
    """Return the usage that the rating refuses (RATING_REFUSALS), parked with its reason."""
    rows = ready.join(refusals, on="account_id", how="inner", maintain_order="left")
    unpriced = pl.col("reason").is_in([one.value for one in WITHOUT_PRICE])
    price = pl.concat_str(
        pl.col("group", "subgroup", "voltage").fill_null("-"),
        pl.when("time_of_use").then(pl.lit("three rates")).otherwise(pl.lit("one rate")),
        separator=" / ",
    )
    quantities = pl.format(
        "total {} Wh, bands {} + {} + {} Wh, {} varh",
        "energy_wh",
        "normal_wh",
        "peak_wh",
        "off_peak_wh",
        "reactive_varh",
    )
    rule = pl.when(unpriced).then(pl.lit("BIL-003")).otherwise(pl.lit("BIL-004"))
    observed = pl.format("{}: {}", "reason", pl.when(unpriced).then(price).otherwise(quantities))
    return _explained(rows.with_columns(rule=rule), observed)


def _explained(parked: pl.DataFrame, observed: pl.Expr) -> pl.DataFrame:
    """Add what was observed, what was expected and a sentence for the clerk to each row."""
    return parked.select(
        *PARKED,
        "rule",
        observed=observed,
        expected=pl.col("rule").replace_strict(_EXPECTED, return_dtype=pl.String()),
        text=pl.col("rule").replace_strict(_TEXT, return_dtype=pl.String()),
    )


_EXPECTED = {
    "BIL-001": "one price assignment in force for the whole period",
    "BIL-002": "one price assignment in force for the whole period",
    "BIL-003": "a group, subgroup and voltage that the price decisions in force name",
    "BIL-004": "quantities of zero or more whose bands add up to the total",
}

_TEXT = {
    "BIL-001": "Hợp đồng chưa được áp giá cho cả kỳ: bổ sung áp giá rồi chạy lại kỳ hóa đơn.",
    "BIL-002": "Áp giá thay đổi trong kỳ: tách sản lượng tại ngày đổi giá rồi chạy lại kỳ hóa đơn.",
    "BIL-003": "Quyết định giá không có giá cho đối tượng này: sửa áp giá rồi chạy lại kỳ hóa đơn.",
    "BIL-004": "Số liệu tính tiền không hợp lệ: kiểm tra chỉ số và định mức rồi chạy lại kỳ.",
}


def keep(books: Bulk, order: RunOrder, parked: pl.DataFrame) -> None:
    """Store a stub in state error and a finding for every parked account."""
    if parked.is_empty():
        return
    stubs.keep_errors(books, order, parked)
    keep_findings(books, parked, at=order.at)


def keep_findings(books: Bulk, parked: pl.DataFrame, *, at: datetime) -> None:
    """Store a finding for every parked account; one that is still open is left as it is."""
    columns = parked.drop("partition_id").to_dict(as_series=False)
    books.execute(KEEP, (Severity.REJECT.value, at, *columns.values()))


def close_findings(books: Bulk, run_id: int) -> None:
    """Close the open findings of accounts that the run has billed since."""
    books.execute(CLOSE, (list(RULES), run_id))
