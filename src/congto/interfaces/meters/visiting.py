"""One visit of the queue: from a leased device to what came of each of its tasks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from congto.headend.campaigns.events import pushed_reports
from congto.headend.campaigns.retries import next_try
from congto.headend.campaigns.visit import Called, StepEnd, Visited, visit
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.transports.outlook import Outlook, outlook_of
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits
from congto.interfaces.meters.access import proved_in
from congto.interfaces.meters.carry_commands import settle_secrets
from congto.interfaces.meters.carrying import CARRIERS, Carried, Carrying, Gathered
from congto.interfaces.meters.frames import Recorder
from congto.interfaces.meters.reading import look_at_clock
from congto.interfaces.meters.visiting_local import visit_local
from congto.office.campaigns.choices import SessionOutcome, TaskKind, TaskState
from congto.office.campaigns.operations import TaskEnd

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from congto.headend.transports.session import Pushed, Session
    from congto.interfaces.meters.access import Reached
    from congto.office.campaigns.operations import LeasedTask, LeasedVisit
    from congto.vocabulary.errors import CongtoError

SESSION_SECONDS_MAX = 900.0
"""A meter that answers so slowly that it takes longer is hung up on; its permit is worth more."""
DEADLINES = Deadlines(connect=30.0, answer=120.0, release=5.0)
"""A mobile network may take two minutes (GXF's number)."""
HES_SECURITY, HES_PERMANENT = "HES-001", "HES-002"
OF_OUTLOOK = {Outlook.SECURITY: HES_SECURITY, Outlook.PERMANENT: HES_PERMANENT}
UNCARRIED = "no_carrier"
UNREADY = "not_ready"
INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a visit, before its frames and half-hours have their places.

    Attributes:
        leased: the visit. tasks: what came of each.
        began_at, ended_at: of the session.
        outcome, fault, sentence: how it went.
        answered: the session came to its end.
        gathered: what it read. frames: as they went. proved: secret -> counter that a tag proves.
        period_seconds: of the rows it read.
    """

    leased: LeasedVisit
    tasks: tuple[TaskEnd, ...]
    began_at: datetime
    ended_at: datetime
    outcome: SessionOutcome
    fault: str
    sentence: str
    gathered: Gathered
    frames: Recorder
    proved: dict[int, int]
    period_seconds: int = 1_800
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Around:
    """What a visit needs around it.

    Attributes:
        now: the clock of the door.
        associated: is told the number of a visit whose meter has answered.
        deadlines: how long to wait.
    """

    now: Callable[[], datetime]
    associated: Callable[[int], None]
    deadlines: Deadlines = DEADLINES


async def carry_out(leased: LeasedVisit, reached: Reached, around: Around) -> Ended:
    """Visit a device and return what came of it; it raises nothing but cancellation."""
    began = around.now()
    recorder, gathered = Recorder(), Gathered()
    hear = partial(_hear, reached, gathered, around.now)
    habits = Habits(around.deadlines, hear, recorder)
    called = Called(reached.place, reached.profile, reached.access, habits)
    local = reached.profile.local is not None
    if (
        reached.opened.pending and not local
    ):  # a change of keys was left open: which of them does it take?
        reached = await settle_secrets(called, reached, around.now)
        called = called._replace(access=reached.access)
    associated = partial(around.associated, leased.id)
    try:
        async with asyncio.timeout(SESSION_SECONDS_MAX):
            if local:
                visited = await visit_local(called, leased, gathered, associated, around.now)
            else:
                steps = [
                    *_clock_first(leased, reached, gathered, around.now),
                    *(_step(leased, task, reached, gathered, around.now) for task in leased.tasks),
                ]
                visited = await visit(called, steps, associated=associated)
    except TimeoutError:
        visited = _overlong(len(leased.tasks))
    tasks = visited.ends[len(visited.ends) - len(leased.tasks) :]
    proved = {} if visited.client is None else proved_in(reached, visited.client)
    return _ended(leased, visited, tasks, began, around.now(), gathered, recorder, proved, reached)


def _hear(reached: Reached, gathered: Gathered, now: Callable[[], datetime], push: Pushed) -> None:
    """Take the events of a message that came unasked, if the meter's key or its model vouches."""
    plain = reached.profile.associating.security is None
    if push.notice is not None and (push.proved or plain):
        try:
            told = pushed_reports(reached.profile, push.notice, now())
        except DlmsError:  # of a layout unknown: it is in the session's frames
            told = []
        gathered.events += told
        gathered.unread += not told
    else:
        gathered.unread += 1


def not_ready(leased: LeasedVisit, error: CongtoError, at: datetime) -> Ended:
    """Return the end of a visit that could not begin: no address, no profile, no keys.

    A certificate that is refused is named as such.
    """
    fault = str(error.fault) if isinstance(error, DlmsError) else UNREADY
    sentence = error.sentence()
    tasks = tuple(
        TaskEnd(task.id, TaskState.FAILED, fault, sentence, HES_PERMANENT) for task in leased.tasks
    )
    return Ended(
        leased, tasks, at, at, SessionOutcome.FAILED, fault, sentence, Gathered(), Recorder(), {},
        answered=False,
    )  # fmt: skip


def failed_inside(leased: LeasedVisit, error: Exception, at: datetime) -> Ended:
    """Return the end of a visit that failed by our own defect or the books': tried again."""
    sentence = f"{type(error).__name__}: {error}"
    tasks = tuple(_again(task, Outlook.TRANSIENT, INTERNAL, sentence, at) for task in leased.tasks)
    return Ended(
        leased, tasks, at, at, SessionOutcome.FAILED, INTERNAL, sentence, Gathered(), Recorder(),
        {}, answered=False,
    )  # fmt: skip


def _clock_first(
    leased: LeasedVisit, reached: Reached, gathered: Gathered, now: Callable[[], datetime]
) -> list[Callable[[Session], Awaitable[Carried]]]:
    """Read clock and registers before all readings; a command needs neither and may not wait."""
    if all(task.kind == TaskKind.COMMAND for task in leased.tasks):
        return []

    async def look(session: Session) -> Carried:
        await look_at_clock(session, reached.profile, gathered, now)
        return Carried()

    return [look]


def _step(
    leased: LeasedVisit,
    task: LeasedTask,
    reached: Reached,
    gathered: Gathered,
    now: Callable[[], datetime],
) -> Callable[[Session], Awaitable[Carried]]:
    async def carry(session: Session) -> Carried:
        carrier = CARRIERS.get(TaskKind(task.kind))
        if carrier is None:
            sentence = f"nothing here carries out {task.kind}"
            return Carried(TaskState.FAILED, None, UNCARRIED, sentence)
        return await carrier(Carrying(leased, task, reached, session, gathered, now))

    return carry


def _overlong(steps: int) -> Visited[Carried]:
    error = DlmsError(
        Fault.SILENT,
        f"the session took longer than {SESSION_SECONDS_MAX:g} seconds",
        expected="an end before that",
    )
    return Visited([StepEnd(None, error) for _ in range(steps)], error, None)


def _ended(  # noqa: PLR0913, PLR0917  (all of what a visit leaves behind)
    leased: LeasedVisit,
    visited: Visited[Carried],
    ends: list[StepEnd[Carried]],
    began: datetime,
    ended: datetime,
    gathered: Gathered,
    recorder: Recorder,
    proved: dict[int, int],
    reached: Reached,
) -> Ended:
    tasks = tuple(_task_end(task, end, ended) for task, end in zip(leased.tasks, ends, strict=True))
    # A task that an answered meter puts off (a clock near the end of a half-hour) is no failure.
    done = [end.answer is not None and end.answer.state != TaskState.FAILED for end in ends]
    first = next(
        (one for one, well in zip(tasks, done, strict=True) if one.fault and not well), None
    )
    fault = "" if first is None else first.fault
    sentence = "" if first is None else first.sentence
    if visited.error is not None:
        fault, sentence = str(visited.error.fault), _told(visited.error)
    outcome = SessionOutcome.PARTIAL if any(done) else SessionOutcome.FAILED
    load = reached.profile.load
    return Ended(
        leased, tasks, began, ended, SessionOutcome.GOOD if all(done) else outcome, fault,
        sentence, gathered, recorder, proved,
        1_800 if load is None else load.period_seconds, visited.error is None,
    )  # fmt: skip


def _task_end(task: LeasedTask, end: StepEnd[Carried], at: datetime) -> TaskEnd:
    """Return what becomes of a task: done, failed, or tried again."""
    if end.answer is not None:
        told = end.answer
        return TaskEnd(
            task.id, told.state, told.fault, told.sentence, told.rule, told.result, told.due_at
        )
    assert end.error is not None
    outlook = outlook_of(end.error)
    return _again(task, outlook, str(end.error.fault), _told(end.error), at)


def _again(task: LeasedTask, outlook: Outlook, fault: str, sentence: str, at: datetime) -> TaskEnd:
    """Return the next try of a task, or that it has failed for this window."""
    again = next_try(outlook, task.attempt, task.attempts_max, task.priority, at=at)
    if again is None:
        return TaskEnd(task.id, TaskState.FAILED, fault, sentence, OF_OUTLOOK.get(outlook, ""))
    return TaskEnd(
        task.id, TaskState.WAITING, fault, sentence, due_at=again.due_at, priority=again.priority
    )


def _told(error: DlmsError) -> str:
    """Return the sentence of an error with its notes."""
    return "; ".join([error.sentence(), *getattr(error, "__notes__", ())])
