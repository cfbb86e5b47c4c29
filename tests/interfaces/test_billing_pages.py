"""Runs, held bills, two versions of a bill and hold rules in the console."""

import html
import re
from datetime import date

import pytest

from congto.interfaces.console.views.held import CONFLICTS
from congto.office.billing.choices import BillState, HoldState, PartitionState, Signer
from congto.office.billing.dry_run import dry_run
from congto.office.billing.hold_rules import rules_on, sync_hold_rules
from congto.office.billing.models import Bill, BillHold, HoldRule
from congto.office.control.models import FindingRecord, Job, Proposal
from congto.office.control.operations import approve
from congto.vocabulary.gates import GateRule
from congto.vocabulary.periods import Period
from world_billing import AT, billed_anew, cycles_before, held_world, hold, partition

OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))


@pytest.fixture
def world(db):
    return held_world()


@pytest.fixture
def clerk(world, client):
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


@pytest.fixture
def manager(world, client):
    client.force_login(world.person("manager", "manager", world.root))
    return client


@pytest.fixture
def stranger(world, client):
    client.force_login(world.person("stranger", "clerk", world.other))
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def page_of(bill):
    return f"/held/{bill.pk}"


# ---- runs -------------------------------------------------------------------------------------


def test_a_run_adds_its_books_up_by_unit(world, manager):
    partition(world, PartitionState.DONE, accounts=3, bills=2, parked=1, gross_vnd=6_006_963)
    partition(world, PartitionState.DONE, accounts=4, bills=4, gross_vnd=1_000_000)
    run = world.household_bill.run_id
    words = text_of(manager.get(f"/billing-runs/{run}"))
    # two books, 3 + 4 accounts, 2 + 4 bills, both bills of the world held, 7,006,963 đồng
    assert "2 / 2 sổ ghi chỉ số" in words
    assert "Điện lực Hoa Mai 2 / 2 7 6 0 2 1 7.006.963" in words
    listed = text_of(manager.get("/billing-runs"))
    assert "01/10/2026 – 31/10/2026 còn lại 1 2 / 2 6 0 2 0 1 7.006.963" in listed


def test_a_run_reads_itself_again_while_books_wait(world, manager):
    run = world.household_bill.run_id
    done = partition(world, PartitionState.DONE, accounts=2, bills=2)
    waiting = partition(world, PartitionState.WAITING, accounts=9)
    body = manager.get(f"/billing-runs/{run}").content.decode()
    assert f'hx-get="/billing-runs/{run}/progress" hx-trigger="every 2s"' in body
    assert "Chạy phần còn lại" in body
    waiting.state = PartitionState.DONE
    waiting.save()
    part = manager.get(f"/billing-runs/{run}/progress").content.decode()
    assert "every 2s" not in part
    assert "<html" not in part
    assert done.pk


def test_failed_books_and_parked_accounts_say_why(world, manager):
    partition(
        world, PartitionState.FAILED, accounts=9, reason="series 3 has no number left; open one."
    )
    FindingRecord.objects.create(
        rule="BIL-001",
        severity="reject",
        subject_kind="agreement",
        subject="PB00010000009-A1",
        unit=world.district,
        period_from=OCTOBER.start,
        period_to=OCTOBER.end,
        observed="-",
        expected="-",
        text="-",
        found_at=AT,
    )
    words = text_of(manager.get(f"/billing-runs/{world.household_bill.run_id}"))
    assert "Chưa áp giá đủ kỳ BIL-001 1" in words
    assert "series 3 has no number left; open one." in words


def test_what_is_left_starts_as_one_job(world, manager):
    partition(world, PartitionState.WAITING, accounts=9)
    start = f"/billing-runs/{world.household_bill.run_id}/start"
    assert manager.post(start).status_code == 302
    assert "Đợt này đang có một tác vụ chạy" in text_of(manager.post(start, follow=True))
    (job,) = Job.objects.all()
    assert (job.kind, job.params) == ("billing_run", {"run": world.household_bill.run_id})
    assert job.title == "Lập hóa đơn kỳ 01/10/2026 – 01/11/2026"


def test_only_who_may_run_jobs_everywhere_starts_a_run(world, clerk):
    partition(world, PartitionState.WAITING, accounts=9)
    page = f"/billing-runs/{world.household_bill.run_id}"
    assert "Chạy phần còn lại" not in text_of(clerk.get(page))
    assert "không có quyền" in text_of(clerk.post(f"{page}/start", follow=True))
    assert not Job.objects.exists()


# ---- the queue --------------------------------------------------------------------------------


def test_the_queue_counts_by_rule_and_unit(world, clerk):
    hold(world.household_bill, "BIL-102", Signer.TEAM_LEADER)
    words = text_of(clerk.get("/held"))
    # two bills, three holds; BIL-102 holds both: 305,230 + 5,701,733 = 6,006,963
    assert "Hóa đơn treo 2" in words
    assert "Tăng vọt so với các kỳ trước BIL-102 2 6.006.963 Trưởng phòng" in words
    assert "Chỉ số lùi, tính quay vòng BIL-104 1 305.230 Nhân viên" in words
    assert "Điện lực Hoa Mai 2" in words


def test_an_empty_queue_says_so(world, clerk):
    Bill.objects.update(state=BillState.CANCELLED)
    assert "Không có hóa đơn nào bị treo" in text_of(clerk.get("/held"))
    assert clerk.get("/held/next").url == "/held"


def test_one_bill_shows_why_and_what_it_conflicts_with(world, clerk):
    words = text_of(clerk.get(page_of(world.bakery_bill)))
    for part in (
        "Công ty TNHH Bánh Ngọt Ánh Dương",
        "2 / 2",
        "Tăng vọt so với các kỳ trước BIL-102",
        "cần ký: Trưởng phòng",
        "Kỳ này 48,3 kWh/ngày, gấp 4,8 lần bình quân 3 kỳ trước",
        "Thấy 48,3 kWh/ngày (4,8 lần) Mong đợi dưới 3 lần của 10,0 kWh/ngày",
        "1.000 → 1.075 × 20",
        "kWh/ngày – 48,3",  # 1,500,000 / 31 = 48,387 Wh a day, cut
        "5.701.733 đ",
        "09/26 10,0",  # the newest of the past is the month before
        "10/26 48,3",
    ):
        assert part in words, part


def test_the_facts_of_the_rule_are_marked(world, clerk):
    body = clerk.get(page_of(world.household_bill)).content.decode()
    marked = re.findall(r'<tr class="marked"><th scope="row">([^<]*)', body)
    assert marked == ["Chỉ số"]  # BIL-104 is about two indexes
    assert CONFLICTS.keys() == {f"BIL-10{n}" for n in range(1, 9)} | {
        f"BIL-20{n}" for n in range(1, 5)
    }


def test_the_bill_before_stands_beside(world, clerk):
    before = Bill.objects.get(pk=world.household_bill.pk)
    before.pk, before.period_from, before.period_to = None, date(2026, 9, 1), date(2026, 10, 1)
    before.energy_wh, before.net_vnd, before.vat_vnd, before.gross_vnd = (
        60_000,
        119_700,
        9576,
        129_276,
    )
    before.save()
    words = text_of(clerk.get(page_of(world.household_bill)))
    assert "Điện năng 60 kWh 134 kWh" in words
    assert "kWh/ngày 2,0 4,3" in words  # 60 kWh in 30 days; 134 in 31: 4.32
    assert "Tổng tiền 129.276 đ 305.230 đ" in words


def test_the_queue_goes_on_inside_the_chosen_rule(world, clerk):
    assert clerk.get("/held/next").url == page_of(world.household_bill)
    assert clerk.get("/held/next?rule=BIL-102").url == f"{page_of(world.bakery_bill)}?rule=BIL-102"
    body = clerk.get(page_of(world.household_bill)).content.decode()
    assert f'href="{page_of(world.bakery_bill)}" data-held="next"' in body
    alone = clerk.get(f"{page_of(world.bakery_bill)}?rule=BIL-102").content.decode()
    assert 'data-held="next"' not in alone
    assert 'data-held="previous"' not in alone


def test_held_bills_of_another_unit_are_not_there(world, stranger):
    partition(world, PartitionState.WAITING, accounts=9)
    run = world.household_bill.run_id
    for page in (
        page_of(world.household_bill),
        f"/billing-runs/{run}",
        f"/billing-runs/{run}/progress",
    ):
        assert stranger.get(page).status_code == 404, page
    assert "Không có hóa đơn nào bị treo" in text_of(stranger.get("/held"))
    assert "Chưa có đợt lập hóa đơn nào" in text_of(stranger.get("/billing-runs"))
    decided = stranger.post(f"{page_of(world.household_bill)}/decide", {"decision": "release"})
    assert decided.status_code == 404
    assert Bill.objects.get(pk=world.household_bill.pk).state == BillState.HELD


# ---- decisions --------------------------------------------------------------------------------


def decide(client, bill, **fields):
    return client.post(f"{page_of(bill)}/decide", fields)


def test_a_release_issues_the_bill_and_opens_the_next(world, clerk):
    answer = decide(clerk, world.household_bill, decision="release", reason="Đã xem ảnh")
    assert answer.url == page_of(world.bakery_bill)
    assert "đã phát hành, số 0000" in text_of(clerk.get(answer.url))
    released = Bill.objects.get(pk=world.household_bill.pk)
    assert released.state == BillState.ISSUED
    assert BillHold.objects.get(bill=released).state == HoldState.RELEASED


def test_a_decision_without_a_reason_stays_on_the_bill(world, clerk):
    answer = decide(clerk, world.household_bill, decision="release", reason=" ")
    assert answer.url == page_of(world.household_bill)
    assert "Thiếu lý do" in text_of(clerk.get(answer.url))
    assert Bill.objects.get(pk=world.household_bill.pk).state == BillState.HELD


def test_a_decision_that_another_took_meanwhile_is_said(world, clerk):
    other = world.person("trang", "clerk", world.district)
    BillHold.objects.filter(bill=world.household_bill).update(
        state=HoldState.RELEASED, decided_by=other, decided_at=AT
    )
    Bill.objects.filter(pk=world.household_bill.pk).update(state=BillState.READY)
    answer = decide(clerk, world.household_bill, decision="release", reason="Đúng")
    assert answer.url == page_of(world.bakery_bill)
    said = f"trang đã quyết định hóa đơn {world.household_bill.pk} trước bạn: Đã duyệt phát hành."
    assert said in text_of(clerk.get(answer.url))
    seen = text_of(clerk.get(page_of(world.household_bill)))
    assert "Không còn treo" in seen
    assert "trang, 03/11/2026 08:05" in seen


def keys_on(client, bill):
    return re.findall(r'data-held-key="(\w)"', client.get(page_of(bill)).content.decode())


def test_buttons_are_those_of_the_signature_the_bill_needs(world, clerk, client):
    assert keys_on(clerk, world.household_bill) == ["r", "d", "e", "x"]
    assert "Đề nghị phát hành" in text_of(clerk.get(page_of(world.bakery_bill)))
    assert keys_on(clerk, world.bakery_bill) == ["r", "d", "x"]
    client.force_login(world.person("boss", "manager", world.root))
    assert keys_on(client, world.bakery_bill) == ["d"]  # a manager checks and never proposes
    assert "Cần trưởng phòng ký" in text_of(client.get(page_of(world.bakery_bill)))


def test_a_bill_above_a_clerk_goes_to_a_proposal_that_the_page_then_shows(world, clerk):
    answer = decide(clerk, world.bakery_bill, decision="propose-release", reason="Đã kiểm tra")
    assert answer.url == page_of(world.household_bill)
    proposal = Proposal.objects.get()
    assert f"Đề nghị {proposal.pk} cho hóa đơn" in text_of(clerk.get(answer.url))
    words = text_of(clerk.get(page_of(world.bakery_bill)))
    assert "clerk đã lập đề nghị lúc" in words
    assert keys_on(clerk, world.bakery_bill) == ["d"]
    shown = text_of(clerk.get(f"/proposals/{proposal.pk}"))
    assert "Trạng thái (thay đổi) Treo chờ kiểm tra Đã phát hành" in shown
    assert "Người ký Trưởng phòng Trưởng phòng" in shown
    page = clerk.get(f"/proposals/{proposal.pk}").content.decode()
    assert f'<a href="/bills/{world.bakery_bill.pk}">' in page  # who signs looks at the bill first


def test_reading_again_keeps_the_bill_in_the_queue_and_says_so(world, clerk):
    decide(clerk, world.household_bill, decision="reread", reason="Chỉ số ghi sai")
    assert "1 đang chờ đọc lại" in text_of(clerk.get("/held"))
    assert keys_on(clerk, world.household_bill) == ["r", "e", "x"]


def test_cancel_and_estimate_open_the_next_bill(world, clerk):
    hold(world.household_bill, "BIL-102", Signer.CLERK)
    cycles_before(world.household_bill, 135, 155, 124)
    answer = decide(clerk, world.household_bill, decision="estimate", reason="Công tơ dừng")
    # (135 + 155 + 124) / 92 x 31 = 139.5 -> 140 kWh
    assert "được tạm tính 140 kWh" in text_of(clerk.get(answer.url))
    BillHold.objects.filter(bill=world.bakery_bill).update(signer=Signer.CLERK)
    last = decide(clerk, world.bakery_bill, decision="cancel", reason="Hợp đồng đã chấm dứt")
    assert last.url == "/held"
    assert "đã hủy" in text_of(clerk.get("/held"))


def test_an_unknown_decision_is_not_found(world, clerk):
    assert decide(clerk, world.household_bill, decision="burn", reason="x").status_code == 404


def test_who_may_only_look_has_no_buttons(world, client):
    client.force_login(world.person("agent", "care_agent", world.district))
    words = text_of(client.get(page_of(world.household_bill)))
    assert "không có quyền quyết định" in words
    assert "data-held-key" not in client.get(page_of(world.household_bill)).content.decode()
    decide(client, world.household_bill, decision="release", reason="x")
    assert Bill.objects.get(pk=world.household_bill.pk).state == BillState.HELD


# ---- before and after -------------------------------------------------------------------------


def test_two_versions_stand_side_by_side(world, manager):
    new = billed_anew(world)
    words = text_of(manager.get(f"/bills/{new.pk}/compare"))
    # 305,230 - 269,244 = 35,986; the third tier loses 14 kWh x 2,380 = 33,320; VAT 22,610 - 19,944
    for part in (
        "Khách hàng được trả lại 35.986 đ",
        "Bậc 3 1279/QĐ-BCT 34 → 20 2.380 80.920 47.600 −33.320",
        "Bậc 1 1279/QĐ-BCT 50 → 50 1.984 99.200 99.200 0",
        "Thuế GTGT 8 % 22.610 19.944 −2.666",
        "Tổng cộng 305.230 269.244 −35.986",
        "Hóa đơn thay thế",
        "134 kWh 120 kWh −14 kWh",
    ):
        assert part in words, part
    Bill.objects.filter(pk=world.household_bill.pk).update(invoice_no=None)
    never = text_of(manager.get(f"/bills/{new.pk}/compare"))
    assert "Bản trước chưa phát hành; bản sau chênh −35.986 đ" in never
    same = text_of(manager.get(f"/bills/{world.household_bill.pk}/compare"))
    assert "Tổng cộng 305.230 269.244" in same
    page = manager.get(f"/bills/{new.pk}").content.decode()
    assert f"/bills/{new.pk}/compare?with={world.household_bill.pk}" in page


def test_a_comparison_needs_two_bills_of_one_agreement(world, manager):
    new = billed_anew(world)
    for page in (
        f"/bills/{world.bakery_bill.pk}/compare",
        f"/bills/{new.pk}/compare?with={world.bakery_bill.pk}",
        f"/bills/{new.pk}/compare?with={new.pk}",
        f"/bills/{new.pk}/compare?with=x",
        "/bills/999999/compare",
    ):
        assert manager.get(page).status_code == 404, page


def test_a_comparison_of_another_unit_is_not_there(world, stranger):
    new = billed_anew(world)
    assert stranger.get(f"/bills/{new.pk}/compare").status_code == 404


# ---- rules ------------------------------------------------------------------------------------


@pytest.fixture
def rules(world):
    sync_hold_rules(at=AT)
    return world


FORM = {
    "valid_from": "01/01/2027",
    "enabled": "on",
    "limit_periods": "3",
    "limit_energy_wh": "200",
    "step_0": "5",
    "signer_0": "1",
    "step_1": "10",
    "signer_1": "4",
    "month": "2026-10",
}


def test_the_list_shows_limits_ladders_and_certainty(rules, clerk):
    words = text_of(clerk.get("/hold-rules"))
    assert "Ít nhất kWh trong kỳ: 100 từ 3 lần : Đội trưởng từ 4 lần : Trưởng phòng" in words
    assert "Từ số hộ: 2" in words  # eight quarters in the books
    assert "từ 20.000.000 đ : Đội trưởng" in words
    assert "suy luận" in words


def test_a_dry_run_counts_what_the_limits_would_hold(rules):
    # The bakery's 48,387 Wh a day against a mean of 11,000 is 4.39 times: held from 3, not from 5.
    units = [rules.district.pk]
    found = dry_run(
        GateRule("BIL-102", "", {"periods": 3, "energy_wh": 100_000}, ((3, 1), (4, 2))),
        OCTOBER,
        units,
    )
    assert (found.bills, found.all, found.hits) == (2, 2, 1)
    assert found.by_signer == [(Signer.HEAD, 1)]
    assert found.gross_vnd == 5_701_733
    assert [hit.bill.pk for hit in found.sample] == [rules.bakery_bill.pk]
    assert found.sample[0].observed == "48,3 kWh/ngày (4,3 lần)"
    milder = GateRule("BIL-102", "", {"periods": 3, "energy_wh": 100_000}, ((5, 1),))
    assert dry_run(milder, OCTOBER, units).hits == 0
    assert dry_run(milder, OCTOBER, [rules.other.pk]).bills == 0


def test_a_dry_run_page_sets_both_limits_side_by_side(rules, clerk):
    words = text_of(clerk.post("/hold-rules/BIL-102/try", FORM))
    assert "Trên 2 hóa đơn của tháng 10/2026" in words
    assert "Ngưỡng hiện tại 1 50,00 % 5.701.733" in words
    assert "Ngưỡng đang nhập 0 0,00 % 0" in words
    assert BillHold.objects.count() == 2  # nothing is written
    wrong = text_of(clerk.post("/hold-rules/BIL-102/try", {**FORM, "step_1": "4"}))
    assert "ngưỡng phải tăng dần" in wrong


def test_a_change_of_a_rule_takes_two_people(rules, client):
    maker = rules.person("maker", "accountant", rules.root)
    checker = rules.person("checker", "manager", rules.root)
    client.force_login(maker)
    made = client.post("/hold-rules/BIL-102", {**FORM, "reason": "Hàng đợi quá dài"})
    proposal = Proposal.objects.get()
    assert made.url == f"/proposals/{proposal.pk}"
    shown = text_of(client.get(made.url))
    assert "Ít nhất số kỳ đã biết: 3; Ít nhất kWh trong kỳ: 200" in shown
    assert "5: Đội trưởng; 10: Giám đốc" in shown
    assert '<a href="/hold-rules/BIL-102">' in client.get(made.url).content.decode()
    assert "chờ duyệt thay đổi" in text_of(client.get("/hold-rules"))
    approve(proposal.pk, user=checker, at=AT)
    old, new = HoldRule.objects.filter(rule="BIL-102").order_by("valid_from")
    assert old.valid_to == new.valid_from == date(2027, 1, 1)
    assert new.limits == {"periods": 3, "energy_wh": 200_000, "ladder": [[5, 1], [10, 4]]}
    in_force = {one.rule: one.ladder for one in rules_on(date(2027, 2, 1))}
    assert in_force["BIL-102"] == ((5, 1), (10, 4))
    before = {one.rule: one.ladder for one in rules_on(date(2026, 12, 31))}
    assert before["BIL-102"][0] == (3, 1)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"valid_from": "01/06/2014"}, "cần sau 01/06/2014"),
        ({"valid_from": "2027"}, "cần ngày như 01/12/2026"),
        ({"limit_periods": "ba"}, "cần một số như 134"),
        ({"limit_periods": "2,5"}, "cần số nguyên không âm"),
        ({"step_0": "", "step_1": ""}, "nhận 0 bậc"),
        ({"signer_1": "9"}, "ngưỡng là số nguyên và người ký"),
        ({"signer_0": "4", "signer_1": "1"}, "người ký không thấp đi"),
        ({"reason": ""}, "Thiếu lý do"),
    ],
)
def test_a_wrong_change_is_refused_with_what_was_typed_kept(rules, client, change, sentence):
    client.force_login(rules.person("maker", "accountant", rules.root))
    answer = client.post("/hold-rules/BIL-102", {**FORM, "reason": "Vì thế", **change})
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert (
        'name="limit_energy_wh" inputmode="decimal" maxlength="20" value="200"'
        in answer.content.decode()
    )
    assert not Proposal.objects.exists()


def test_a_rule_of_one_group_has_its_own_page(rules, clerk):
    assert "50.000.000 đ" in text_of(clerk.get("/hold-rules/BIL-201?group=residential"))
    assert clerk.get("/hold-rules/BIL-201?group=production").status_code == 404
    assert clerk.get("/hold-rules/BIL-999").status_code == 404


# ---- every page -------------------------------------------------------------------------------


def all_pages(world):
    new = billed_anew(world)
    run = world.bakery_bill.run_id
    return {
        "/billing-runs": 5,
        f"/billing-runs/{run}": 10,
        "/held": 9,
        page_of(world.bakery_bill): 26,
        f"/bills/{new.pk}/compare": 4,
        "/hold-rules": 3,
        "/hold-rules/BIL-102": 5,
    }


def test_billing_pages_cost_a_bounded_number_of_queries(
    rules, manager, django_assert_max_num_queries
):
    for _number in range(5):  # more rows, not more queries
        partition(rules, PartitionState.WAITING, accounts=1)
    frame = 8  # session, user, grants and roots twice, units, language
    for page, limit in all_pages(rules).items():
        with django_assert_max_num_queries(frame + limit):
            assert manager.get(page).status_code == 200, page


def test_billing_pages_carry_no_code_and_no_foreign_host(rules, manager):
    for page in all_pages(rules):
        body = manager.get(page).content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", body), page
        assert not re.search(r"\son\w+=|\sstyle=|<style|(src|href)=\"(https?:)?//", body), page


def test_billing_pages_ask_for_sign_in(rules, client):
    for page in all_pages(rules):
        assert client.get(page).status_code == 302, page
