"""Writes of campaigns: what doors and later stages call."""

from __future__ import annotations

from congto.office.campaigns.asking import Asked, ask_now, cancel, put_task
from congto.office.campaigns.default_plans import make_default_plans
from congto.office.campaigns.finishing import (
    DRIFT_S_MAX,
    HALF_HOURS_FORMAT,
    REGISTERS_FORMAT,
    SOURCE,
    Delivered,
    TaskEnd,
    VisitEnd,
    finish,
)
from congto.office.campaigns.gaps import Expectation, keep_through, lacking
from congto.office.campaigns.leasing import (
    LeasedTask,
    LeasedVisit,
    give_back_lost,
    lease,
    still_held,
)
from congto.office.campaigns.opening import close_ended, open_due
from congto.office.campaigns.purging import purge_sessions, purge_tasks

__all__ = [
    "DRIFT_S_MAX",
    "HALF_HOURS_FORMAT",
    "REGISTERS_FORMAT",
    "SOURCE",
    "Asked",
    "Delivered",
    "Expectation",
    "LeasedTask",
    "LeasedVisit",
    "TaskEnd",
    "VisitEnd",
    "ask_now",
    "cancel",
    "close_ended",
    "finish",
    "give_back_lost",
    "keep_through",
    "lacking",
    "lease",
    "make_default_plans",
    "open_due",
    "purge_sessions",
    "purge_tasks",
    "put_task",
    "still_held",
]
