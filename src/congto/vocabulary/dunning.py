"""Rules of arrears as dated values: notices before a cut, the plan of a utility, late interest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from congto.vocabulary.prices import Confidence


class Step(StrEnum):
    """What is done about a debt, in the order of time."""

    REMINDER = "reminder"
    NOTICE = "notice"
    WARNING = "warning"
    DISCONNECT = "disconnect"
    RECONNECT = "reconnect"
    CLOSE = "close"


class Waits(StrEnum):
    """Why nothing is done about a debt now."""

    DUE = "due"
    DAYS = "days"
    CUT_DAY = "cut_day"
    COMPLAINT = "complaint"
    PLAN = "plan"
    PROTECTED = "protected"
    IS_CUT = "is_cut"


@dataclass(frozen=True, slots=True)
class CutLaw:
    """What the law asks for before supply is cut for debt, from a day on; the end is open.

    Attributes:
        notices: that must have gone out before a cut.
        apart_days: local days between one notice and the next, at least.
        cut_from_days: after the first notice, before which nothing may be cut.
        cut_until_days: after the first notice, after which nothing may be cut; None: for ever.
        warning_hours: between the warning and the moment that it announces, at least.
    """

    valid_from: date
    notices: int
    apart_days: int
    cut_from_days: int
    cut_until_days: int | None
    warning_hours: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class DunningPlan:
    """When a utility takes the steps that the law allows, from a day on; the end is open.

    Attributes:
        reminder_days: before the due date; 0 for none.
        notice_after_days: after the due date comes the first notice.
        cut_after_days: after the first notice comes the cut, not before.
        cut_hour: local hour at which supply is cut, on working days.
    """

    valid_from: date
    reminder_days: int
    notice_after_days: int
    cut_after_days: int
    cut_hour: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class LateRate:
    """Interest of a year on money paid late, in hundredths of a percent, from a day on."""

    valid_from: date
    rate_bp: int
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class ArrearsRules:
    """All rules of arrears, each list in the order of its days."""

    laws: tuple[CutLaw, ...]
    plans: tuple[DunningPlan, ...]
    rates: tuple[LateRate, ...]
