"""Billing runs for people: how far each is, by unit, what is held, parked or failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum

from congto.office.billing.choices import BillState, PartitionState
from congto.office.billing.models import Bill, BillingRun, Issuance, RunPartition
from congto.office.billing.parking import RULES as PARKING_RULES
from congto.office.control.choices import FindingState
from congto.office.control.models import FindingRecord
from congto.office.control.queries import unit_ids
from congto.office.organisation.models import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from congto.office.control.queries import Scope
    from congto.vocabulary.money import Dong

RUNS_SHOWN = 60
FAILED_SHOWN = 50

SUMS = ("accounts", "bills", "parked", "gross_vnd")


@dataclass(frozen=True, slots=True)
class RunFigures:
    """A run, or its part in one unit.

    Attributes:
        books / done / failed: reading books in all / billed / not billed, each with its reason.
        accounts: usages of the period; accounts = bills + parked + those of books not done.
        held / ready / issued: bills that wait for people / for issue / that have a number, as of
            now; `bills` counts them as the run wrote them.
        parked: accounts left out, each with a finding.
        gross_vnd: sum over the bills that the run wrote, in đồng.
    """

    books: int
    done: int
    failed: int
    accounts: int
    bills: int
    held: int
    ready: int
    issued: int
    parked: int
    gross_vnd: Dong

    @property
    def waiting(self) -> int:
        """Return the reading books that nobody has billed yet."""
        return self.books - self.done - self.failed

    @property
    def left(self) -> int:
        """Return what another start of the run would try: books and parked accounts."""
        return self.waiting + self.failed + self.parked


@dataclass(frozen=True, slots=True)
class RunView:
    """One run in the scope: in all, by unit, and what went wrong."""

    run: BillingRun
    total: RunFigures
    units: list[tuple[Unit, RunFigures]]
    failed: list[RunPartition]
    parked: list[tuple[str, int]]

    @property
    def moving(self) -> bool:
        """Tell whether books wait, so that the figures may change while one looks."""
        return self.total.waiting > 0


def runs(scope: Scope) -> list[tuple[BillingRun, RunFigures]]:
    """Return the runs that have books in the scope, the newest period first."""
    units = unit_ids(scope)
    books = _by(RunPartition.objects.filter(reading_book__unit__in=units), "run")
    states = _states(Bill.objects.filter(unit__in=units), "run")
    issued = _issued(Issuance.objects.filter(unit__in=units, run__isnull=False), "run")
    found = BillingRun.objects.filter(pk__in=books).select_related("session")
    newest = found.order_by("-period_from", "-pk")[:RUNS_SHOWN]
    return [(run, _figures(run.pk, books, states, issued)) for run in newest]


def view_run(number: int, scope: Scope) -> RunView | None:
    """Return one run as the scope sees it; None when it has no book there."""
    units = unit_ids(scope)
    partitions = RunPartition.objects.filter(run=number, reading_book__unit__in=units)
    books = _by(partitions, "reading_book__unit")
    run = BillingRun.objects.filter(pk=number).select_related("session").first()
    if run is None or not books:
        return None
    states = _states(Bill.objects.filter(run=number, unit__in=units), "unit")
    issued = _issued(Issuance.objects.filter(run=number, unit__in=units), "unit")
    rows = [
        (unit, _figures(unit.pk, books, states, issued))
        for unit in Unit.objects.filter(pk__in=books).order_by("path")
    ]
    failed = partitions.filter(state=PartitionState.FAILED).select_related("reading_book__unit")
    return RunView(
        run=run,
        total=_added([figures for _, figures in rows]),
        units=rows,
        failed=list(failed.order_by("reading_book__code")[:FAILED_SHOWN]),
        parked=_parked(run, units),
    )


def _by(partitions: QuerySet[RunPartition], key: str) -> dict[int, dict[str, int]]:
    """Return counts and sums of the partitions by `key`, one query."""
    rows = (
        partitions.order_by()
        .values(key)
        .annotate(
            books=Count("pk"),
            done=Count("pk", filter=Q(state=PartitionState.DONE)),
            failed=Count("pk", filter=Q(state=PartitionState.FAILED)),
            **{f"sum_{name}": Sum(name, default=0) for name in SUMS},
        )
    )
    return {row[key]: row for row in rows}


def _states(bills: QuerySet[Bill], key: str) -> dict[tuple[int, int], int]:
    """Return how many bills are held and ready now; only the few not issued are looked at."""
    waiting = (BillState.HELD, BillState.READY)
    rows = bills.filter(state__lt=BillState.ISSUED, state__in=waiting).order_by()
    counted = rows.values_list(key, "state").annotate(bills=Count("pk"))
    return {(owner, state): count for owner, state, count in counted}


def _issued(issuances: QuerySet[Issuance], key: str) -> dict[int, int]:
    rows = issuances.order_by().values_list(key).annotate(bills=Sum("bills"))
    return dict(rows)


def _figures(
    owner: int,
    books: Mapping[int, Mapping[str, int]],
    states: Mapping[tuple[int, int], int],
    issued: Mapping[int, int],
) -> RunFigures:
    row = books[owner]
    return RunFigures(
        books=row["books"],
        done=row["done"],
        failed=row["failed"],
        held=states.get((owner, BillState.HELD), 0),
        ready=states.get((owner, BillState.READY), 0),
        issued=issued.get(owner, 0),
        **{name: int(row[f"sum_{name}"]) for name in SUMS},
    )


def _added(rows: list[RunFigures]) -> RunFigures:
    names = RunFigures.__dataclass_fields__
    return RunFigures(**{name: sum(getattr(row, name) for row in rows) for name in names})


def _parked(run: BillingRun, units: list[int]) -> list[tuple[str, int]]:
    """Return how many accounts of the run's period are parked now, by rule."""
    open_findings = FindingRecord.objects.filter(
        unit__in=units,
        state=FindingState.OPEN,
        rule__in=PARKING_RULES,
        period_to__gt=run.period_from,
        period_to__lte=run.period_to,
    )
    counted = open_findings.order_by("rule").values_list("rule").annotate(accounts=Count("pk"))
    return list(counted)
