"""Three-way reconciliation: each class by hand, by the table of the daily reconciliation."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest

from congto.engines import matching
from congto.vocabulary.errors import InvalidInputError

D1, D2, D3 = date(2026, 11, 4), date(2026, 11, 5), date(2026, 11, 6)
BANK, WALLET = 1, 2

DUE = pl.DataFrame(
    [(BANK, D2, D3, 1_100, True), (WALLET, D2, D3, 1_100, False)],
    schema=matching.DUE.columns,
    orient="row",
)


def ours(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=matching.OURS.columns, orient="row")


def theirs(*rows: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=matching.THEIRS.columns, orient="row")


def a(
    number: str, amount: int = 500, *, day: date = D2, state: str = "posted", bills: str = ""
) -> tuple[object, ...]:
    return BANK, number, day, amount, (bills or f"bill of {number}").split("+"), state


def b(
    line: int, number: str, amount: int = 500, *, state: str = "paid", bills: str = ""
) -> tuple[object, ...]:
    return line, BANK, number, D2, amount, (bills or f"bill of {number}").split("+"), state


def classes(
    our: tuple[tuple[object, ...], ...], their: tuple[tuple[object, ...], ...]
) -> list[tuple[str, int | None, str]]:
    found = matching.classify_payments(ours(*our), theirs(*their), DUE)
    return list(found.select("partner_txn_id", "line", "class").iter_rows())


@pytest.mark.parametrize(
    ("our", "their", "expected"),
    [
        pytest.param((a("t"),), (b(1, "t"),), [("t", 1, "M0")], id="M0"),
        pytest.param((a("t", day=D1),), (b(1, "t"),), [("t", 1, "M1")], id="M1 before"),
        pytest.param((a("t", day=D3),), (b(1, "t"),), [("t", 1, "M1")], id="M1 after"),
        pytest.param((a("t"),), (), [("t", None, "A1")], id="A1"),
        pytest.param((a("t", day=D1),), (), [], id="another day's payment is no line of this"),
        pytest.param((), (b(1, "t"),), [("t", 1, "B1")], id="B1"),
        pytest.param((a("t", state="reserved"),), (b(1, "t"),), [("t", 1, "B2")], id="B2"),
        pytest.param((a("t", state="reserved"),), (), [], id="held only is no line"),
        pytest.param((a("t", 500),), (b(1, "t", 501),), [("t", 1, "D1")], id="D1"),
        pytest.param((a("t"),), (b(1, "t"), b(2, "t")), [("t", 1, "M0"), ("t", 2, "D2")], id="D2"),
        pytest.param(
            (a("t", 500),),
            (b(1, "t", 900), b(2, "t", 500)),
            [("t", 1, "D2"), ("t", 2, "M0")],
            id="D2: the line that says our amount is the payment",
        ),
        pytest.param(
            (a("t", bills="x"),),
            (b(1, "t", bills="x"), b(2, "u", bills="x")),
            [("t", 1, "M0"), ("u", 2, "D3")],
            id="D3: paid here",
        ),
        pytest.param(
            (),
            (b(1, "u", bills="x"), b(2, "t", bills="w+x")),
            [("t", 2, "D3"), ("u", 1, "B1")],
            id="D3: a line before",
        ),
        pytest.param(
            (a("t", bills="x"), a("u", state="reserved", bills="x")),
            (b(1, "t", bills="x"), b(2, "u", bills="x")),
            [("t", 1, "M0"), ("u", 2, "D3")],
            id="D3: a held payment whose bill is paid meanwhile",
        ),
        pytest.param((a("t", state="reversed"),), (b(1, "t"),), [("t", 1, "R1")], id="R1"),
        pytest.param((a("t"),), (b(1, "t", state="reversed"),), [("t", 1, "R2")], id="R2"),
        pytest.param(
            (a("t", state="reversed"),),
            (b(1, "t", state="reversed"),),
            [("t", 1, "M0")],
            id="reversed on both sides",
        ),
        pytest.param(
            (a("t", state="reversed"),), (), [("t", None, "M0")], id="reversed, not in the file"
        ),
        pytest.param((a("t", bills="x"),), (b(1, "t", bills="y"),), [("t", 1, "W1")], id="W1"),
        pytest.param(
            (a("t", bills="x+y"),),
            (b(1, "t", bills="y+x"),),
            [("t", 1, "M0")],
            id="bills in another order",
        ),
    ],
)
def test_payment_has_the_class_of_the_table(
    our: tuple[tuple[object, ...], ...],
    their: tuple[tuple[object, ...], ...],
    expected: list[tuple[str, int | None, str]],
) -> None:
    assert classes(our, their) == expected


def test_same_number_of_two_partners_is_two_payments() -> None:
    other = (2, WALLET, "t", D2, 500, ["bill of t"], "paid")
    found = matching.classify_payments(ours(a("t")), theirs(b(1, "t"), other), DUE)
    # The second number pays a bill that the first has paid: money of the customer twice.
    assert found["class"].to_list() == ["M0", "D3"]


def test_number_that_the_books_have_twice_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="payment t stands in the books twice"):
        matching.classify_payments(ours(a("t"), a("t")), theirs(), DUE)


def test_unknown_state_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="payment t has the state lost"):
        matching.classify_payments(ours(), theirs(b(1, "t", state="lost")), DUE)


COLLECTED = pl.DataFrame(
    [(BANK, D2, 2, 100_000), (WALLET, D2, 1, 100_000)],
    schema=matching.COLLECTED.columns,
    orient="row",
)


def money(partner: int, *amounts: int, today: date = D3) -> tuple[str | None, int, int, list[str]]:
    """Class, fee and difference of the day of a partner whose bank lines are these."""
    credits_ = pl.DataFrame(
        [(n, partner, D2, amount) for n, amount in enumerate(amounts)],
        schema=matching.CREDITS.columns,
        orient="row",
    )
    days = matching.classify_days(COLLECTED, credits_, DUE, today=today)
    day = days.row(by_predicate=pl.col("partner_id") == partner, named=True)
    lines = matching.classify_credits(credits_, days)["class"].to_list()
    return day["class"], day["fee_vnd"], day["difference_vnd"], lines


def test_credits_have_the_class_of_their_day() -> None:
    # Collected 100,000; the fee of the contract is 1,100, which only the bank may keep.
    assert money(BANK, 100_000) == ("M0", 0, 0, ["M0"])
    assert money(BANK, 60_000, 40_000) == ("M0", 0, 0, ["M0", "M0"])
    assert money(BANK, 99_999) == ("S1", 0, 1, ["S1"])
    assert money(BANK, 60_000, 40_001) == ("S2", 0, -1, ["S2", "S2"])
    assert money(BANK, 98_900) == ("S5", 1_100, 0, ["S5"])
    assert money(WALLET, 98_900) == ("S1", 0, 1_100, ["S1"])


def test_day_without_credit_is_late_when_its_due_day_is_over() -> None:
    assert money(BANK, today=D3) == (None, 0, 100_000, [])
    assert money(BANK, today=date(2026, 11, 7)) == ("S3", 0, 100_000, [])


def test_credit_that_nobody_explains_waits() -> None:
    credits_ = pl.DataFrame(
        [(1, None, None, 7), (2, BANK, None, 8)], schema=matching.CREDITS.columns, orient="row"
    )
    days = matching.classify_days(COLLECTED, credits_, DUE, today=D3)
    assert days["credited_vnd"].to_list() == [0, 0]
    assert matching.classify_credits(credits_, days)["class"].to_list() == ["S4", "S4"]


def test_credit_for_a_day_without_collections_is_over() -> None:
    credits_ = pl.DataFrame([(1, BANK, D1, 7)], schema=matching.CREDITS.columns, orient="row")
    days = matching.classify_days(COLLECTED, credits_, DUE, today=D3)
    assert days.filter(pl.col("day") == D1)["class"].to_list() == ["S2"]


@pytest.mark.parametrize("seed", range(20))
def test_every_line_has_one_class_in_any_order(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  (faults by seed, no secret)
    states = ("posted", "posted", "reserved", "reversed")
    our = [
        a(f"t{n}", rng.choice((500, 700)), state=rng.choice(states), bills=f"b{rng.randrange(40)}")
        for n in rng.sample(range(60), 40)
    ]
    their = [
        b(line, f"t{rng.randrange(60)}", rng.choice((500, 700)),
          state=rng.choice(("paid", "paid", "reversed")), bills=f"b{rng.randrange(40)}")
        for line in range(50)
    ]  # fmt: skip
    found = matching.classify_payments(ours(*our), theirs(*their), DUE)
    lines = found["line"].drop_nulls().to_list()
    assert sorted(lines) == list(range(50))
    numbers_of_theirs = {row[2] for row in their}
    expected = {str(row[1]) for row in our if row[5] != "reserved" or row[1] in numbers_of_theirs}
    once = found.filter(pl.col("our_vnd").is_not_null())["partner_txn_id"].to_list()
    assert sorted(once) == sorted(expected)
    assert found["class"].null_count() == 0
    assert found["their_vnd"].sum() == sum(int(str(row[4])) for row in their)
    rng.shuffle(our)
    rng.shuffle(their)
    assert matching.classify_payments(ours(*our), theirs(*their), DUE).equals(found)
