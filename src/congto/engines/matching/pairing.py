"""Bank lines against what is expected: what is certain, what a person is asked, and why.

| Rule | Certain | When |
|---|---|---|
| REF-1 | yes | the strongest code names one open item, and the amount is its amount |
| REF-N | yes | the code names several open items, and the amount is the sum of all of them |
| ONE-OF | no | the amount is that of one of the items that the code names, or of several: a tie |
| OLDEST | no | the amount is the sum of the oldest of them |
| NEAR | no | the code names one item, or all of several, and the amount is within the tolerance |
| TOGETHER | no | several lines name one item, and their sum is its amount |

Amounts alone match nothing: every rule starts from a code. A line whose codes name more than one
owner, or whose strongest code is a phone, is never certain; and where two lines are certain of one
item, neither is: which of them is paid twice is not for us to guess. The result depends on what is
given, never on its order.
"""

from __future__ import annotations

import polars as pl

from congto.engines.matching.codes import CODES, CUSTOMER, INVOICE, KINDS, PARTNER_DAY, PHONE
from congto.vocabulary.frames import Frame

LINES = Frame(
    "bank_lines",
    "one row per bank line that is not explained yet",
    {"line": pl.Int64(), "amount_vnd": pl.Int64()},
)

ITEMS = Frame(
    "open_items",
    "one row per thing that money is expected for",
    {
        "item": pl.Int64(),
        "owner": pl.Int64(),  # who pays it: a customer, or a partner; numbers of one space
        "amount_vnd": pl.Int64(),  # what is still open, positive
        "due": pl.Date(),  # the oldest is paid first
    },
)

KEYS = Frame(
    "keys",
    "one row per code and item that it names; a customer's code names all that it owes",
    {"kind": pl.String(), "key": pl.String(), "item": pl.Int64()},
)

MATCHES = Frame(
    "matches",
    "one row per possible match, line and item",
    {
        "line": pl.Int64(),
        "item": pl.Int64(),
        "rule": pl.String(),
        "rank": pl.UInt32(),  # from 1 among the answers for one line; items of one answer share it
        "certain": pl.Boolean(),
        "amount_vnd": pl.Int64(),  # of the item
        "why": pl.String(),
    },
)

REF_ONE, REF_ALL, ONE_OF = "REF-1", "REF-N", "ONE-OF"
OLDEST, NEAR, TOGETHER = "OLDEST", "NEAR", "TOGETHER"
RULES = (REF_ONE, REF_ALL, ONE_OF, OLDEST, NEAR, TOGETHER)
EXACT_KINDS = (PARTNER_DAY, INVOICE, CUSTOMER)
ANSWER = ("order", "oldest", "variant")
SHOWN_FOR_A_LINE = 5
"""Ties that are shown; a person who needs more looks the customer up."""


def pair(
    lines: pl.DataFrame,
    codes: pl.DataFrame,
    items: pl.DataFrame,
    keys: pl.DataFrame,
    *,
    tolerance_vnd: int = 0,
) -> pl.DataFrame:
    """Return MATCHES, by line, rank and item.

    Args:
        lines: LINES, credits that nothing explains yet.
        codes: CODES of these lines, as `find_codes` answers them.
        items: ITEMS.
        keys: KEYS, which code names which items.
        tolerance_vnd: up to so many đồng apart, a difference is asked about.
    """
    named = _named(LINES.check(lines), CODES.check(codes), ITEMS.check(items), KEYS.check(keys))
    if named.is_empty():
        return MATCHES.empty()
    sums = _sums(named)
    found = pl.concat(
        [
            _whole(sums),
            _one_of(sums),
            _oldest(sums),
            _near(sums, tolerance_vnd),
            _together(sums),
        ]
    )
    return _ranked(_said(_without_double_claims(found)))


def _named(
    lines: pl.DataFrame, codes: pl.DataFrame, items: pl.DataFrame, keys: pl.DataFrame
) -> pl.DataFrame:
    """One row per line and item that its strongest known code names; whether that is clear."""
    order = pl.col("kind").replace_strict({kind: n for n, kind in enumerate(KINDS)})
    known = (
        codes.join(keys, on=["kind", "key"])
        .join(items.rename({"amount_vnd": "open_vnd"}), on="item")
        .with_columns(strength=order.cast(pl.Int8()))
        .with_columns(
            owners=pl.col("owner").n_unique().over("line"),
            best=pl.col("strength").min().over("line"),
        )
    )
    strongest = known.filter(pl.col("strength") == pl.col("best")).with_columns(
        keys=pl.col("key").unique().sort().str.join(", ").over("line")
    )
    return (
        strongest.unique(["line", "item"])
        .join(lines.filter(pl.col("amount_vnd") > 0), on="line")
        .with_columns(clear=(pl.col("owners") == 1) & pl.col("kind").is_in(EXACT_KINDS))
        .sort("line", "due", "item")
    )


def _sums(named: pl.DataFrame) -> pl.DataFrame:
    """Add the sum of all items of a line, of the oldest up to each, and how many there are."""
    return named.with_columns(
        all_vnd=pl.col("open_vnd").sum().over("line"),
        oldest_vnd=pl.col("open_vnd").cum_sum().over("line"),
        count=pl.len().over("line"),
    )


def _whole(sums: pl.DataFrame) -> pl.DataFrame:
    """REF-1 and REF-N: the amount is all that the code names; REF-1 wants one item."""
    exact = sums.filter(pl.col("amount_vnd") == pl.col("all_vnd"))
    rule = pl.when(pl.col("count") == 1).then(pl.lit(REF_ONE)).otherwise(pl.lit(REF_ALL))
    return _answer(exact, rule, pl.lit(0, pl.Int64()), certain=pl.col("clear"))


def _one_of(sums: pl.DataFrame) -> pl.DataFrame:
    found = sums.filter((pl.col("count") > 1) & (pl.col("amount_vnd") == pl.col("open_vnd")))
    return _answer(found, pl.lit(ONE_OF), pl.col("item"), certain=pl.lit(value=False))


def _oldest(sums: pl.DataFrame) -> pl.DataFrame:
    """OLDEST: the first items up to where the running sum meets the amount; two at least."""
    ends = sums.filter(
        (pl.col("amount_vnd") == pl.col("oldest_vnd")) & (pl.col("oldest_vnd") < pl.col("all_vnd"))
    ).select("line", reached="oldest_vnd")
    first = sums.join(ends, on="line").filter(pl.col("oldest_vnd") <= pl.col("reached"))
    several = first.filter(pl.len().over("line") > 1)
    return _answer(several.drop("reached"), pl.lit(OLDEST), pl.lit(0, pl.Int64()),
                   certain=pl.lit(value=False))  # fmt: skip


def _near(sums: pl.DataFrame, tolerance_vnd: int) -> pl.DataFrame:
    apart = (pl.col("amount_vnd") - pl.col("all_vnd")).abs()
    found = sums.filter((apart > 0) & (apart <= tolerance_vnd))
    return _answer(found, pl.lit(NEAR), pl.lit(0, pl.Int64()), certain=pl.lit(value=False))


def _together(sums: pl.DataFrame) -> pl.DataFrame:
    """TOGETHER: lines that each name one and the same item, none of them the whole of it."""
    alone = sums.filter((pl.col("count") == 1) & (pl.col("amount_vnd") < pl.col("open_vnd")))
    found = alone.filter(
        (pl.len().over("item") > 1)
        & (pl.col("amount_vnd").sum().over("item") == pl.col("open_vnd"))
    )
    return _answer(found, pl.lit(TOGETHER), pl.lit(0, pl.Int64()), certain=pl.lit(value=False))


def _answer(
    found: pl.DataFrame, rule: pl.Expr, variant: pl.Expr, *, certain: pl.Expr
) -> pl.DataFrame:
    """Bring the rows of a rule to one form; `variant` tells its answers for a line apart."""
    return found.select(
        "line", "item", "owners", "kind", "keys", "due", "open_vnd", "all_vnd",
        line_vnd="amount_vnd",
        rule=rule,
        variant=variant,
        certain=certain,
    )  # fmt: skip


def _without_double_claims(found: pl.DataFrame) -> pl.DataFrame:
    """Make a line uncertain where another certain line claims one of its items."""
    claims = found.filter(pl.col("certain"))
    twice = claims.filter(pl.col("line").n_unique().over("item") > 1).select("line").unique()
    disputed = pl.col("line").is_in(twice["line"].implode())
    return found.with_columns(
        certain=pl.col("certain") & ~disputed, disputed=pl.col("certain") & disputed
    )


def _said(found: pl.DataFrame) -> pl.DataFrame:
    """Say of each answer why it is one, and what keeps it from being certain."""
    rule = pl.col("rule")
    what = (
        pl.when(rule == REF_ONE)
        .then(pl.lit("amount equal"))
        .when(rule == REF_ALL)
        .then(pl.lit("amount equal to the sum of all that it names"))
        .when(rule == ONE_OF)
        .then(pl.lit("amount equal to one of several that it names"))
        .when(rule == OLDEST)
        .then(pl.lit("amount equal to the sum of the oldest that it names"))
        .when(rule == NEAR)
        .then(pl.format("amount differs by {} đồng", pl.col("line_vnd") - pl.col("all_vnd")))
        .otherwise(pl.lit("lines that name it sum up to its amount"))
    )
    but = (
        pl.when(pl.col("disputed"))
        .then(pl.lit("; another line says the same"))
        .when(pl.col("owners") > 1)
        .then(pl.lit("; its codes name several owners"))
        .when(pl.col("kind") == PHONE)
        .then(pl.lit("; a phone may be the payer's own"))
        .otherwise(pl.lit(""))
    )
    return found.with_columns(why=pl.format("{} {}: {}{}", "kind", "keys", what, but))


def _ranked(found: pl.DataFrame) -> pl.DataFrame:
    """Number the answers for each line: by rule, then by the oldest item."""
    order = pl.col("rule").replace_strict({rule: n for n, rule in enumerate(RULES)})
    answers = found.with_columns(
        order=order.cast(pl.Int8()),
        oldest=pl.col("due").min().over("line", "rule", "variant"),
    ).sort("line", "order", "oldest", "variant", "due", "item")
    # Rows of one answer stand together: where one of these differs from the row before, a new one.
    begins = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift()) for name in ("line", *ANSWER)
    )
    numbered = answers.with_columns(answer=begins.cum_sum(), amount_vnd="open_vnd").with_columns(
        rank=(pl.col("answer") - pl.col("answer").min().over("line") + 1).cast(pl.UInt32())
    )
    return MATCHES.check(
        numbered.filter(pl.col("rank") <= SHOWN_FOR_A_LINE).select(list(MATCHES.columns))
    )
