"""Calendars of dunning worked by hand from the law's text, day by day.

Law 61/2024/QH15, article 48(4), from 01/02/2025: supply may be cut after two notices at least 3
days apart, at a moment at most 10 days after the first, announced 24 hours before. Law 28/2004 as
amended in 2012, article 23(6), before: two notices, 15 days from the first, 24 hours.
The utility's own days: reminder 3 days before the due date, first notice on the day after it, cut 7
days after that at 8:00 of a working day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from congto.vocabulary.dunning import Step, Waits
from dunned import Debtor, moment

if TYPE_CHECKING:
    from datetime import datetime

REMINDER, NOTICE, WARNING = Step.REMINDER, Step.NOTICE, Step.WARNING
CUT, RECONNECT, CLOSE = Step.DISCONNECT, Step.RECONNECT, Step.CLOSE


def nov(day: int) -> date:
    return date(2026, 11, day)


def at(day: int, hour: int) -> datetime:
    return moment(nov(day), hour)


def test_a_debt_of_november_2026() -> None:
    """Due on Tuesday 10; 11 + 3 = 14; 11 + 7 = Wednesday 18, announced on Tuesday 17 at 6:00, 26
    hours before. Nobody cuts. On Thursday 19 a new warning names Friday 20; the tenth day is
    Saturday 21, no warning can name it, and the notices begin anew.
    """
    assert Debtor(nov(10)).run_days(nov(3), 22) == [
        (nov(7), REMINDER),
        (nov(11), NOTICE),
        (nov(14), NOTICE),
        (nov(17), WARNING),
        (nov(18), CUT),
        (nov(19), WARNING),
        (nov(20), CUT),
        (nov(21), NOTICE),
        (nov(24), NOTICE),
    ]


def test_under_the_old_law_the_cut_waits_for_the_fifteenth_day() -> None:
    """Due on Tuesday 10/12/2024, first notice on the 11th; 11 + 15 = Thursday 26. The old law asks
    for no days between the notices, so the second goes with the next day's run.
    """
    days = Debtor(date(2024, 12, 10)).run_days(date(2024, 12, 10), 17)
    assert [(day.day, step) for day, step in days] == [
        (10, REMINDER), (11, NOTICE), (12, NOTICE), (25, WARNING), (26, CUT),
    ]  # fmt: skip


def test_notices_of_the_old_law_are_not_enough_when_the_new_one_begins() -> None:
    """First notice on 20/01/2025. The old law lets supply be cut from 04/02, the new one not after
    30/01: neither day satisfies both, so on 01/02 the notices begin anew.
    """
    debtor = Debtor(date(2025, 1, 19))
    days = debtor.run_days(date(2025, 1, 20), 22)
    assert [(f"{day:%d/%m}", step) for day, step in days] == [
        ("20/01", NOTICE),
        ("21/01", NOTICE),
        ("01/02", NOTICE),
        ("04/02", NOTICE),
        ("07/02", WARNING),  # the seventh day is Saturday 08: Friday's warning names Monday
        ("10/02", CUT),
    ]


def test_a_warning_comes_a_whole_day_before_the_cut() -> None:
    """The same debt, but the run of Tuesday comes at 9:00, 23 hours before 8:00 on Wednesday: it
    names Thursday.
    """
    debtor = Debtor(nov(10))
    debtor.run_days(nov(11), 6)
    assert debtor.run(at(17, 9)) is WARNING
    assert debtor.case["cut_on"] == nov(19)
    assert debtor.run(at(18, 9)) is None
    assert debtor.decide(at(18, 9))["waits"] == Waits.CUT_DAY
    assert debtor.run(at(19, 9)) is CUT


def test_runs_at_eight_exactly_give_twenty_four_hours() -> None:
    debtor = Debtor(nov(10))
    debtor.run_days(nov(11), 6)
    assert debtor.run(at(17, 8)) is WARNING
    assert debtor.case["cut_on"] == nov(18)


def test_a_complaint_stops_everything_until_it_is_closed() -> None:
    """Opened after the warning, before the cut of the 18th; closed on the 20th: the tenth day is
    over for a new warning, and the notices begin anew.
    """
    debtor = Debtor(nov(10))
    debtor.run_days(nov(10), 8)
    assert debtor.done[-1] == (nov(17), WARNING)
    debtor.case["complaint"] = True
    assert debtor.run_days(nov(18), 3) == []
    assert debtor.decide(at(18, 8))["waits"] == Waits.COMPLAINT
    debtor.case["complaint"] = False
    assert debtor.run_days(nov(21), 4) == [(nov(21), NOTICE), (nov(24), NOTICE)]


def test_a_plan_that_is_kept_stops_the_steps() -> None:
    debtor = Debtor(nov(10))
    debtor.run_days(nov(10), 5)
    debtor.case["plan"] = True
    assert debtor.run_days(nov(15), 10) == []
    assert debtor.decide(at(18, 8))["waits"] == Waits.PLAN


def test_a_protected_point_gets_notices_and_never_a_warning() -> None:
    debtor = Debtor(nov(10))
    debtor.case["protected"] = True
    assert debtor.run_days(nov(10), 50) == [
        (nov(10), REMINDER), (nov(11), NOTICE), (nov(14), NOTICE),
    ]  # fmt: skip
    assert debtor.decide(moment(date(2026, 12, 30), 8))["waits"] == Waits.PROTECTED


def test_notices_that_named_a_bill_paid_since_are_not_enough_for_the_next_bill() -> None:
    """The bill of the notices is paid on the 16th, the next one was due on the 15th: 16 + 7 =
    Monday 23, announced on Friday 20.
    """
    debtor = Debtor(nov(10))
    debtor.run_days(nov(11), 5)
    debtor.pay(due_date=nov(15))
    assert debtor.run_days(nov(16), 8) == [
        (nov(16), NOTICE), (nov(19), NOTICE), (nov(20), WARNING), (nov(23), CUT),
    ]  # fmt: skip
    assert debtor.case["round"] == 2


def test_what_is_paid_is_closed_and_what_was_cut_is_connected_again() -> None:
    debtor = Debtor(nov(10))
    debtor.run_days(nov(10), 8)
    debtor.case["is_cut"] = True
    assert debtor.run_days(nov(18), 2) == []
    assert debtor.decide(at(19, 8))["waits"] == Waits.IS_CUT
    debtor.pay()
    assert debtor.run_days(nov(20), 2) == [(nov(20), RECONNECT), (nov(21), CLOSE)]


def test_a_plan_agreed_after_the_cut_connects_again() -> None:
    debtor = Debtor(nov(10))
    debtor.run_days(nov(10), 8)
    debtor.case |= {"is_cut": True, "plan": True}
    assert debtor.run_days(nov(18), 3) == [(nov(18), RECONNECT)]


@pytest.mark.parametrize(
    ("day", "step", "on"),
    [
        (nov(4), REMINDER, nov(7)),
        (nov(8), NOTICE, nov(11)),
        (nov(12), NOTICE, nov(14)),
        (nov(15), WARNING, nov(17)),
    ],
)
def test_what_comes_next_is_told_with_its_day(day: date, step: Step, on: date) -> None:
    debtor = Debtor(nov(10))
    debtor.run_days(nov(3), (day - nov(3)).days + 1)
    answer = debtor.decide(moment(day))
    assert (answer["next_step"], answer["next_on"]) == (step, on)


def test_an_answer_stays_the_same_until_it_is_written_down() -> None:
    debtor = Debtor(nov(10))
    now = at(11, 6)
    assert debtor.decide(now) == debtor.decide(now)
    assert debtor.run(now) is NOTICE
    assert debtor.run(now) is None


@pytest.mark.parametrize(
    "held",
    [
        {"warned_at": at(17, 9)},  # 23 hours before 8:00
        {"last_on": nov(13)},  # two days after the first notice
        {"notices": 1},
        {"first_on": nov(7), "last_on": nov(10)},  # eleven days before
        {"covers_due": nov(9)},  # the notices named a bill that is paid
        {"cut_on": nov(17), "warned_at": at(16, 6)},  # the warning named yesterday
    ],
)
def test_a_case_that_lacks_one_thing_is_not_cut(held: dict[str, object]) -> None:
    """Whatever way it came into the books: on the 18th all else is there."""
    debtor = Debtor(nov(10))
    debtor.run_days(nov(10), 8)
    assert debtor.decide(at(18, 8))["step"] == CUT
    debtor.case |= held
    assert debtor.decide(at(18, 8))["step"] != CUT
