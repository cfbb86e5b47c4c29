"""A customer's debt through the days, as a run that writes every step down would lead it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from congto.engines.arrears import CASES, RulesOfDay, decide
from congto.reference.arrears import load_arrears
from congto.vocabulary.dunning import Step

RULES = load_arrears()


def moment(day: date, hour: int = 6) -> datetime:
    """Return an hour of a day as local wall time, which engines of days work with."""
    return datetime.combine(day, time(hour))


def working_days(first: date, count: int = 60) -> list[date]:
    """Monday to Friday: the calendar of holidays has tests of its own."""
    days = (first + timedelta(days=number) for number in range(count))
    return [day for day in days if day.weekday() < 5]


def decide_all(debtors: list[Debtor], at: datetime) -> list[dict[str, Any]]:
    """Return what is decided for each of them at a moment."""
    frame = pl.DataFrame([one.case for one in debtors], schema=CASES.columns)
    return decide(frame, RulesOfDay(RULES, at, working_days(at.date()))).to_dicts()


@dataclass
class Debtor:
    """The case of one agreement and what was done about it: (day, step), and cuts announced."""

    due_date: date | None
    case: dict[str, Any] = field(default_factory=dict)
    done: list[tuple[date, Step]] = field(default_factory=list)
    notices: list[tuple[date, date]] = field(default_factory=list)
    """Day, and the due date of the oldest bill that it named."""
    warnings: list[tuple[datetime, date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        unset = dict.fromkeys(("first_on", "last_on", "covers_due", "warned_at", "cut_on"))
        marks = dict.fromkeys(("reminded", "is_cut", "complaint", "plan", "protected"), False)
        self.case = {
            "agreement_id": 1, "due_date": self.due_date, "owed_vnd": 305_230, "round": 0,
            "notices": 0, **unset, **marks,
        }  # fmt: skip

    def decide(self, at: datetime) -> dict[str, Any]:
        """Return what is decided at a moment."""
        return decide_all([self], at)[0]

    def run(self, at: datetime, answer: dict[str, Any] | None = None) -> Step | None:
        """Take the step of a moment, or of an answer, and write it down."""
        answer = answer or self.decide(at)
        if answer["step"] is None:
            return None
        step = Step(answer["step"])
        self.done.append((at.date(), step))
        self._write(step, at, answer)
        return step

    def run_days(self, first: date, count: int, hour: int = 6) -> list[tuple[date, Step]]:
        """Run once a day and return what was done in these days."""
        for number in range(count):
            self.run(moment(first + timedelta(days=number), hour))
        return [one for one in self.done if one[0] >= first]

    def pay(self, due_date: date | None = None) -> None:
        """Pay what is owed; a later bill may be open still."""
        self.due_date = self.case["due_date"] = due_date
        self.case["reminded"] = False

    def _write(self, step: Step, at: datetime, answer: dict[str, Any]) -> None:
        """Write a step down; an order to cut is carried out only where a test says so."""
        case = self.case
        if step is Step.REMINDER:
            case["reminded"] = True
        elif step is Step.NOTICE:
            self._notice(at.date(), answer["round"])
        elif step is Step.WARNING:
            self.warnings.append((at, answer["cut_on"]))
            case |= {"warned_at": at, "cut_on": answer["cut_on"]}
        elif step is Step.RECONNECT:
            case["is_cut"] = False
        elif step is Step.CLOSE:
            self.__post_init__()
            self.case |= {name: case[name] for name in ("complaint", "plan", "protected")}

    def _notice(self, day: date, number: int) -> None:
        case = self.case
        self.notices.append((day, case["due_date"]))
        if number > case["round"]:
            case |= {"first_on": day, "covers_due": case["due_date"], "notices": 0}
            case |= {"warned_at": None, "cut_on": None}
        case |= {"round": number, "last_on": day, "notices": case["notices"] + 1}
