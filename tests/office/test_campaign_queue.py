"""The queue: one visit a device, permits never overdrawn, what is lost comes back, once each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

import world_campaigns as world
from congto.office.campaigns.asking import Asked
from congto.office.campaigns.choices import Priority, SessionOutcome, TaskKind, TaskState
from congto.office.campaigns.models import Campaign, Session, Task, Visit
from congto.office.campaigns.operations import (
    TaskEnd,
    VisitEnd,
    ask_now,
    cancel,
    finish,
    give_back_lost,
    lease,
    open_due,
    put_task,
    still_held,
)
from congto.office.campaigns.queries import counts, progress
from congto.office.control.models import FindingRecord
from congto.office.control.queries import Scope
from congto.office.devices.models import AccessLimit, Device
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_campaigns import NOW

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def task(device: int, kind=TaskKind.REGISTERS, *, priority=Priority.GAP, due=NOW, **others) -> Task:
    return Task.objects.create(
        device_id=device,
        kind=kind,
        priority=priority,
        created_at=NOW,
        due_at=due,
        expires_at=NOW + HOUR,
        **others,
    )


def limit(kind: str, code: str = "", *, sessions=100, starts=6_000, burst=100) -> AccessLimit:
    return AccessLimit.objects.create(
        kind=kind,
        code=code,
        sessions_max=sessions,
        starts_per_minute=starts,
        burst=burst,
        tokens_milli=burst * 1000,
        refilled_at=NOW,
    )


def ended(visit, state=TaskState.DONE, *, fault="", rule="", due_at=None, worker="w") -> VisitEnd:
    tasks = tuple(
        TaskEnd(one.id, state, fault, fault, rule, {"x": 1}, due_at, 21 if due_at else None)
        for one in visit.tasks
    )
    outcome = SessionOutcome.GOOD if state == TaskState.DONE else SessionOutcome.FAILED
    return VisitEnd(
        visit.id, visit.device, worker, NOW, NOW + SECOND, outcome, fault, fault, tasks,
        answered=not fault, drift_s=None,
    )  # fmt: skip


def test_a_device_is_taken_with_all_its_due_tasks_the_urgent_first(books: str) -> None:
    first, second, _ = world.build(3, 4059)
    late = task(first, TaskKind.EVENTS, due=NOW + SECOND)
    task(first)
    task(second)
    task(first, TaskKind.COMMAND, priority=Priority.COMMAND)
    visits = lease("w", 10, at=NOW)
    assert [one.device for one in visits] == [first, second]
    assert [one.kind for one in visits[0].tasks] == ["command", "registers"]
    assert (visits[0].serial, visits[0].host, visits[0].port) == ("M1", "127.0.0.1", 4059)
    assert Task.objects.get(pk=late.pk).state == TaskState.WAITING
    # What is due later waits until the visit is over: a meter has one association.
    assert lease("v", 10, at=NOW + 2 * SECOND) == []
    finish([ended(visits[0])], at=NOW + 2 * SECOND)
    (again,) = lease("v", 10, at=NOW + 3 * SECOND)
    assert [one.id for one in again.tasks] == [late.pk]


def test_the_database_refuses_a_second_visit_to_a_device(books: str) -> None:
    first, *_ = world.build(3, 4059)
    row = {"device_id": first, "began_at": NOW, "leased_until": NOW}
    Visit.objects.create(worker="a", **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.create(worker="b", **row)


def test_eight_workers_at_once_take_each_device_once_and_no_permit_twice(books: str) -> None:
    devices = world.build(40, 4059)
    limit("all", sessions=1000, burst=1000)
    limit("cell", "C1", sessions=7, burst=100)
    Device.objects.filter(pk__in=devices[:20]).update(cell="C1")
    for device in devices:
        task(device)
        task(device, TaskKind.EVENTS)

    def take(name: int):
        try:
            return [one for _ in range(4) for one in lease(f"w{name}", 3, at=NOW)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [one for some in pool.map(take, range(8)) for one in some]
    assert len({one.device for one in taken}) == len(taken)
    assert all(len(one.tasks) == 2 for one in taken)
    assert sum(one.device in devices[:20] for one in taken) == 7
    assert sum(one.device in devices[20:] for one in taken) == 20
    assert AccessLimit.objects.get(kind="cell").tokens_milli == 93_000
    assert AccessLimit.objects.get(kind="all").tokens_milli == 1_000_000 - 27_000


def test_who_gets_no_permit_comes_later_and_has_not_been_tried(books: str) -> None:
    first, second, third = world.build(3, 4059)
    limit("cell", "C1", sessions=1)
    Device.objects.update(cell="C1")
    task(first)
    plain = task(second)
    urgent = task(third, priority=Priority.ON_DEMAND)
    (visit,) = lease("w", 10, at=NOW)
    assert visit.device == third, "the urgent one first"
    plain.refresh_from_db()
    wait = (plain.due_at - NOW).total_seconds()
    assert 50 <= wait <= 70
    assert plain.attempts == 0
    urgent.refresh_from_db()
    assert urgent.attempts == 1
    on_demand = task(first, TaskKind.CLOCK, priority=Priority.ON_DEMAND)
    assert lease("w", 10, at=NOW) == []
    on_demand.refresh_from_db()
    assert on_demand.due_at == NOW + 2 * SECOND


def test_a_permit_is_free_when_the_session_is_over_and_the_device_when_its_end_is_entered(
    books: str,
) -> None:
    first, second, _ = world.build(3, 4059)
    limit("all", sessions=1)
    task(first)
    task(second)
    (visit,) = lease("w", 10, at=NOW)
    assert lease("w", 10, at=NOW) == []
    assert still_held([visit.id], over=[visit.id], at=NOW) == {visit.id}
    task(first, TaskKind.EVENTS)
    (other,) = lease("w", 10, at=NOW)
    assert (visit.device, other.device) == (first, second)


def test_starts_follow_the_rate(books: str) -> None:
    devices = world.build(5, 4059)
    limit("all", starts=60, burst=2)
    for device in devices:
        task(device)
    assert len(lease("w", 10, at=NOW)) == 2
    assert len(lease("w", 10, at=NOW)) == 0
    assert len(lease("w", 10, at=NOW + SECOND)) == 1


def test_what_a_dead_worker_had_comes_back_and_its_late_word_changes_no_task(books: str) -> None:
    first, *_ = world.build(3, 4059)
    one = task(first)
    (visit,) = lease("dead", 10, at=NOW)
    assert give_back_lost(at=NOW + timedelta(seconds=119)) == 0
    assert give_back_lost(at=NOW + timedelta(seconds=121)) == 1
    assert still_held([visit.id], at=NOW + timedelta(seconds=122)) == set()
    (again,) = lease("alive", 10, at=NOW + timedelta(seconds=122))
    assert (again.tasks[0].id, again.tasks[0].attempt) == (one.pk, 2)
    finish([ended(visit, worker="dead")], at=NOW + timedelta(seconds=123))
    one.refresh_from_db()
    assert (one.state, one.leased_by) == (TaskState.LEASED, "alive")
    assert Session.objects.filter(worker="dead").count() == 1, "the session took place all the same"
    finish([ended(again, worker="alive")], at=NOW + timedelta(seconds=124))
    one.refresh_from_db()
    assert (one.state, one.result) == (TaskState.DONE, {"x": 1})


def test_a_task_whose_workers_die_again_and_again_fails_and_a_command_does_not(books: str) -> None:
    first, second, _ = world.build(3, 4059)
    plain = task(first, attempts_max=1)
    command = task(second, TaskKind.COMMAND, priority=Priority.COMMAND, attempts_max=1)
    assert len(lease("dead", 10, at=NOW)) == 2
    give_back_lost(at=NOW + timedelta(seconds=121))
    plain.refresh_from_db()
    command.refresh_from_db()
    assert (plain.state, plain.fault) == (TaskState.FAILED, "worker_lost")
    assert command.state == TaskState.WAITING, "it may have been sent: somebody has to look"


def test_an_end_told_twice_is_entered_once(books: str) -> None:
    first, *_ = world.build(3, 4059)
    task(first)
    (visit,) = lease("w", 10, at=NOW)
    for _ in range(2):
        finish([ended(visit, TaskState.FAILED, fault="bad_tag", rule="HES-001")], at=NOW)
    assert Session.objects.count() == 1
    assert Device.objects.get(pk=first).failures == 1
    finding = FindingRecord.objects.get()
    assert (finding.rule, finding.subject, finding.unit.code) == ("HES-001", "M1", "D")
    assert finding.text.startswith("Công tơ M1: phiên đọc hỏng vì khóa")


def test_a_finding_that_is_open_is_not_made_again_the_next_day(books: str) -> None:
    first, *_ = world.build(3, 4059)
    for days in (0, 1):
        at = NOW + timedelta(days=days)
        task(first, due=at)
        Task.objects.filter(state=TaskState.WAITING).update(expires_at=at + HOUR)
        (visit,) = lease("w", 10, at=at)
        finish([ended(visit, TaskState.FAILED, fault="bad_tag", rule="HES-001")], at=at)
    assert FindingRecord.objects.count() == 1


def test_a_failed_try_waits_for_its_next_turn(books: str) -> None:
    first, *_ = world.build(3, 4059)
    one = task(first)
    (visit,) = lease("w", 10, at=NOW)
    later = NOW + timedelta(seconds=30)
    finish([ended(visit, TaskState.WAITING, fault="silent", due_at=later)], at=NOW)
    one.refresh_from_db()
    assert (one.state, one.due_at, one.priority, one.fault) == ("waiting", later, 21, "silent")
    assert lease("w", 10, at=NOW + timedelta(seconds=29)) == []
    assert len(lease("w", 10, at=later)) == 1


def test_suspended_devices_are_not_called(books: str) -> None:
    first, *_ = world.build(3, 4059)
    task(first)
    Device.objects.update(state="suspended")
    assert lease("w", 10, at=NOW) == []


def test_a_window_is_opened_once_and_its_tasks_end_with_it(books: str) -> None:
    world.build(3, 4059)
    world.plan(kinds=[TaskKind.REGISTERS, TaskKind.EVENTS])
    (made,) = open_due({}, at=NOW)
    assert (made.total, made.closes_at - made.opens_at) == (6, HOUR)
    assert open_due({}, at=NOW + SECOND) == []
    assert open_due({}, at=NOW - timedelta(minutes=1)) == [], "before 10:00"
    assert counts(made.pk).states == {"waiting": 6}
    open_due({}, at=NOW + HOUR)
    assert counts(made.pk).states == {"expired": 6}
    assert Campaign.objects.get().state == "closed"


def test_a_window_over_midnight_is_found_after_midnight(books: str) -> None:
    world.build(3, 4059)
    world.plan(kinds=[TaskKind.EVENTS], begin=23 * 60, minutes=120)
    at = NOW.replace(hour=17, minute=30)  # 00:30 of the next day in Viet Nam
    (made,) = open_due({}, at=at)
    assert made.opens_at == at.replace(hour=16, minute=0, second=0)


def test_who_still_has_an_open_task_of_the_kind_gets_no_second_one(books: str) -> None:
    first, *_ = world.build(3, 4059)
    task(first, TaskKind.EVENTS)
    world.plan(kinds=[TaskKind.EVENTS])
    assert open_due({}, at=NOW)[0].total == 2


def test_a_reading_asked_for_by_two_people_is_one(books: str) -> None:
    first, *_ = world.build(3, 4059)
    number = ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW)
    assert ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW + SECOND) == number
    everything = Scope.everything()
    assert progress(number, everything).stage == "queued"
    (visit,) = lease("w", 10, at=NOW)
    assert progress(number, everything).stage == "connecting"
    still_held([visit.id], associated=[visit.id], at=NOW)
    assert progress(number, everything).stage == "reading"
    finish([ended(visit)], at=NOW)
    told = progress(number, everything)
    assert (told.stage, told.values) == ("done", {"registers": {"x": 1}})
    assert progress(number, Scope.nothing()) is None
    assert ask_now(first, [TaskKind.REGISTERS], user=None, at=NOW) != number


def test_nobody_asks_for_a_command_as_a_reading_or_for_a_device_that_is_off(books: str) -> None:
    first, *_ = world.build(3, 4059)
    with pytest.raises(InvalidInputError, match="command"):
        ask_now(first, [TaskKind.COMMAND], user=None, at=NOW)
    Device.objects.update(state="retired")
    with pytest.raises(RefusedError, match="M1"):
        ask_now(first, [TaskKind.CLOCK], user=None, at=NOW)


def test_a_task_of_a_later_stage_is_put_once_under_its_key(books: str) -> None:
    first, *_ = world.build(3, 4059)
    asked = Asked(first, TaskKind.COMMAND, {}, "17", "command:17", NOW, NOW + HOUR)
    number = put_task(asked, priority=Priority.COMMAND, at=NOW)
    assert put_task(asked, priority=Priority.COMMAND, at=NOW) == number
    assert cancel([number], at=NOW) == 1
    assert lease("w", 10, at=NOW) == []
