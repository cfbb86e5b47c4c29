"""Reads of the control room: the scope of a person, and the rows every list starts from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from congto.office.control.choices import JobState, ProposalState
from congto.office.control.models import (
    AuditEntry,
    FindingRecord,
    Job,
    Proposal,
    SavedView,
)
from congto.office.control.permissions import Action, covers_everything, granted_paths
from congto.office.organisation.models import Unit

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    Person = AbstractBaseUser | AnonymousUser

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """The units a query may answer about.

    Attributes:
        paths: path prefixes of the units; a prefix includes everything below it.
        whole: the paths include every root, so rows that belong to no unit are included too.
    """

    paths: tuple[str, ...]
    whole: bool = False

    @classmethod
    def everything(cls) -> Scope:
        """Return the scope of runs and of the command line."""
        return cls(("",), whole=True)

    @classmethod
    def nothing(cls) -> Scope:
        """Return the scope of a person without grants."""
        return cls(())

    def condition(self, field: str = "unit") -> Q:
        """Return the restriction on `field`, a path to a unit."""
        never = Q(pk__in=[])
        if self.whole:
            return ~never  # not Q(): an empty condition would vanish from "this or that"
        below = (Q(**{f"{field}__path__startswith": path}) for path in self.paths)
        return reduce(or_, below, never)

    def filter(self, queryset: QuerySet[M], field: str = "unit") -> QuerySet[M]:
        """Restrict a queryset to the scope by its field that leads to a unit."""
        return queryset.filter(self.condition(field))

    def allows(self, unit: Unit | None) -> bool:
        """Tell whether the unit lies in the scope; no unit means the whole house."""
        if unit is None or self.whole:
            return self.whole
        return any(unit.path.startswith(path) for path in self.paths)

    def narrowed(self, unit: Unit) -> Scope:
        """Return the part of this scope that lies in the unit; nothing where they do not meet."""
        if self.allows(unit):
            return Scope((unit.path,))
        return Scope(tuple(path for path in self.paths if path.startswith(unit.path)))

    def within(self, other: Scope) -> Scope:
        """Return what both scopes allow: where one right holds and another one too."""
        if self.whole or other.whole:
            return other if self.whole else self
        mine = {path for path in self.paths if path.startswith(other.paths)}
        theirs = {path for path in other.paths if path.startswith(self.paths)}
        return Scope(tuple(sorted(mine | theirs)))


def scope_of(user: Person, action: Action = Action.VIEW) -> Scope:
    """Return the units where the person may do the action; nobody is allowed everything by default.

    A superuser of the framework has no grants and so sees nothing: rights are given, not implied.
    """
    paths = granted_paths(user, action)
    return Scope(paths, whole=covers_everything(paths))


def unit_ids(scope: Scope) -> list[int]:
    """Return the numbers of the units of a scope: a few hundred at most, one small query."""
    return list(Unit.objects.filter(below(scope)).values_list("id", flat=True))


def below(scope: Scope) -> Q:
    """Return the restriction of units themselves to a scope."""
    return reduce(or_, (Q(path__startswith=path) for path in scope.paths), Q(pk__in=[]))


def rows(model: str, scope: Scope, unit_field: str = "unit") -> QuerySet[Any]:
    """Return a book's rows ("billing.Bill") inside the scope: where every list of a door begins.

    The scope becomes the numbers of its units, not a join on their paths: the planner then knows
    how many rows each has, and one unit is an index lookup.
    """
    manager = apps.get_model(model)._default_manager  # noqa: SLF001  (Django's own way)
    everything: QuerySet[Any] = manager.all()
    if scope.whole:
        return everything
    units = unit_ids(scope)
    if len(units) == 1:
        return everything.filter(**{unit_field: units[0]})
    return everything.filter(**{f"{unit_field}__in": units})


def proposals(scope: Scope) -> QuerySet[Proposal]:
    """Return the proposals of the scope, newest first."""
    queryset = Proposal.objects.select_related("maker", "checker", "unit")
    return scope.filter(queryset).order_by("-id")


def pending_proposals(scope: Scope) -> QuerySet[Proposal]:
    """Return what waits for a checker, oldest first."""
    return proposals(scope).filter(state=ProposalState.PENDING).order_by("id")


def jobs_of(user: Person, scope: Scope) -> QuerySet[Job]:
    """Return the jobs of the scope, and the person's own jobs that belong to no single unit."""
    own = Q(user_id=user.pk, unit=None)
    queryset = Job.objects.select_related("user", "unit")
    return queryset.filter(scope.condition() | own).order_by("-id")


def unfinished(job: Job) -> bool:
    """Tell whether the job can still change by itself."""
    return job.state in {JobState.QUEUED, JobState.RUNNING}


def jobs_of_kind(kind: str) -> QuerySet[Job]:
    """Return the jobs of one kind, whoever started them, newest first."""
    return Job.objects.filter(kind=kind).select_related("user").order_by("-id")


def job_of_kind(number: int, kind: str) -> Job | None:
    """Return the job of this number if it is of the kind."""
    return jobs_of_kind(kind).filter(pk=number).first()


def unfinished_job(kind: str, params: dict[str, Any]) -> Job | None:
    """Return the queued or running job of this kind with exactly these parameters."""
    states = (JobState.QUEUED, JobState.RUNNING)
    return Job.objects.filter(kind=kind, params=params, state__in=states).order_by("-id").first()


def is_unfinished(kind: str) -> bool:
    """Tell whether a job of this kind waits or runs."""
    return Job.objects.filter(kind=kind, state__in=(JobState.QUEUED, JobState.RUNNING)).exists()


def findings(scope: Scope) -> QuerySet[FindingRecord]:
    """Return the findings of the scope, newest first."""
    return scope.filter(FindingRecord.objects.select_related("unit")).order_by("-id")


def audit(scope: Scope) -> QuerySet[AuditEntry]:
    """Return the audit rows of the scope, newest first."""
    return scope.filter(AuditEntry.objects.select_related("user", "unit")).order_by("-id")


def history(subject_kind: str, subject: str) -> QuerySet[AuditEntry]:
    """Return what was done to one subject, newest first; the caller has checked its scope."""
    entries = AuditEntry.objects.filter(subject_kind=subject_kind, subject=subject)
    return entries.select_related("user").order_by("-id")


def saved_views(grid: str, user: Person) -> QuerySet[SavedView]:
    """Return the person's and the shared views of a list."""
    return SavedView.objects.filter(Q(user_id=user.pk) | Q(user=None), grid=grid).order_by("name")


def changes(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[Change]:
    """Compare two states field by field, in the order of the fields."""
    old, new = before or {}, after or {}
    fields = list(dict.fromkeys([*old, *new]))
    return [Change(field, old.get(field), new.get(field)) for field in fields]


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after."""

    field: str
    before: object
    after: object

    @property
    def changed(self) -> bool:
        """Tell whether the two differ."""
        return self.before != self.after
