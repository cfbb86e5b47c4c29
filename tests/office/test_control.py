"""Scope, rights, audit, maker and checker, findings: the rules, one test a rule."""

import threading
from datetime import date, timedelta

import polars as pl
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, connections, transaction

from congto.office.control import operations, queries
from congto.office.control.audit import operation
from congto.office.control.choices import ProposalState, Role
from congto.office.control.models import AuditEntry, FindingRecord, Grant, Proposal
from congto.office.control.permissions import Action, may, require
from congto.office.control.queries import Scope, scope_of
from congto.office.customers.models import Customer, PriceAssignment
from congto.office.customers.proposals import households_text, quarters_of
from congto.office.organisation.models import Unit
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError, RefusedError
from world_control import AT, make_world

NEW_TERMS = {
    "valid_from": "2026-12-01",
    "group": "residential",
    "subgroup": None,
    "voltage": None,
    "time_of_use": False,
    "household_quarters": 8,
    "registered_kw": 0,
}


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def clerk(world):
    return world.person("clerk", Role.CLERK, world.north)


@pytest.fixture
def manager(world):
    return world.person("manager", Role.MANAGER, world.root)


# ---- scope and rights -------------------------------------------------------------------------


def test_a_district_sees_its_own_rows_only(world, clerk):
    world.customer("PB01010000001", world.north)
    world.customer("PB01020000001", world.south)
    seen = scope_of(clerk).filter(Customer.objects.all())
    assert [one.code for one in seen] == ["PB01010000001"]


def test_the_corporation_sees_all_and_what_belongs_to_no_unit(world, manager, clerk):
    world.finding("A", world.north)
    world.finding("B", world.south)
    world.finding("C", None)
    assert {one.subject for one in queries.findings(scope_of(manager))} == {"A", "B", "C"}
    assert {one.subject for one in queries.findings(scope_of(clerk))} == {"A"}


def test_one_of_two_corporations_does_not_see_the_whole_house(world, manager):
    other = Unit.objects.create(
        code="PA", name="Khác", kind="corporation", path="PA/", valid_from=date(2020, 1, 1)
    )
    world.finding("of the other", other)
    world.finding("of nobody", None)
    assert not scope_of(manager).whole
    assert not queries.findings(scope_of(manager)).exists()


def test_a_unit_whose_code_begins_alike_is_not_below(world, clerk):
    alike = Unit.objects.create(
        code="PB01011",
        name="Na ná",
        kind="district",
        path="PB/PB01/PB01011/",
        parent=world.north.parent,
        valid_from=date(2020, 1, 1),
    )
    assert not scope_of(clerk).allows(alike)


def test_narrowing_never_widens(world, clerk):
    scope = scope_of(clerk)
    assert scope.narrowed(world.root).paths == scope.paths
    assert scope.narrowed(world.south) == Scope.nothing()
    assert Scope.everything().narrowed(world.south).paths == (world.south.path,)


def test_two_rights_hold_together_where_both_are_given(world):
    north, south = Scope((world.north.path,)), Scope((world.south.path,))
    root = Scope((world.root.path,))
    assert root.within(north) == north.within(root) == north
    assert north.within(south) == Scope.nothing()
    assert Scope((north.paths[0], south.paths[0])).within(south) == south
    assert Scope.everything().within(north) == north.within(Scope.everything()) == north
    assert north.within(Scope.nothing()) == Scope.nothing()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": True, "grants": None}])
def test_without_grants_or_active_account_nothing_is_seen(world, clerk, change):
    if "grants" in change:
        clerk.grants.all().delete()
    clerk.is_active = change.get("is_active", True)
    clerk.is_superuser = change.get("is_superuser", False)
    clerk.save()
    assert scope_of(clerk) == Scope.nothing()


def test_a_right_holds_where_it_was_given(world):
    user = world.person("both", Role.CLERK, world.north)
    Grant.objects.create(user=user, unit=world.south, role=Role.MANAGER)
    assert may(user, Action.PROPOSE, world.north)
    assert not may(user, Action.PROPOSE, world.south)
    assert may(user, Action.APPROVE, world.south)
    assert not may(user, Action.APPROVE, world.north)


def test_a_refusal_says_who_what_and_where(world, clerk):
    with pytest.raises(RefusedError, match="clerk không có quyền duyệt đề nghị tại Điện lực Bắc"):
        require(clerk, Action.APPROVE, world.north)


def test_nobody_gives_rights_to_themselves(world):
    administrator = world.person("admin", Role.ADMINISTRATOR, world.root)
    with pytest.raises(RefusedError, match="chính mình"):
        operations.grant_role(
            administrator, Role.MANAGER, world.root, user=administrator, reason="", at=AT
        )


def test_granting_and_revoking_are_audited(world, clerk):
    administrator = world.person("admin", Role.ADMINISTRATOR, world.root)
    grant = operations.grant_role(clerk, Role.CARE_AGENT, world.south, user=administrator, at=AT)
    operations.revoke_role(grant, user=administrator, reason="chuyển việc", at=AT)
    rows = AuditEntry.objects.filter(subject="clerk").order_by("id")
    assert [(row.operation, row.user, row.reason) for row in rows] == [
        ("grant.add", administrator, ""),
        ("grant.remove", administrator, "chuyển việc"),
    ]


# ---- demo people ------------------------------------------------------------------------------


def test_demo_people_are_made_once_and_can_sign_in(world):
    first = operations.create_demo_users(AT)
    again = operations.create_demo_users(AT)
    roles = ["Nhân viên", "Nhân viên", "Quản lý", "Kế toán", "Quản trị"]
    assert [one.role for one in first] == roles
    assert all(
        User.objects.get(username=one.username).check_password(one.password) for one in first
    )
    assert len({one.password for one in first}) == 5
    assert [one.password for one in again] == [""] * 5


def test_a_login_can_be_printed_again(world):
    (old, *_rest) = operations.create_demo_users(AT)
    password = operations.reset_password(old.username, at=AT)
    assert User.objects.get(username=old.username).check_password(password)
    assert password != old.password
    with pytest.raises(RefusedError, match="khongco"):
        operations.reset_password("khongco", at=AT)


# ---- audit ------------------------------------------------------------------------------------


def test_the_same_key_runs_once(world, clerk):
    for _time in range(2):
        with operation(clerk, "test.do", "thing", "1", unit=world.north, at=AT, key="k1") as work:
            if work.earlier is None:
                world.finding("once", world.north)
    assert FindingRecord.objects.count() == 1
    assert AuditEntry.objects.filter(key="k1").count() == 1


def test_a_key_of_another_operation_is_refused(world, clerk):
    with operation(clerk, "test.do", "thing", "1", unit=None, at=AT, key="k1"):
        pass
    with (
        pytest.raises(InvalidInputError, match="k1"),
        operation(clerk, "test.other", "thing", "1", unit=None, at=AT, key="k1"),
    ):
        pytest.fail("the block must not run")


def test_a_failed_operation_leaves_neither_change_nor_row(world, clerk):
    def fail_in_the_middle():
        with operation(clerk, "test.do", "thing", "1", unit=world.north, at=AT):
            world.finding("gone", world.north)
            raise LookupError

    with pytest.raises(LookupError):
        fail_in_the_middle()
    assert not FindingRecord.objects.exists()
    assert not AuditEntry.objects.exists()


def test_audit_rows_cannot_be_changed(world, clerk):
    operations.record(clerk, "test.do", "thing", "1", unit=None, at=AT)
    for change in ("UPDATE control_auditentry SET reason = 'x'", "DELETE FROM control_auditentry"):
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)


# ---- maker and checker ------------------------------------------------------------------------


def propose(agreement, user, **changes):
    return operations.propose(
        "price_assignment",
        agreement.code,
        NEW_TERMS | changes,
        reason="thêm hộ",
        user=user,
        at=AT,
    )


def test_an_approved_change_closes_the_old_row_and_opens_the_new(world, clerk, manager):
    agreement = world.customer("PB01010000001", world.north)
    made = propose(agreement, clerk)
    operations.approve(made.pk, user=manager, reason="đúng sổ hộ khẩu", at=AT)
    old, new = agreement.price_assignments.order_by("valid_from")
    assert (old.valid_from, old.valid_to) == (date(2020, 1, 1), date(2026, 12, 1))
    assert old.household_quarters == 4
    assert (new.valid_from, new.valid_to) == (date(2026, 12, 1), None)
    assert (new.household_quarters, new.reason, new.known_at) == (8, "thêm hộ", AT)
    rows = AuditEntry.objects.filter(subject_kind="proposal", subject=str(made.pk))
    assert [(row.operation, row.user) for row in rows.order_by("id")] == [
        ("proposal.make", clerk),
        ("proposal.approved", manager),
    ]


def test_the_maker_never_approves_even_as_manager(world):
    both = world.person("both", Role.CLERK, world.north)
    Grant.objects.create(user=both, unit=world.north, role=Role.MANAGER)
    made = propose(world.customer("PB01010000001", world.north), both)
    with pytest.raises(RefusedError, match="Người lập không được tự duyệt"):
        operations.approve(made.pk, user=both, at=AT)
    with pytest.raises(IntegrityError, match="proposal_checker_is_another"), transaction.atomic():
        Proposal.objects.filter(pk=made.pk).update(checker=both, state="approved")


def test_a_checker_does_not_propose(world, manager):
    with pytest.raises(RefusedError, match="không có quyền lập đề nghị"):
        propose(world.customer("PB01010000001", world.north), manager)


def test_a_manager_of_another_district_does_not_approve(world, clerk):
    stranger = world.person("stranger", Role.MANAGER, world.south)
    made = propose(world.customer("PB01010000001", world.north), clerk)
    with pytest.raises(RefusedError, match="không có quyền duyệt"):
        operations.approve(made.pk, user=stranger, at=AT)


def test_approval_is_refused_when_the_state_has_changed(world, clerk, manager):
    agreement = world.customer("PB01010000001", world.north)
    made = propose(agreement, clerk)
    PriceAssignment.objects.filter(agreement=agreement).update(household_quarters=6)
    with pytest.raises(RefusedError, match="Số hộ dùng chung: lúc lập 1, nay 1,5"):
        operations.approve(made.pk, user=manager, at=AT)
    assert PriceAssignment.objects.count() == 1
    assert Proposal.objects.get().state == ProposalState.PENDING


def test_approval_is_refused_when_a_bill_came_between(world, clerk, manager):
    agreement = world.customer("PB01010000001", world.north)
    made = propose(agreement, clerk)
    world.bill(agreement, date(2026, 12, 1), date(2027, 1, 1))
    with pytest.raises(RefusedError, match="đã phát hành hóa đơn"):
        operations.approve(made.pk, user=manager, at=AT)


def test_one_waits_per_subject_and_after_a_decision_another_may(world, clerk, manager):
    agreement = world.customer("PB01010000001", world.north)
    made = propose(agreement, clerk)
    with pytest.raises(RefusedError, match="đang chờ duyệt"):
        propose(agreement, clerk, household_quarters=12)
    operations.reject(made.pk, user=manager, reason="thiếu giấy tờ", at=AT)
    again = propose(agreement, clerk, household_quarters=12)
    operations.withdraw(again.pk, user=clerk, at=AT)
    assert [one.state for one in Proposal.objects.order_by("id")] == ["rejected", "withdrawn"]


def test_rejecting_needs_a_reason_and_withdrawing_the_maker(world, clerk, manager):
    made = propose(world.customer("PB01010000001", world.north), clerk)
    with pytest.raises(InvalidInputError, match="Thiếu lý do"):
        operations.reject(made.pk, user=manager, reason=" ", at=AT)
    with pytest.raises(RefusedError, match="Chỉ người lập"):
        operations.withdraw(made.pk, user=manager, at=AT)


def test_the_same_key_proposes_once(world, clerk):
    agreement = world.customer("PB01010000001", world.north)
    given = {"reason": "thêm hộ", "user": clerk, "at": AT, "key": "form-7"}
    first = operations.propose("price_assignment", agreement.code, NEW_TERMS, **given)
    second = operations.propose("price_assignment", agreement.code, NEW_TERMS, **given)
    assert first.pk == second.pk


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"valid_from": "2020-01-01"}, "phải sau ngày đó"),
        ({"valid_from": "2019-06-01"}, "phải sau ngày đó"),
        ({"valid_from": "1/12/2026"}, "Áp dụng từ ngày"),
        ({"valid_from": "2026-10-15"}, "Kỳ 01/10/2026 – 31/10/2026 đã phát hành hóa đơn"),
        ({"group": "palace"}, "Mục đích sử dụng"),
        ({"household_quarters": 0}, "Số hộ dùng chung"),
        ({"household_quarters": True}, "Số hộ dùng chung"),
        ({"group": "business", "voltage": "<6kV"}, "1 hộ khi không sinh hoạt"),
        ({"group": "business", "household_quarters": 4}, "Cấp điện áp"),
        ({"voltage": "11kV"}, "Cấp điện áp"),
        ({"time_of_use": True}, "Ba giá"),
        ({"registered_kw": -1}, "Công suất đăng ký"),
        ({"colour": "red"}, "Trường lạ"),
        ({"household_quarters": 4, "valid_from": "2020-01-01"}, "phải sau"),
    ],
)
def test_a_wrong_price_assignment_is_refused_with_a_sentence(world, clerk, change, sentence):
    agreement = world.customer("PB01010000001", world.north)
    world.bill(agreement, date(2026, 10, 1), date(2026, 11, 1))
    with pytest.raises((InvalidInputError, RefusedError), match=sentence):
        propose(agreement, clerk, **change)
    assert not Proposal.objects.exists()


def test_the_first_day_after_the_billed_period_is_allowed(world, clerk):
    agreement = world.customer("PB01010000001", world.north)
    world.bill(agreement, date(2026, 10, 1), date(2026, 11, 1))
    assert propose(agreement, clerk, valid_from="2026-11-01").pk


@pytest.mark.parametrize(
    ("quarters", "households"), [(4, "1"), (6, "1,5"), (1, "0,25"), (40, "10"), (400, "100")]
)
def test_households_are_quarters_written_with_a_comma(quarters, households):
    assert households_text(quarters) == households
    assert quarters_of(households) == quarters


@pytest.mark.parametrize("wrong", ["", "một", "1,3", "nan", "1e99999"])
def test_a_number_of_households_that_is_no_quarter_is_refused(wrong):
    with pytest.raises(InvalidInputError, match="Số hộ dùng chung"):
        quarters_of(wrong)


# ---- with committed data: races and bulk ------------------------------------------------------


def test_of_two_approving_at_once_one_is_refused(books):
    world = make_world()
    clerk = world.person("clerk", Role.CLERK, world.north)
    checkers = [world.person(name, Role.MANAGER, world.root) for name in ("one", "two")]
    made = propose(world.customer("PB01010000001", world.north), clerk)
    start, results = threading.Barrier(2), []

    def approve(user):
        start.wait()
        try:
            results.append(operations.approve(made.pk, user=user, at=AT).state)
        except RefusedError as error:
            results.append(error.sentence())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(user,)) for user in checkers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [one for one in results if "không còn chờ duyệt" in one]
    assert len(refused) == 1, results
    assert ProposalState.APPROVED in results
    assert PriceAssignment.objects.count() == 2


def findings_frame(count, unit):
    return pl.DataFrame(
        {
            "rule": ["RDG-001"] * count,
            "severity": ["warning"] * count,
            "subject_kind": ["usage_point"] * count,
            "subject": [f"P{number}" for number in range(count)],
            "unit_id": [unit] * count,
            "period_from": [date(2026, 10, 1)] * count,
            "period_to": [None] * count,
            "observed": ["x" * 500] * count,
            "expected": ["một chỉ số"] * count,
            "text": ["Thiếu chỉ số"] * count,
        },
        schema_overrides={"period_to": pl.Date, "unit_id": pl.Int64},
    )


def test_findings_are_kept_once_and_closed_ones_stay_closed(books):
    world = make_world()
    clerk = world.person("clerk", Role.CLERK, world.north)
    with bulk() as store:
        assert operations.keep_findings(store, findings_frame(3, world.north.pk), at=AT) == 3
        assert operations.keep_findings(store, findings_frame(3, None), at=AT) == 0
    first = FindingRecord.objects.order_by("id").first()
    assert (len(first.observed), first.found_at, first.state) == (240, AT, "open")
    operations.close_finding(first.pk, reason="đã ghi lại", user=clerk, at=AT)
    with bulk() as store:
        twice = pl.concat([findings_frame(5, None), findings_frame(5, None)])
        assert operations.keep_findings(store, twice, at=AT + timedelta(1)) == 2
    assert FindingRecord.objects.count() == 5
    assert FindingRecord.objects.get(pk=first.pk).state == "closed"


def test_closing_a_finding_needs_a_reason_the_right_and_an_open_one(world, clerk):
    finding = world.finding("A", world.north)
    other = world.finding("B", world.south)
    with pytest.raises(InvalidInputError, match="Thiếu lý do"):
        operations.close_finding(finding.pk, reason="", user=clerk, at=AT)
    with pytest.raises(RefusedError, match="không có quyền"):
        operations.close_finding(other.pk, reason="xong", user=clerk, at=AT)
    operations.close_finding(finding.pk, reason="xong", user=clerk, at=AT)
    with pytest.raises(RefusedError, match="đã được xử lý"):
        operations.close_finding(finding.pk, reason="xong", user=clerk, at=AT)


def test_findings_that_cannot_be_kept_are_refused_whole(books):
    frame = findings_frame(2, None).with_columns(severity=pl.lit("loud"))
    with bulk() as store, pytest.raises(InvalidInputError, match="severity"):
        operations.keep_findings(store, frame, at=AT)
    with bulk() as store, pytest.raises(InvalidInputError, match="without column text"):
        operations.keep_findings(store, frame.drop("text"), at=AT)
