"""Orders of commands: who may, how many, never whom, twice decided, once sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from congto.office.campaigns.choices import Priority, TaskState
from congto.office.campaigns.models import Task
from congto.office.commands import operations, queries
from congto.office.commands.choices import CommandState
from congto.office.commands.models import Command, CommandCap, CommandOrder
from congto.office.commands.operations import Deed, RefusedMetersError
from congto.office.commands.proposals import CAP, PROTECTION_END
from congto.office.control.choices import ProposalState, Role
from congto.office.control.models import AuditEntry, FindingRecord, Proposal
from congto.office.control.operations import approve, propose, reject
from congto.office.control.queries import Scope
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device
from congto.office.meters.models import MeterInstallation
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_orders import AT, able, make_command_world

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ALL = Scope.everything()


@pytest.fixture
def world(db):
    return make_command_world()


def states(made):
    return [one.state for one in made.commands.order_by("pk")]


def approved(world, made, at=AT + MINUTE):
    approve(made.proposal_id, user=world.checker, at=at)
    made.refresh_from_db()
    return made


def sent(world, device, at=AT + 2 * MINUTE):
    """Return a disconnect that has been begun."""
    made = approved(world, world.order("disconnect", device).order)
    command = made.commands.get()
    assert operations.begin(command.pk, at=at).deed is Deed.SEND
    return command


def end_of_transaction():
    """Run the checks that wait for the commit, which a test that rolls back never reaches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def queue_to_the_end(command):
    Command.objects.filter(pk=command.pk).update(state="queued")
    end_of_transaction()


# ---- orders -----------------------------------------------------------------------------------


def test_a_disconnect_waits_for_a_second_person_and_a_single_connect_does_not(world):
    cut = world.order("disconnect", world.devices[0]).order
    assert states(cut) == ["proposed"]
    assert cut.proposal.state == ProposalState.PENDING
    assert not Task.objects.exists()
    back = world.order("connect", world.devices[1]).order
    assert (back.proposal, states(back)) == (None, ["queued"])
    many = world.order("connect", world.devices[2], world.devices[3]).order
    assert states(many) == ["proposed", "proposed"]


def test_what_is_approved_becomes_tasks_that_go_first_and_live_to_be_read_back(world):
    made = approved(world, world.order().order)
    end_of_transaction()
    assert states(made) == ["queued"] * 4
    tasks = list(Task.objects.order_by("pk"))
    assert [task.device_id for task in tasks] == [device.pk for device in world.devices]
    assert {task.priority for task in tasks} == {Priority.COMMAND}
    assert {(task.due_at, task.expires_at) for task in tasks} == {
        (AT, AT + DAY + timedelta(hours=2))
    }
    assert {task.key for task in tasks} == {f"command:{one.pk}" for one in made.commands.all()}


def test_the_maker_never_approves_whatever_rights_they_hold(world):
    made = world.order().order
    world.units.person("khác", Role.MANAGER, world.units.root)
    world.maker.grants.create(unit=world.units.root, role=Role.MANAGER)
    with pytest.raises(RefusedError, match="không được tự duyệt"):
        approve(made.proposal_id, user=world.maker, at=AT)
    assert states(made) == ["proposed"] * 4


def test_the_database_refuses_to_queue_what_nobody_else_approved(world):
    command = world.order().order.commands.first()
    with pytest.raises(IntegrityError, match="nobody else has approved"), transaction.atomic():
        queue_to_the_end(command)


@pytest.mark.parametrize(
    ("state", "other"),
    [("proposed", "sending"), ("proposed", "confirmed"), ("queued", "confirmed")],
)
def test_the_database_refuses_ways_that_are_none(world, state, other):
    made = world.order("connect", world.devices[0]).order if state == "queued" else None
    command = (made or world.order().order).commands.first()
    assert command.state == state
    with pytest.raises(IntegrityError, match="no way"), transaction.atomic():
        Command.objects.filter(pk=command.pk).update(state=other, sent_at=None)


def test_the_database_refuses_to_send_twice(world):
    command = sent(world, world.devices[0])
    with pytest.raises(IntegrityError, match="sent once"), transaction.atomic():
        Command.objects.filter(pk=command.pk).update(sent_at=AT + HOUR)
    with pytest.raises(IntegrityError, match="no way"), transaction.atomic():
        Command.objects.filter(pk=command.pk).update(state="queued")
    with pytest.raises(IntegrityError, match="not deleted"), transaction.atomic():
        Command.objects.filter(pk=command.pk).delete()


def test_an_order_is_refused_whole_and_says_which_meters_and_why(world):
    world.protect("P2")
    Device.objects.filter(pk=world.devices[2].pk).update(state=DeviceState.SUSPENDED)
    Device.objects.filter(pk=world.devices[3].pk).update(profile="deaf")
    with pytest.raises(RefusedMetersError) as caught:
        world.order()
    why = dict(caught.value.refused)
    assert why.keys() == {"M2", "M3", "M4"}
    assert "P2 được bảo vệ, không được cắt: bệnh viện (12/QĐ-UBND)" in why["M2"]
    assert why["M3"] == "thiết bị tạm dừng"
    assert "deaf" in why["M4"]
    assert not CommandOrder.objects.exists()


def test_the_rest_of_an_order_is_taken_when_asked(world):
    world.protect("P2")
    done = world.order(skip=True)
    assert [one.name for one in done.refused] == ["M2"]
    assert [one.device_id for one in done.order.commands.order_by("pk")] == [
        world.devices[n].pk for n in (0, 2, 3)
    ]


def test_an_order_of_refused_meters_only_is_refused(world):
    world.protect("P1")
    with pytest.raises(RefusedMetersError, match="M1"):
        world.order("disconnect", world.devices[0], skip=True)


def test_one_command_of_a_kind_waits_at_a_meter(world):
    first = world.order("connect", world.devices[0]).order.commands.get()
    with pytest.raises(RefusedMetersError, match=f"lệnh số {first.pk}"):
        world.order("connect", world.devices[0])
    world.order("clock", world.devices[0])


def test_a_meter_that_hangs_nowhere_is_not_cut(world):
    MeterInstallation.objects.filter(meter__serial="M1").update(valid_to=date(2026, 11, 20))
    with pytest.raises(RefusedMetersError, match="không treo ở điểm đo nào"):
        world.order("load_limit", world.devices[0], args={"watts": 1000})
    assert world.order("clock", world.devices[0]).order.pk


def test_people_command_in_their_units_only(world):
    north = world.units.person("bắc", Role.INSPECTOR, world.units.north)
    with pytest.raises(RefusedMetersError, match="phạm vi"):
        world.order("connect", world.devices[1], user=north)
    assert world.order("connect", world.devices[0], user=north).order.unit == world.units.north
    with pytest.raises(RefusedMetersError, match="phạm vi"):
        world.order("connect", world.devices[2], user=world.clerk)


def test_an_order_over_two_districts_belongs_to_their_company(world):
    made = world.order().order
    assert made.unit.code == "PB01"
    manager = world.units.person("bắc", Role.MANAGER, world.units.north)
    with pytest.raises(RefusedError, match="không có quyền"):
        approve(made.proposal_id, user=manager, at=AT)


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("explode", {}, "explode"),
        ("connect", {"reason": "  "}, "lý do"),
        ("connect", {"args": {"watts": 1}}, "watts"),
        ("load_limit", {"args": {}}, "watts"),
        ("load_limit", {"args": {"watts": -1}}, "watts"),
        ("load_limit", {"args": {"watts": True}}, "watts"),
        ("calendar", {"args": {"day": "soon"}}, "soon"),
        ("firmware", {"args": {"image": "ab", "version": "2"}}, "SHA-256"),
        ("keys", {"args": {"uses": ["hls"]}}, "uses"),
        ("connect", {"not_after": AT - MINUTE}, "Thời hạn"),
        ("connect", {"not_after": AT + 8 * DAY}, "Thời hạn"),
        ("connect", {"not_before": AT + 40 * DAY, "not_after": AT + 41 * DAY}, "Thời hạn"),
    ],
)
def test_what_cannot_be_ordered_is_said(world, kind, more, words):
    with pytest.raises(InvalidInputError, match=words):
        world.order(kind, world.devices[0], **more)


def test_the_same_key_gives_the_same_order(world):
    first = world.order("connect", world.devices[0], key="ban-1").order
    again = world.order("connect", world.devices[0], key="ban-1", at=AT + HOUR).order
    assert first == again
    assert Command.objects.count() == 1
    with pytest.raises(RefusedError, match="nội dung khác"):
        world.order("connect", world.devices[1], key="ban-1")
    with pytest.raises(RefusedError, match="nội dung khác"):
        world.order("arm", world.devices[0], key="ban-1")


def test_serials_and_points_name_devices_within_the_scope(world):
    found = operations.find(["P1", " M2 ", "X9", "P1"], ALL, AT.date())
    assert {name: device.pk for name, device in found.devices.items()} == {
        "P1": world.devices[0].pk,
        "M2": world.devices[1].pk,
    }
    assert [one.name for one in found.unknown] == ["X9"]
    north = Scope((world.units.north.path,))
    assert [one.name for one in operations.find(["P1", "P2"], north, AT.date()).unknown] == ["P2"]


# ---- the protected list -----------------------------------------------------------------------


def test_who_is_protected_after_the_order_is_not_approved(world):
    made = world.order().order
    world.protect("P3")
    with pytest.raises(RefusedMetersError, match="P3 được bảo vệ"):
        approve(made.proposal_id, user=world.checker, at=AT + MINUTE)
    assert states(made) == ["proposed"] * 4


def test_who_is_protected_after_the_approval_is_not_cut(world):
    made = approved(world, world.order("disconnect", world.devices[0]).order)
    world.protect("P1")
    command = made.commands.get()
    turn = operations.begin(command.pk, at=AT + 2 * MINUTE)
    assert turn.deed is Deed.NOTHING
    assert "P1 được bảo vệ" in turn.message
    command.refresh_from_db()
    assert (command.state, command.sent_at) == (CommandState.NOT_DONE, None)
    assert FindingRecord.objects.get().rule == "CMD-003"
    assert Task.objects.get().state == TaskState.CANCELLED


def test_a_meter_moved_to_a_protected_point_is_not_cut(world):
    made = approved(world, world.order("disconnect", world.devices[0]).order)
    world.protect("P3")
    there = MeterInstallation.objects.get(meter__serial="M3").usage_point
    MeterInstallation.objects.update(valid_to=AT.date())
    MeterInstallation.objects.create(
        meter=world.devices[0].meter, usage_point=there, valid_from=AT.date()
    )
    assert operations.begin(made.commands.get().pk, at=AT + 2 * MINUTE).deed is Deed.NOTHING


def test_a_protected_point_is_connected_like_any_other(world):
    world.protect("P1")
    assert states(world.order("connect", world.devices[0]).order) == ["queued"]


def test_a_protection_that_begins_within_the_window_counts_at_the_order(world):
    world.protect("P1", valid_from=AT.date() + DAY)
    with pytest.raises(RefusedMetersError, match="P1"):
        world.order("disconnect", world.devices[0])  # until tomorrow 10:00
    made = world.order("disconnect", world.devices[0], not_after=AT + HOUR).order
    assert states(made) == ["proposed"]


def test_a_protection_ends_by_two_persons_only(world):
    world.protect("P1")
    day = {"valid_to": AT.date().isoformat()}
    asked = propose(PROTECTION_END, "P1", day, reason="đã chuyển đi", user=world.clerk, at=AT)
    with pytest.raises(RefusedMetersError):
        world.order("disconnect", world.devices[0])
    with pytest.raises(RefusedError, match="không có quyền"):
        approve(asked.pk, user=world.clerk, at=AT)
    approve(asked.pk, user=world.checker, at=AT)
    assert states(world.order("disconnect", world.devices[0]).order) == ["proposed"]
    assert list(queries.protected_list(ALL, AT.date())) == []
    assert queries.protected_list(ALL).count() == 1


def test_the_list_is_imported_once_and_each_wrong_row_is_said(world):
    rows = [
        operations.Protection("P1", "bệnh viện", "12/QĐ", date(2026, 1, 1)),
        operations.Protection("P9", "trạm bơm", "12/QĐ", date(2026, 1, 1)),
        operations.Protection("P2", "", "12/QĐ", date(2026, 1, 1)),
    ]
    first = operations.import_protections(rows, user=world.clerk, at=AT)
    assert (first.added, first.unchanged, [row for row, _ in first.wrong]) == (1, 0, [2, 3])
    again = operations.import_protections(rows, user=world.clerk, at=AT)
    assert (again.added, again.unchanged) == (0, 1)


# ---- caps -------------------------------------------------------------------------------------


def cap(unit, kind="disconnect", per_day=3, two_persons_from=1):
    CommandCap.objects.create(
        unit=unit, kind=kind, per_day=per_day, two_persons_from=two_persons_from
    )


def test_the_cap_of_a_company_holds_over_its_districts(world):
    cap(world.units.root, per_day=3)
    with pytest.raises(RefusedError, match="hạn mức 3 lệnh cắt điện, đã có 0, thêm 4"):
        world.order()
    world.order("disconnect", *world.devices[:3])
    with pytest.raises(RefusedError, match="đã có 3, thêm 1"):
        world.order("disconnect", world.devices[3])
    world.order("connect", world.devices[3])


def test_what_was_withdrawn_gives_its_place_back(world):
    cap(world.units.root, per_day=1)
    made = world.order("disconnect", world.devices[0]).order
    operations.withdraw(made.pk, user=world.maker, reason="đã trả nợ", at=AT)
    assert states(world.order("disconnect", world.devices[1]).order) == ["proposed"]


def test_what_waits_counts_on_every_day_of_its_window_and_what_was_sent_on_its_own(world):
    cap(world.units.root, "connect", per_day=1, two_persons_from=9)
    made = world.order("connect", world.devices[0], not_after=AT + 3 * DAY).order
    tomorrow = {"not_before": AT + DAY, "not_after": AT + DAY + HOUR}
    with pytest.raises(RefusedError, match="26/11/2026"):
        world.order("connect", world.devices[1], **tomorrow)
    operations.begin(made.commands.get().pk, at=AT + MINUTE)
    assert world.order("connect", world.devices[1], **tomorrow).order.pk


def test_a_cap_lowered_meanwhile_counts_at_the_approval(world):
    made = world.order().order
    cap(world.units.root, per_day=3)
    with pytest.raises(RefusedError, match="hạn mức 3"):
        approve(made.proposal_id, user=world.checker, at=AT + MINUTE)
    assert states(made) == ["proposed"] * 4


def test_an_order_in_pieces_is_no_way_around_the_second_person(world):
    for unit in (world.units.north, world.units.south):
        cap(unit, per_day=10, two_persons_from=3)
    assert world.order("disconnect", world.devices[0]).order.proposal is None
    assert world.order("disconnect", world.devices[1]).order.proposal is None
    assert world.order("disconnect", world.devices[2]).order.proposal is not None


def test_a_cap_is_changed_by_two_persons_of_whom_one_is_from_above(world):
    author = world.units.person("bắc", Role.INSPECTOR, world.units.north)
    near = world.units.person("trưởng bắc", Role.MANAGER, world.units.north)
    asked = propose(
        CAP,
        "PB0101/disconnect",
        {"per_day": 500, "two_persons_from": 1},
        reason="chiến dịch",
        user=author,
        at=AT,
    )
    assert asked.before == {"per_day": 100, "two_persons_from": 1}
    with pytest.raises(RefusedError, match="không có quyền"):
        approve(asked.pk, user=near, at=AT)
    approve(asked.pk, user=world.checker, at=AT)
    assert CommandCap.objects.get().per_day == 500


@pytest.mark.slow
def test_twenty_orders_at_once_never_pass_the_cap(books):
    world = make_command_world(20)
    cap(world.units.root, "connect", per_day=7, two_persons_from=99)

    def one(device):
        try:
            return world.order("connect", device).order.pk
        except RefusedError:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as people:
        done = list(people.map(one, world.devices))
    assert sum(number is not None for number in done) == 7
    assert Command.objects.count() == 7


# ---- withdrawing and expiring -----------------------------------------------------------------


def test_what_was_rejected_is_withdrawn(world):
    made = world.order().order
    reject(made.proposal_id, user=world.checker, reason="nhầm tuyến", at=AT)
    assert states(made) == ["withdrawn"] * 4


def test_anybody_who_may_command_or_approve_stops_what_is_queued(world):
    made = approved(world, world.order().order)
    with pytest.raises(RefusedError, match="Không có phiếu lệnh"):
        operations.withdraw(made.pk, user=world.clerk, reason="dừng", at=AT)
    one = made.commands.first()
    stop = {"user": world.checker, "reason": "dừng", "at": AT + 2 * MINUTE}
    assert operations.withdraw(made.pk, command=one.pk, **stop) == 1
    assert operations.withdraw(made.pk, **stop) == 3
    assert set(Task.objects.values_list("state", flat=True)) == {TaskState.CANCELLED}
    with pytest.raises(RefusedError, match="không còn lệnh nào"):
        operations.withdraw(made.pk, **stop)


def test_what_was_sent_is_not_withdrawn(world):
    command = sent(world, world.devices[0])
    with pytest.raises(RefusedError, match="không còn lệnh nào"):
        operations.withdraw(command.order_id, user=world.maker, reason="dừng", at=AT + HOUR)


def test_what_is_late_expires_with_its_proposal(world):
    waiting = world.order("disconnect", world.devices[0], not_after=AT + HOUR).order
    queued = world.order("connect", world.devices[1], not_after=AT + HOUR).order
    later = world.order("connect", world.devices[2]).order
    assert operations.settle(at=AT + HOUR) == 2
    assert states(waiting) == states(queued) == ["expired"]
    assert states(later) == ["queued"]
    assert Proposal.objects.get().state == ProposalState.WITHDRAWN
    with pytest.raises(RefusedError, match="không còn chờ duyệt"):
        approve(waiting.proposal_id, user=world.checker, at=AT + HOUR)
    assert operations.settle(at=AT + HOUR) == 0


def test_nobody_approves_after_the_window_even_before_it_was_cleared(world):
    made = world.order("disconnect", world.devices[0], not_after=AT + HOUR).order
    with pytest.raises(RefusedError, match="quá hạn"):
        approve(made.proposal_id, user=world.checker, at=AT + HOUR)


def test_what_the_queue_gave_up_ends(world):
    unsent = world.order("connect", world.devices[1]).order.commands.get()
    command = sent(world, world.devices[0])
    assert operations.settle(at=AT + HOUR) == 0
    Task.objects.update(state=TaskState.FAILED, fault="unreachable", ended_at=AT + HOUR)
    assert operations.settle(at=AT + HOUR) == 2
    unsent.refresh_from_db()
    command.refresh_from_db()
    assert (unsent.state, command.state) == ("not_done", "uncertain")
    assert "unreachable" in command.message
    rules = FindingRecord.objects.order_by("rule").values_list("rule", "subject")
    assert list(rules) == [("CMD-001", str(unsent.pk)), ("CMD-002", str(command.pk))]


# ---- sending ----------------------------------------------------------------------------------


def test_a_command_that_was_begun_is_only_looked_at_ever_after(world):
    command = sent(world, world.devices[0])
    for hours in (0, 1, 100):
        assert operations.begin(command.pk, at=AT + hours * HOUR).deed is Deed.LOOK
    command.refresh_from_db()
    assert command.sent_at == AT + 2 * MINUTE


def test_nothing_is_sent_before_or_after_the_window(world):
    window = {"not_before": AT + HOUR, "not_after": AT + 2 * HOUR}
    made = world.order("connect", world.devices[0], **window).order
    command = made.commands.get()
    early = operations.begin(command.pk, at=AT + MINUTE)
    assert early.deed is Deed.NOTHING
    assert "11:00" in early.message
    assert states(made) == ["queued"]
    assert operations.begin(command.pk, at=AT + 2 * HOUR).deed is Deed.NOTHING
    assert states(made) == ["expired"]


def test_a_device_that_is_called_no_more_is_not_commanded(world):
    made = world.order("connect", world.devices[0]).order
    Device.objects.update(state=DeviceState.RETIRED)
    assert operations.begin(made.commands.get().pk, at=AT).deed is Deed.NOTHING
    assert states(made) == ["not_done"]


@pytest.mark.parametrize("state", ["confirmed", "not_done", "uncertain"])
def test_what_was_seen_is_kept(world, state):
    command = sent(world, world.devices[0])
    seen = {"before": {"closed": True}, "after": {"closed": state != "confirmed"}}
    known = CommandState(state)
    assert operations.ended(command.pk, known, seen, message="…", at=AT + HOUR) == known
    command.refresh_from_db()
    assert (command.state, command.seen, command.changed_at) == (state, seen, AT + HOUR)
    assert FindingRecord.objects.count() == (state != "confirmed")
    assert AuditEntry.objects.filter(operation=f"command.{state}").count() == 1


def test_who_comes_late_adds_what_was_seen_and_changes_no_end(world):
    command = sent(world, world.devices[0])
    operations.ended(command.pk, CommandState.NOT_DONE, {}, at=AT + HOUR)
    late = operations.ended(command.pk, CommandState.CONFIRMED, {"closed": False}, at=AT + 2 * HOUR)
    command.refresh_from_db()
    assert late == command.state == "not_done"
    assert command.seen["late"]["state"] == "confirmed"
    assert sorted(FindingRecord.objects.values_list("rule", flat=True)) == ["CMD-001", "CMD-002"]


def test_only_what_was_sent_can_be_known(world):
    command = world.order("connect", world.devices[0]).order.commands.get()
    with pytest.raises(InvalidInputError, match="queued"):
        operations.ended(command.pk, CommandState.CONFIRMED, {}, at=AT)
    with pytest.raises(InvalidInputError, match="expired"):
        operations.ended(command.pk, CommandState.EXPIRED, {}, at=AT)
    with pytest.raises(InvalidInputError, match="queued"):
        operations.keep_progress(command.pk, {"phase": "written"})


def test_phases_are_kept_for_who_goes_on(world):
    made = approved(world, world.order("keys", world.devices[0], args={"uses": ["unicast"]}).order)
    command = made.commands.get()
    first = operations.begin(command.pk, at=AT + MINUTE)
    assert (first.deed, first.args, first.progress) == (Deed.SEND, {"uses": ["unicast"]}, None)
    operations.keep_progress(command.pk, {"phase": "written"})
    assert operations.begin(command.pk, at=AT + MINUTE).progress == {"phase": "written"}


def test_a_confirmed_calendar_is_written_beside_the_meter(world):
    made = approved(
        world, world.order("calendar", world.devices[0], args={"day": "2026-12-01"}).order
    )
    command = made.commands.get()
    operations.begin(command.pk, at=AT + MINUTE)
    assert queries.programmed_three_rate("M1") is None
    operations.ended(command.pk, CommandState.CONFIRMED, {}, at=AT + HOUR)
    assert queries.programmed_three_rate("M1") == date(2026, 11, 25)
    entry = AuditEntry.objects.get(operation="meter.three_rate_programmed")
    assert (entry.subject_kind, entry.subject) == ("meter", "M1")
    world.devices[0].meter.refresh_from_db()
    assert world.devices[0].meter.three_rate is False


def test_a_calendar_that_waits_for_its_day_counts_nothing_yet(world):
    made = approved(
        world, world.order("calendar", world.devices[0], args={"day": "2026-12-01"}).order
    )
    command = made.commands.get()
    operations.begin(command.pk, at=AT + MINUTE)
    operations.ended(command.pk, CommandState.CONFIRMED, {"why": "waiting"}, at=AT + HOUR)
    assert queries.programmed_three_rate("M1") is None
    assert not AuditEntry.objects.filter(operation="meter.three_rate_programmed").exists()


# ---- figures ----------------------------------------------------------------------------------


def test_promptness_counts_from_the_release_to_the_proof(world):
    def connect(device, seconds, state):
        command = world.order("connect", device).order.commands.get()
        operations.begin(command.pk, at=AT)
        operations.ended(command.pk, state, {}, at=AT + timedelta(seconds=seconds))

    connect(world.devices[0], 300, CommandState.CONFIRMED)
    connect(world.devices[1], 301, CommandState.CONFIRMED)
    connect(world.devices[2], 10, CommandState.NOT_DONE)
    # Ordered at 10:00, approved at 11:00, proved four minutes later: in time.
    made = approved(world, world.order("disconnect", world.devices[3]).order, at=AT + HOUR)
    command = made.commands.get()
    operations.begin(command.pk, at=AT + HOUR)
    operations.ended(command.pk, CommandState.CONFIRMED, {}, at=AT + HOUR + 4 * MINUTE)
    found = queries.promptness(AT, AT + DAY, ALL)
    assert (found.released, found.confirmed, found.in_time) == (4, 3, 2)
    assert found.share_bp == 5000
    assert queries.promptness(AT + DAY, AT + 2 * DAY, ALL).share_bp is None


def test_an_order_shows_the_states_of_its_commands(world):
    made = approved(world, world.order().order)
    operations.begin(made.commands.first().pk, at=AT + MINUTE)
    assert queries.counts_of([made.pk]) == {made.pk: {"queued": 3, "sending": 1}}
    assert [one.pk for one in queries.orders(ALL)] == [made.pk]
    assert list(queries.orders(Scope((world.units.north.path,)))) == []
    assert queries.commands(Scope((world.units.north.path,))).count() == 2


def test_a_preview_writes_nothing(world):
    world.protect("P2")
    wanted = operations.Wanted("disconnect", tuple(one.pk for one in world.devices), "thử")
    judged = operations.preview(wanted, user=world.maker, at=AT, able=able)
    assert [device.meter.serial for device in judged.taken] == ["M1", "M3", "M4"]
    assert [one.name for one in judged.refused] == ["M2"]
    assert not CommandOrder.objects.exists()


def test_the_record_of_an_order_says_who_what_and_why(world):
    made = world.order().order
    entry = AuditEntry.objects.get(operation="command.order")
    assert (entry.user, entry.subject, entry.reason) == (world.maker, str(made.pk), "nợ quá hạn")
    assert entry.after["serials"] == ["M1", "M2", "M3", "M4"]
