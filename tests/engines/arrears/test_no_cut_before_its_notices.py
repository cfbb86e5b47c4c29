"""Whatever happens to a debtor, supply is cut only as the law allows; judged by a second reading.

The witness below knows the two laws as sentences about days and nothing of rounds: notices that
named the unpaid bill, a warning that named this day, no complaint, no plan, no protection.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from congto.vocabulary.dunning import Step
from dunned import Debtor, decide_all, moment

NEW_LAW = date(2025, 2, 1)
DAYS, DEBTORS = 32, 12
MARKS = ("complaint", "plan", "protected")


def lawful(debtor: Debtor, at: datetime) -> bool:
    """Say whether supply may be cut at 8:00 of the day, by the words of the law of the day."""
    day = at.date()
    case = debtor.case
    if case["complaint"] or case["plan"] or case["protected"] or case["due_date"] >= day:
        return False
    cut_at = moment(day, 8)
    if not any(
        named == day and cut_at - told >= timedelta(hours=24) for told, named in debtor.warnings
    ):
        return False
    named = [sent for sent, due in debtor.notices if due == case["due_date"]]
    pairs = [(one, two) for one in named for two in named if one < two]
    if day < NEW_LAW:
        return any(day - one >= timedelta(days=15) for one, _ in pairs)
    return any(
        two - one >= timedelta(days=3) and day - one <= timedelta(days=10) for one, two in pairs
    )


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), first=st.dates(date(2024, 12, 20), date(2025, 3, 1)))
def test_no_path_cuts_before_its_notices_or_during_a_complaint_or_a_protected_point(
    seed: int, first: date
) -> None:
    cuts(seed, first)


def test_there_are_paths_that_end_in_a_cut_under_either_law() -> None:
    """So that the property above speaks of something."""
    assert cuts(1, date(2024, 12, 20)) > 3
    assert cuts(1, date(2026, 11, 2)) > 3


def cuts(seed: int, first: date) -> int:
    """Lead debtors through days of chance; count the cuts, each of them lawful."""
    chance, found = Random(seed), 0  # noqa: S311  (chance of a test, its seed in the failure)
    debtors = [Debtor(first + timedelta(days=number // 2)) for number in range(DEBTORS)]
    for number in range(DAYS):
        at = moment(first + timedelta(days=number), chance.choice((0, 6, 6, 7, 8, 9, 23)))
        for debtor in debtors:
            happen(debtor, at.date(), chance)
        if chance.random() < 0.1:  # nobody runs the program
            continue
        for debtor, answer in zip(debtors, decide_all(debtors, at), strict=True):
            if answer["step"] == Step.DISCONNECT:
                assert lawful(debtor, at), (seed, at, debtor)
                found += 1
            debtor.run(at, answer)
    return found


def happen(debtor: Debtor, day: date, chance: Random) -> None:
    """Let a debtor pay, complain, agree on a plan, be protected, or be cut where it is lawful."""
    case, lot = debtor.case, chance.random()
    if lot < 0.03:
        name = chance.choice(MARKS)
        case[name] = not case[name]
    elif lot < 0.06:
        debtor.pay(max(case["due_date"], day + timedelta(days=chance.randint(-20, 20))))
        debtor.notices = [row for row in debtor.notices if row[1] == case["due_date"]]
    elif lot < 0.2 and case["cut_on"] == day:
        case["is_cut"] = lawful(debtor, moment(day, 9))


def test_the_witness_lets_a_lawful_cut_pass_and_no_other() -> None:
    debtor = Debtor(date(2026, 11, 10))
    debtor.run_days(date(2026, 11, 10), 9)
    assert debtor.done[-1] == (date(2026, 11, 18), Step.DISCONNECT)
    assert lawful(debtor, moment(date(2026, 11, 18), 8))
    assert not lawful(debtor, moment(date(2026, 11, 19), 8))
    debtor.case["complaint"] = True
    assert not lawful(debtor, moment(date(2026, 11, 18), 8))
