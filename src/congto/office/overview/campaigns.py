"""Plans and campaigns for people: what is done, what is left, what stands in the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, IntegerField, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncMinute

from congto.office.campaigns.choices import CampaignState, TaskState
from congto.office.campaigns.models import Campaign, Plan, Task
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope

STEPS_MAX = 120
CAMPAIGNS_SHOWN = 12
LACKING = KeyTextTransform("lacking", "result")
OPEN_STATES = (TaskState.WAITING, TaskState.LEASED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come.

    Attributes:
        states: tasks by state, every state named. faults: (fault, tasks) of what did not succeed.
        without_row: half-hours asked for that meters answered they have no row for.
    """

    campaign: Campaign
    states: dict[str, int]
    faults: list[tuple[str, int]]
    without_row: int = 0

    @property
    def total(self) -> int:
        """Return all tasks."""
        return sum(self.states.values())

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """Return (state, its word, tasks) of the states that occur."""
        return [
            (state, str(TaskState(state).label), found)
            for state, found in self.states.items()
            if found
        ]

    @property
    def done(self) -> int:
        """Return the tasks that succeeded."""
        return self.states[TaskState.DONE]

    @property
    def open(self) -> int:
        """Return the tasks that wait or run."""
        return sum(self.states[state] for state in OPEN_STATES)

    @property
    def is_live(self) -> bool:
        """Tell whether the figures can still change."""
        return self.campaign.state == CampaignState.OPEN or self.open > 0

    @property
    def done_permille(self) -> int | None:
        """Return the share that succeeded in thousandths, cut; None for a campaign without any."""
        return self.done * 1000 // self.total if self.total else None


def find_campaign(number: int, scope: Scope) -> Campaign | None:
    """Return a campaign of the scope."""
    campaigns = Campaign.objects.select_related("plan", "unit", "user")
    return scope.filter(campaigns.filter(pk=number)).first()


def progress_of(campaign: Campaign) -> Progress:
    """Count a campaign's tasks by state and fault: one query."""
    rows = list(
        Task.objects.filter(campaign=campaign)
        .order_by()
        .values("state", "fault")
        .annotate(found=Count("pk"), lacking=Sum(Cast(LACKING, IntegerField())))
    )
    states: dict[str, int] = dict.fromkeys(TaskState.values, 0)
    faults: Counter[str] = Counter()
    for row in rows:
        states[row["state"]] += row["found"]
        if row["fault"] and row["state"] != TaskState.DONE:
            faults[row["fault"]] += row["found"]
    lacking = sum(row["lacking"] or 0 for row in rows)
    return Progress(campaign, states, faults.most_common(), lacking)


def completed(campaign: Campaign) -> list[tuple[datetime, int]]:
    """Return (local minute, tasks done by its end), rising; at most STEPS_MAX moments."""
    rows = (
        Task.objects.filter(campaign=campaign, state=TaskState.DONE, ended_at__isnull=False)
        .order_by()
        .values(minute=TruncMinute("ended_at", tzinfo=LOCAL_ZONE))
        .annotate(found=Count("pk"))
        .order_by("minute")
    )
    done, steps = 0, []
    for row in rows:
        done += row["found"]
        steps.append((row["minute"] + timedelta(minutes=1), done))
    every = -(-len(steps) // STEPS_MAX) or 1
    kept = steps[::every]
    return kept if not steps or kept[-1] == steps[-1] else [*kept, steps[-1]]


def plans(scope: Scope) -> QuerySet[Plan]:
    """Return the plans of the scope."""
    return scope.filter(Plan.objects.select_related("unit")).order_by("code")


def find_plan(code: str, scope: Scope) -> Plan | None:
    """Return a plan of the scope."""
    return plans(scope).filter(code=code).first()


def campaigns_of(plan: Plan) -> list[Campaign]:
    """Return a plan's last campaigns, newest first."""
    return list(Campaign.objects.filter(plan=plan)[:CAMPAIGNS_SHOWN])
