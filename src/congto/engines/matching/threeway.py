"""Three-way reconciliation: what we posted (A), the partner's day file (B), the bank's credits (C).

Every line gets exactly one class; amounts alone match nothing.

| Class | Lines | Meaning | Default action |
|---|---|---|---|
| M0 | A+B, C | same number, amount, day; reversed on both sides; credit equal to the day | none |
| M1 | A+B | same number and amount, another day (cut-off) | match across days |
| A1 | A | posted here, absent in the file | ask the partner; reverse with approval |
| B1 | B | in the file, never posted here | post late with the value date |
| B2 | A+B | held here without a result, paid in the file | post |
| D1 | A+B | same number, amounts differ | dispute |
| D2 | B | the number stood in the file before | reject the line of the file |
| D3 | B, A+B | not posted here, and a bill of it is paid by another number | customer credit |
| R1 | A+B | reversed here only | dispute |
| R2 | A+B | reversed at the partner only | dispute |
| W1 | A+B | same number and amount, other bills | cancel and post anew, with approval |
| S1 | C | the credits of a day are below what was collected | the gap stays in the quota |
| S2 | C | above it | prefund, or suspense |
| S3 | day | no credit though the day on which it is due is over | alert; interest; suspension |
| S4 | C | nobody explains the line | suspense |
| S5 | C | credit = collected less fee, and the contract allows it | post the fee |

F1, a file that is not what its header says, is refused before it has lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from congto.engines.matching.days import COLLECTED
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.frames import Frame

if TYPE_CHECKING:
    from datetime import date

POSTED, RESERVED, REVERSED = "posted", "reserved", "reversed"
PAID = "paid"

OURS = Frame(
    "ours",
    "A: one row per partner and number of a payment that holds quota here or did",
    {
        "partner_id": pl.Int64(),
        "partner_txn_id": pl.String(),
        "day": pl.Date(),  # of accounting, after the cut-off of the contract
        "amount_vnd": pl.Int64(),  # as it was posted, also where it was reversed
        "bills": pl.List(pl.String()),
        "state": pl.String(),  # posted | reserved | reversed
    },
)

THEIRS = Frame(
    "theirs",
    "B: one row per line of the partners' day files",
    {
        "line": pl.Int64(),  # number of the line; of one number the first counts
        "partner_id": pl.Int64(),
        "partner_txn_id": pl.String(),
        "day": pl.Date(),  # of the file
        "amount_vnd": pl.Int64(),
        "bills": pl.List(pl.String()),
        "state": pl.String(),  # paid | reversed
    },
)

CREDITS = Frame(
    "credits",
    "C: one row per bank line; partner and day are null where no reference names them",
    {
        "line": pl.Int64(),
        "partner_id": pl.Int64(),
        "day": pl.Date(),
        "amount_vnd": pl.Int64(),
    },
)

DUE = Frame(
    "due",
    "one row per partner and day that is reconciled, with what its contract says of the money",
    {
        "partner_id": pl.Int64(),
        "day": pl.Date(),
        "due": pl.Date(),  # last day on which the credit is in time
        "fee_vnd": pl.Int64(),
        "netting": pl.Boolean(),  # the fee may be kept from the credit
    },
)

CLASSED = Frame(
    "classed",
    "one row per payment of A, of B, or of both; each line of A and B stands in exactly one",
    {
        "partner_id": pl.Int64(),
        "partner_txn_id": pl.String(),
        "line": pl.Int64(),  # of B; null where only we have it
        "our_day": pl.Date(),
        "their_day": pl.Date(),
        "our_vnd": pl.Int64(),
        "their_vnd": pl.Int64(),
        "class": pl.String(),
    },
)

CLASSED_CREDITS = Frame(
    "classed_credits",
    "one row per bank line",
    {**CREDITS.columns, "class": pl.String()},
)

CLASSED_DAYS = Frame(
    "classed_days",
    "one row per partner and day of DUE, or that a credit names",
    {
        "partner_id": pl.Int64(),
        "day": pl.Date(),
        "collected_vnd": pl.Int64(),
        "credited_vnd": pl.Int64(),
        "fee_vnd": pl.Int64(),  # kept from the credit; 0 but for S5
        "difference_vnd": pl.Int64(),  # collected less credited less fee: positive is to come
        "class": pl.String(),  # null: nothing credited, and not due yet
    },
)

KEY = ["partner_id", "partner_txn_id"]
DAY = ["partner_id", "day"]


def classify_payments(ours: pl.DataFrame, theirs: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """Return CLASSED, by partner, number and line.

    Pass the days of DUE together with their neighbours on both sides: a payment of another day is
    looked at only where a file of these days names it, and so shifts over a cut-off are seen. A
    payment that only holds quota here and that no file names is no line yet: it is left out.

    Args:
        ours: OURS, of the days and their neighbours.
        theirs: THEIRS, files of the days.
        due: DUE.

    Raises:
        InvalidInputError: a number stands in OURS twice, or a state is none of those named.
    """
    ours, theirs = OURS.check(ours), THEIRS.check(theirs)
    _refuse(ours, theirs)
    numbered = _numbered(theirs, ours)
    both = (
        ours.rename({"day": "our_day", "amount_vnd": "our_vnd"})
        .select(*KEY, "our_day", "our_vnd", our_state="state", our_bills=_text("bills"))
        .join(
            numbered.filter(pl.col("nth") == 0).select(
                *KEY, "line", their_day="day", their_vnd="amount_vnd", their_state="state",
                their_bills=_text("bills"), bills="bills",
            ),
            on=KEY, how="full", coalesce=True,
        )
    )  # fmt: skip
    classed = both.with_columns(_class_of_pair().alias("class"))
    scope = due.select(*DAY).unique()
    alone = classed.filter(pl.col("line").is_null() & pl.col("class").is_not_null()).join(
        scope, left_on=["partner_id", "our_day"], right_on=DAY, how="semi"
    )
    named = classed.filter(pl.col("line").is_not_null())
    paired = _double_payments(named, ours).drop("bills")
    repeated = numbered.filter(pl.col("nth") > 0).select(
        *KEY, "line", their_day="day", their_vnd="amount_vnd"
    ).with_columns(pl.lit("D2").alias("class"))  # fmt: skip
    lines = pl.concat([paired, alone.drop("bills"), repeated], how="diagonal")
    return CLASSED.check(lines.sort(*KEY, "line", nulls_last=True))


def _refuse(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    twice = ours.filter(ours.select(KEY).is_duplicated())
    if not twice.is_empty():
        raise InvalidInputError(
            f"payment {twice['partner_txn_id'][0]} stands in the books twice",
            expected="one row per partner and number of a payment",
        )
    for frame, states in ((ours, (POSTED, RESERVED, REVERSED)), (theirs, (PAID, REVERSED))):
        other = frame.filter(~pl.col("state").is_in(states) | pl.col("state").is_null())
        if not other.is_empty():
            raise InvalidInputError(
                f"payment {other['partner_txn_id'][0]} has the state {other['state'][0]}",
                expected=" or ".join(states),
            )


def _text(name: str) -> pl.Expr:
    """The bills of a payment as one text, in one order, so that they can be compared."""
    return pl.col(name).list.sort().list.join("\x1f")


def _numbered(theirs: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Number the lines of one payment from 0: first the one of our amount, then by line.

    Of two lines with one number, the one that says what we know is the payment; the other is the
    repetition, wherever it stands.
    """
    known = theirs.join(ours.select(*KEY, our_vnd="amount_vnd"), on=KEY, how="left")
    other = (pl.col("our_vnd") != pl.col("amount_vnd")).fill_null(value=True)
    ranked = known.with_columns(other=other).sort(*KEY, "other", "line")
    return ranked.with_columns(nth=pl.int_range(pl.len()).over(KEY)).drop("other", "our_vnd")


def _class_of_pair() -> pl.Expr:
    """Class of a number by itself; the order of the branches is the order of weight."""
    our, their = pl.col("our_state"), pl.col("their_state")
    return (
        pl.when(our.is_null() & (their == PAID)).then(pl.lit("B1"))
        .when(our.is_null()).then(pl.lit("M0"))  # reversed there, never here: nothing is owed
        .when(their.is_null() & (our == POSTED)).then(pl.lit("A1"))
        .when(their.is_null() & (our == REVERSED)).then(pl.lit("M0"))
        .when(their.is_null()).then(pl.lit(None, pl.String()))  # only holds quota
        .when((our == RESERVED) & (their == PAID)).then(pl.lit("B2"))
        .when((our == RESERVED) | ((our == REVERSED) & (their == REVERSED))).then(pl.lit("M0"))
        .when(our == REVERSED).then(pl.lit("R1"))
        .when(their == REVERSED).then(pl.lit("R2"))
        .when(pl.col("our_vnd") != pl.col("their_vnd")).then(pl.lit("D1"))
        .when(pl.col("our_bills") != pl.col("their_bills")).then(pl.lit("W1"))
        .when(pl.col("our_day") != pl.col("their_day")).then(pl.lit("M1"))
        .otherwise(pl.lit("M0"))
    )  # fmt: skip


def _double_payments(named: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """Turn B1 and B2 into D3 where another number pays one of the bills, here or a line before."""
    unposted = pl.col("class").is_in(["B1", "B2"])
    late = named.filter(unposted).select("line", "bills").explode("bills")
    paid = ours.filter(pl.col("state") == POSTED).select("bills").explode("bills").unique()
    before = late.filter(
        pl.col("bills").is_not_null() & (pl.col("line") > pl.col("line").min().over("bills"))
    )
    twice = pl.concat([late.join(paid, on="bills", how="semi"), before])["line"].unique()
    return named.with_columns(
        pl.when(unposted & pl.col("line").is_in(twice.implode()))
        .then(pl.lit("D3"))
        .otherwise("class")
        .alias("class")
    )


def classify_days(
    collected: pl.DataFrame, credits_: pl.DataFrame, due: pl.DataFrame, *, today: date
) -> pl.DataFrame:
    """Return CLASSED_DAYS, by day and partner; nothing is netted between days or partners.

    Args:
        collected: COLLECTED, what we posted less what was reversed, by day of accounting.
        credits_: CREDITS.
        due: DUE.
        today: a day whose credit was due before today and has none is S3.
    """
    sums = (
        CREDITS.check(credits_)
        .drop_nulls(DAY)
        .group_by(DAY)
        .agg(pl.col("amount_vnd").sum().alias("credited_vnd"))
    )
    days = (
        DUE.check(due)
        .join(sums, on=DAY, how="full", coalesce=True)
        .join(COLLECTED.check(collected).drop("collected_count"), on=DAY, how="left")
        .with_columns(
            pl.col("collected_vnd", "fee_vnd").fill_null(0),
            pl.col("netting").fill_null(value=False),
            without=pl.col("credited_vnd").is_null(),
        )
        .with_columns(pl.col("credited_vnd").fill_null(0))
        .with_columns(_class_of_day(today).alias("class"))
    )
    kept = pl.when(pl.col("class") == "S5").then("fee_vnd").otherwise(0)
    amounts = days.with_columns(fee_vnd=kept).with_columns(
        difference_vnd=pl.col("collected_vnd") - pl.col("credited_vnd") - pl.col("fee_vnd")
    )
    return CLASSED_DAYS.check(amounts.sort("day", "partner_id"))


def _class_of_day(today: date) -> pl.Expr:
    to_come = pl.col("collected_vnd") - pl.col("credited_vnd")
    return (
        pl.when(to_come == 0).then(pl.lit("M0"))
        .when(pl.col("without") & (to_come > 0) & (pl.col("due") < today)).then(pl.lit("S3"))
        .when(pl.col("without") & (to_come > 0)).then(pl.lit(None, pl.String()))
        .when(pl.col("netting") & (to_come == pl.col("fee_vnd"))).then(pl.lit("S5"))
        .when(to_come > 0).then(pl.lit("S1"))
        .otherwise(pl.lit("S2"))
    )  # fmt: skip


def classify_credits(credits_: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Return CLASSED_CREDITS, by line: the class of the day that a line names, or S4."""
    known = CREDITS.check(credits_).join(
        CLASSED_DAYS.check(days).select(*DAY, "class"), on=DAY, how="left"
    )
    return CLASSED_CREDITS.check(known.with_columns(pl.col("class").fill_null("S4")).sort("line"))
