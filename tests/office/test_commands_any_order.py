"""Whatever people, workers and the clock do in whatever order: nothing is sent twice or alone."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from congto.office.campaigns.choices import TaskState
from congto.office.campaigns.models import Task
from congto.office.commands import operations
from congto.office.commands.caps import given_on
from congto.office.commands.choices import ENDED, CommandState
from congto.office.commands.models import Command, CommandCap, ProtectedPoint
from congto.office.commands.operations import Deed
from congto.office.commands.rules import CUTTING
from congto.office.control.choices import ProposalState
from congto.office.control.models import Proposal
from congto.office.control.operations import approve, reject
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import LOCAL_ZONE
from world_orders import AT, make_command_world

METERS, CAP = 3, 2
DEVICE = st.integers(0, METERS - 1)
PICK = st.integers(0, 10**6)
RARELY = st.sampled_from([False, False, False, True])


class Life(RuleBasedStateMachine):
    """Orders, approvals, withdrawals, workers that die, and time."""

    world = None

    def __init__(self):
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.now = AT
        self.sent = []  # every command for which a worker was told to send, as often as it was
        self.ends = {}

    def teardown(self):
        # What waits for the commit is looked at first: a test that rolls back never commits.
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        finally:
            transaction.set_rollback(True)
            self.frame.__exit__(None, None, None)

    def attempt(self, deed):
        """Do something that may be refused; a refusal leaves nothing behind."""
        try:
            with transaction.atomic():
                return deed()
        except CongtoError:
            return None

    @rule(device=DEVICE, kind=st.sampled_from(["disconnect", "load_limit", "connect"]))
    def order(self, device, kind):
        args = {"watts": 1000} if kind == "load_limit" else {}
        until = self.now + timedelta(hours=8)
        self.attempt(
            lambda: self.world.order(
                kind, self.world.devices[device], at=self.now, args=args, not_after=until
            )
        )

    @rule(
        device=DEVICE,
        kind=st.sampled_from(["disconnect", "load_limit"]),
        between=st.sampled_from(["nothing", "protect", "withdraw", "late", "settle late"]),
        pick=PICK,
    )
    def cut(self, device, kind, between, pick):
        """An order and its approval; something comes between it and the worker."""
        self.order(device, kind)
        if Proposal.objects.filter(state="pending").exists():
            self.decide(pick, by_maker=False, rejected=False)
        if not Command.objects.exists():
            return
        if between == "protect":
            self.protect(0, really=True)
        elif between == "withdraw":
            self.withdraw(0, really=True)
        elif between != "nothing":
            self.pass_time(8, settled=between == "settle late")
        self.carry(0 if between == "protect" else pick)

    @precondition(lambda _: Proposal.objects.filter(state="pending").exists())
    @rule(pick=PICK, by_maker=RARELY, rejected=RARELY)
    def decide(self, pick, by_maker, rejected):
        waiting = list(Proposal.objects.filter(state="pending").order_by("pk"))
        number = waiting[pick % len(waiting)].pk
        user = self.world.maker if by_maker else self.world.checker
        if rejected:
            done = self.attempt(lambda: reject(number, user=user, reason="không", at=self.now))
        else:
            done = self.attempt(lambda: approve(number, user=user, at=self.now))
        assert not (by_maker and done)

    @precondition(lambda _: Command.objects.exists())
    @rule(pick=PICK, really=RARELY)
    def withdraw(self, pick, really):
        if not really:
            return
        one = self.picked(pick, "proposed", "queued")
        self.attempt(
            lambda: operations.withdraw(
                one.order_id, user=self.world.maker, reason="thôi", at=self.now
            )
        )

    @precondition(lambda _: Command.objects.exists())
    @rule(pick=PICK)
    def carry(self, pick):
        """A worker takes the command up; often it dies after this."""
        one = self.picked(pick, "queued", "sending")
        turn = operations.begin(one.pk, at=self.now)
        if turn.deed is Deed.SEND:
            self.sent.append(one.pk)
            order = one.order
            assert order.not_before <= self.now < order.not_after
            assert order.proposal is None or order.proposal.state == ProposalState.APPROVED
            assert one.kind == "connect" or order.proposal.checker != order.maker
            assert not self.is_protected(one)

    @precondition(lambda _: Command.objects.exists())
    @rule(
        pick=PICK,
        state=st.sampled_from(
            [CommandState.CONFIRMED, CommandState.NOT_DONE, CommandState.UNCERTAIN]
        ),
    )
    def see(self, pick, state):
        one = self.picked(pick, "sending")
        self.attempt(lambda: operations.ended(one.pk, state, {"seen": True}, at=self.now))

    @precondition(lambda _: Task.objects.filter(state="waiting").exists())
    @rule(pick=PICK, really=RARELY)
    def give_up(self, pick, really):
        if not really:
            return
        tasks = list(Task.objects.filter(state=TaskState.WAITING).order_by("pk"))
        Task.objects.filter(pk=tasks[pick % len(tasks)].pk).update(
            state=TaskState.FAILED, fault="silent", ended_at=self.now
        )

    @precondition(lambda _: Command.objects.filter(state__in=["proposed", "queued"]).exists())
    @rule(pick=PICK, really=RARELY)
    def protect(self, pick, really):
        if not really:
            return
        one = self.picked(pick, "queued")
        code = f"P{self.world.devices.index(one.device) + 1}"
        self.attempt(lambda: self.world.protect(code, at=self.now))

    @precondition(lambda _: Command.objects.exists())
    @rule(hours=st.sampled_from([1, 8]), settled=RARELY)
    def pass_time(self, hours, settled):
        self.now += timedelta(hours=hours)
        if settled:
            operations.settle(at=self.now)

    def picked(self, pick, *states):
        """Pick a command, mostly one in these states; the others must withstand too."""
        commands = list(Command.objects.order_by("-pk"))
        likely = [one for one in commands if one.state in states]
        among = likely if likely and pick % 8 < 7 else commands
        return among[pick // 8 % len(among)]

    def is_protected(self, command):
        code = f"P{self.world.devices.index(command.device) + 1}"
        return (
            command.kind in CUTTING
            and ProtectedPoint.objects.filter(usage_point__code=code).exists()
        )

    @invariant()
    def nothing_is_sent_twice(self):
        assert len(self.sent) == len(set(self.sent))
        marked = Command.objects.exclude(sent_at=None).values_list("pk", flat=True)
        assert sorted(marked) == sorted(self.sent)

    @invariant()
    def what_has_ended_stays(self):
        ended = dict(Command.objects.filter(state__in=ENDED).values_list("pk", "state"))
        assert self.ends.items() <= ended.items()
        self.ends = ended

    @invariant()
    def no_cap_is_passed(self):
        day = self.now.astimezone(LOCAL_ZONE).date()
        assert given_on("disconnect", self.world.units.root, day) <= CAP

    @invariant()
    def what_is_queued_or_sent_was_seen_by_two(self):
        alone = Command.objects.filter(state__in=["queued", "sending", "confirmed"])
        alone = alone.exclude(kind="connect").exclude(order__proposal__state="approved")
        assert not alone.exists()


@pytest.mark.slow
def test_any_order_of_people_workers_and_time(db):
    Life.world = make_command_world(METERS)
    CommandCap.objects.create(
        unit=Life.world.units.root, kind="disconnect", per_day=CAP, two_persons_from=1
    )
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
