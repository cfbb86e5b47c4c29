"""Pages of the head end: what answers by unit, devices, campaigns; rights; no secret anywhere."""

import html
import re
from datetime import timedelta

import pytest

from congto.headend.dlms.faults import Fault
from congto.interfaces.console.fault_words import FAULT_WORDS
from congto.office.campaigns.models import Plan, Task
from congto.office.commands.findings import keep_finding
from congto.office.control.models import AuditEntry, FindingRecord
from congto.office.intake.models import Delivery
from congto.office.meterdata.models import DayCompleteness
from congto.vocabulary.periods import LOCAL_ZONE
from world_console import make_world
from world_headend import (
    SECRET,
    campaign,
    concentrator,
    device,
    now,
    order,
    plan,
    secret,
    session,
    task,
)


@pytest.fixture
def world(db, tmp_path, settings):
    settings.DATA = tmp_path
    return make_world()


@pytest.fixture
def clerk(world, client):
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


@pytest.fixture
def stranger(world, client):
    """Return who works in another district."""
    client.force_login(world.person("other", "clerk", world.other))
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def ago(**span):
    return now() - timedelta(**span)


# ---- overview ----------------------------------------------------------------------------------


def test_the_overview_counts_devices_and_sessions_of_each_unit(world, clerk):
    seen = device(world, last_seen_at=now())
    old = device(world, "SIM0000000003", last_seen_at=ago(days=4), failures=2)
    secret(seen, upcoming=2_000_000_000)
    session(seen)
    session(old, outcome="failed", fault="no-answer", sentence="no answer in 30 seconds")
    words = text_of(clerk.get("/headend"))
    assert "Thiết bị đang đọc 2 trong 2 thiết bị" in words
    assert "Đọc được hôm nay 1" in words
    assert "Im lặng quá 3 ngày 1" in words
    assert "Bộ đếm khóa sắp hết 1" in words
    assert "Phiên hôm nay 2" in words
    assert "Phiên lỗi hôm nay 1" in words
    assert "không trả lời 1" in words
    assert "Điện lực Hoa Mai 2 2 1 – – – 1 1 2 1" in words


def test_the_overview_shows_yesterday_at_seven_and_now(world, clerk):
    device(world)
    day = now().astimezone(LOCAL_ZONE).date() - timedelta(days=1)
    # 10 points of 48 half-hours: 360 of 480 at seven, 475 now
    DayCompleteness.objects.create(
        unit=world.district, local_day=day, points=10, early=360, present=475, counted_at=ago()
    )
    answer = clerk.get("/headend")
    assert "75,0 % 98,9 % –" in text_of(answer)
    assert '<li class="most">' in answer.content.decode()


def test_every_figure_of_the_overview_leads_to_its_rows(world, clerk):
    gone = device(world, last_seen_at=ago(days=4))
    secret(gone, upcoming=2_000_000_000)
    session(gone, outcome="failed", fault="no-answer")
    body = clerk.get("/headend").content.decode()
    links = {html.unescape(one) for one in re.findall(r'href="(/headend/[^"]*)"', body)}
    assert "/headend/devices?watch=silent" in links
    assert len(links) > 15
    for link in links:
        answer = clerk.get(link)
        assert answer.status_code == 200, link
        assert "cần" not in text_of(answer).split("Bộ lọc")[0][-200:], link
    assert "SIM0000000001" in text_of(clerk.get("/headend/devices?watch=silent"))
    assert "SIM0000000001" in text_of(clerk.get("/headend/devices?watch=counter"))
    assert "SIM0000000001" not in text_of(clerk.get("/headend/devices?watch=seen_today"))


def test_a_device_never_seen_is_silent_only_after_three_days(world, clerk):
    device(world, added_at=ago(days=1))
    device(world, "SIM0000000003", added_at=ago(days=5))
    words = text_of(clerk.get("/headend/devices?watch=silent"))
    assert "SIM0000000003" in words
    assert "SIM0000000001" not in words


def test_without_devices_the_overview_says_how_to_begin(world, clerk):
    assert "congto devices import" in text_of(clerk.get("/headend"))


# ---- devices -----------------------------------------------------------------------------------


def test_a_device_shows_what_the_books_have_of_it(world, clerk):
    one = device(
        world,
        path="concentrator",
        concentrator=concentrator(world),
        failures=3,
        last_fault="authentication-tag-wrong",
        clock_drift_s=-42,
    )
    secret(one, upcoming=1234)
    secret(one, phase="pending")
    made = session(one, outcome="partial", fault="no-answer", half_hours=44)
    words = text_of(clerk.get("/headend/devices/SIM0000000001"))
    for expected in (
        "PB00010000001001",
        "Nguyễn Thị Đào",
        "qua bộ tập trung DCU01",
        "sai mã xác thực (khóa không khớp) 3 phiên lỗi liên tiếp",
        "−42 s",
        "khóa mã hóa (GUEK) đang dùng",
        "1.234",
        "mới, chưa chứng minh",
        f"{made.pk} ",
        "một phần 44 không trả lời",
    ):
        assert expected in words, expected


def test_no_page_of_the_head_end_shows_a_secret(world, clerk):
    one = device(world)
    secret(one)
    made = campaign(world, plan(world))
    task(one, made)
    session(one)
    forms = (SECRET.hex(), SECRET.hex().upper(), SECRET.decode("latin-1"), repr(SECRET)[2:-1])
    for page in all_pages(made):
        body = clerk.get(page).content.decode()
        assert not [form for form in forms if form in body], page


def all_pages(made):
    lists = ("devices", "concentrators", "sessions", "campaigns", "tasks", "orders", "commands")
    return [
        "/headend",
        *(f"/headend/{one}" for one in lists),
        "/headend/plans",
        "/headend/plans/LP-DAY",
        f"/headend/campaigns/{made.pk}",
        "/headend/devices/SIM0000000001",
    ]


def test_devices_are_found_by_their_point(world, clerk):
    device(world)
    device(world, "SIM0000000003")
    words = text_of(clerk.get("/headend/devices?point=pb00010000001"))
    assert "SIM0000000001 PB00010000001001" in words
    assert "SIM0000000003" not in words


def test_another_district_sees_nothing(world, stranger):
    one = device(world)
    made = campaign(world)
    task(one, made)
    session(one, outcome="failed", fault="no-answer")
    assert "Chưa có thiết bị đo xa nào" in text_of(stranger.get("/headend"))
    for page in ("devices", "sessions", "campaigns", "tasks"):
        assert "Không có dòng nào" in text_of(stranger.get(f"/headend/{page}")), page
    hidden = ("devices/SIM0000000001", f"campaigns/{made.pk}", f"campaigns/{made.pk}/progress")
    for page in hidden:
        assert stranger.get(f"/headend/{page}").status_code == 404, page


def test_nobody_sees_the_head_end_without_a_grant(world, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody"))
    assert client.get("/headend").status_code == 403


# ---- campaigns ---------------------------------------------------------------------------------


def test_a_campaign_shows_states_faults_and_the_curve(world, clerk):
    one = device(world)
    made = campaign(world, total=4)
    for minutes in (5, 3):
        task(one, made, state="done", ended_at=ago(minutes=minutes))
    task(one, made, state="failed", fault="authentication-tag-wrong")
    task(one, made)
    answer = clerk.get(f"/headend/campaigns/{made.pk}")
    words = text_of(answer)
    assert "50,0 % 2 / 4 việc đã xong" in words
    assert "sai mã xác thực (khóa không khớp) 1" in words
    assert 'hx-trigger="every 3s"' in answer.content.decode()
    assert re.search(
        r"<td>\d\d:\d\d \d\d/\d\d</td><td class=\"num\">2</td>", answer.content.decode()
    )


def test_a_campaign_that_has_ended_asks_no_more(world, clerk):
    made = campaign(world, state="closed", total=1)
    task(device(world), made, state="done", ended_at=ago(minutes=1))
    body = clerk.get(f"/headend/campaigns/{made.pk}/progress").content.decode()
    assert "100,0" in body
    assert "hx-trigger" not in body


def test_a_plan_says_when_it_reads(world, clerk):
    plan(world)
    words = text_of(clerk.get("/headend/plans"))
    assert "Đọc biểu đồ hằng ngày LP-DAY biểu đồ phụ tải Điện lực Hoa Mai" in words
    assert "04:00, 12:00 +180 phút" in words


FORM = {
    "name": "Đọc bù buổi trưa",
    "kinds": ["half_hours", "events"],
    "profiles": [],
    "path": "direct",
    "begins": "04:00, 12:00",
    "window_minutes": "240",
    "priority": "20",
    "attempts_max": "2",
    "answers_max": "3",
    "enabled": "on",
    "reason": "Trạm sóng quá tải buổi sáng",
}


@pytest.fixture
def manager(world, client):
    client.force_login(world.person("manager", "manager", world.root))
    return client


def test_a_plan_is_changed_with_a_reason_and_written_down(world, manager):
    made = plan(world)
    assert manager.post("/headend/plans/LP-DAY", FORM).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.kinds, made.path) == (FORM["name"], ["half_hours", "events"], "direct")
    assert (made.begins, made.window_minutes, made.priority) == ([240, 720], 240, 20)
    entry = AuditEntry.objects.get(operation="plan.change")
    assert (entry.subject, entry.reason) == ("LP-DAY", FORM["reason"])
    assert (entry.before["window_minutes"], entry.after["window_minutes"]) == (180, 240)
    assert "plan.change" in text_of(manager.get("/headend/plans/LP-DAY"))


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("reason", "  ", "Thiếu lý do"),
        ("begins", "12:00, 04:00", "tăng dần"),
        ("begins", "24:00", "nhận “24:00”, cần giờ:phút"),
        ("begins", "", "cần giờ:phút"),
        ("window_minutes", "481", "cần số nguyên từ 1 đến 480"),  # 04:00 to 12:00
        ("window_minutes", "hai", "cần một số nguyên"),
        ("kinds", ["command"], "Đọc: nhận “command”"),
        ("kinds", [], "ít nhất một mục"),
        ("priority", "0", "Ưu tiên"),
        ("attempts_max", "11", "từ 1 đến 10"),
        ("answers_max", "0", "từ 1 đến 10"),
        ("path", "radio", "Đường đọc"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(world, manager, field, typed, told):
    made = plan(world)
    answer = manager.post("/headend/plans/LP-DAY", {**FORM, field: typed})
    assert answer.status_code == 400
    assert told in text_of(answer)
    assert 'value="Đọc bù buổi trưa"' in answer.content.decode()  # what was typed is still there
    before = made.name
    made.refresh_from_db()
    assert made.name == before


def test_a_clerk_reads_plans_and_does_not_change_them(world, clerk):
    plan(world)
    assert "Đổi kế hoạch cần quyền" in text_of(clerk.get("/headend/plans/LP-DAY"))
    assert "không có quyền" in text_of(clerk.post("/headend/plans/LP-DAY", FORM))


NEW = FORM | {"code": "gap-4", "unit": "PB0001", "reason": "Đọc thêm buổi chiều"}


def test_a_plan_is_made_on_the_console_and_opens_its_windows(world, manager):
    assert 'name="code"' in manager.get("/headend/new-plan").content.decode()
    unit = world.district.code
    answer = manager.post("/headend/new-plan", NEW | {"unit": unit})
    assert (answer.status_code, answer["Location"]) == (302, "/headend/plans/gap-4")
    made = Plan.objects.get(code="gap-4")
    assert (made.unit, made.begins, made.window_minutes) == (world.district, [240, 720], 240)
    assert (made.kinds, made.path, made.enabled) == (["half_hours", "events"], "direct", True)
    entry = AuditEntry.objects.get(operation="plan.add")
    assert (entry.subject, entry.unit, entry.reason) == ("gap-4", world.district, NEW["reason"])
    again = manager.post("/headend/new-plan", NEW | {"unit": unit})
    assert again.status_code == 400
    assert "Mã kế hoạch gap-4 đã dùng" in text_of(again)
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("code", "", "Mã: nhận “”"),
        ("code", "đọc bù", "cần 1 đến 40 chữ không dấu"),
        ("code", "../x", "Mã: nhận “../x”"),
        ("unit", "ZZ", "Đơn vị: nhận “ZZ”"),
        ("begins", "4 giờ", "cần giờ:phút"),
        ("reason", "", "Thiếu lý do"),
    ],
)
def test_a_new_plan_that_cannot_be_is_refused_in_one_sentence(world, manager, field, typed, told):
    answer = manager.post("/headend/new-plan", NEW | {"unit": world.district.code, field: typed})
    assert answer.status_code == 400
    assert told in text_of(answer)
    assert 'value="Đọc bù buổi trưa"' in answer.content.decode()  # what was typed is still there
    assert not Plan.objects.exists()


def test_a_plan_is_removed_only_while_no_campaign_was_read_by_it(world, manager):
    unused, used = plan(world, "unused"), plan(world, "used")
    campaign(world, used)
    assert "Xóa kế hoạch" not in text_of(manager.get("/headend/plans/used"))
    why = {"reason": "Lập nhầm"}
    kept = manager.post("/headend/plans/used/remove", why, follow=True)
    assert "đã mở đợt đọc nên giữ lại trong sổ" in text_of(kept)
    assert "Thiếu lý do" in text_of(manager.post("/headend/plans/unused/remove", follow=True))
    gone = manager.post("/headend/plans/unused/remove", why, follow=True)
    assert "Đã xóa kế hoạch đọc unused." in text_of(gone)
    assert list(Plan.objects.all()) == [used]
    entry = AuditEntry.objects.get(operation="plan.remove")
    assert (entry.subject, entry.before["name"]) == ("unused", unused.name)


def test_a_clerk_neither_makes_nor_removes_plans(world, clerk):
    plan(world)
    assert "Lập kế hoạch" not in text_of(clerk.get("/headend/plans"))
    assert clerk.get("/headend/new-plan").status_code == 403
    assert clerk.post("/headend/new-plan", NEW).status_code == 403
    told = clerk.post("/headend/plans/LP-DAY/remove", {"reason": "Lập nhầm"}, follow=True)
    assert "không có quyền" in text_of(told)
    assert Plan.objects.count() == 1


# ---- from one page to another ------------------------------------------------------------------


def test_a_session_leads_to_its_delivery_and_back(world, manager, client):
    brought = Delivery.objects.create(
        source="hes-congto", delivery_id="1", name="1.parquet", sha256="",
        format="concentrator:congto-wide",
        size_bytes=1, way="meter", received_at=now(), changed_at=now(), state="loaded",
    )  # fmt: skip
    made = session(device(world), delivery=brought, half_hours=44)
    session(device(world, "SIM0000000003"))
    address = f"/deliveries/{brought.pk}"
    assert f'href="{address}"' in manager.get(f"/headend/sessions/{made.pk}").content.decode()
    body = manager.get(address).content.decode()
    assert f'href="/headend/sessions?delivery={brought.pk}"' in body
    rows = text_of(manager.get(f"/headend/sessions?delivery={brought.pk}"))
    assert "SIM0000000001" in rows
    assert "SIM0000000003" not in rows
    client.force_login(world.person("clerk3", "clerk", world.district))
    body = client.get(f"/headend/sessions/{made.pk}").content.decode()
    assert "1.parquet" in body
    assert f'href="{address}"' not in body  # a delivery is of everybody


def test_a_finding_about_a_command_leads_to_its_order(world, manager):
    maker = world.person("dispatcher", "dispatcher", world.root)
    made = order(world, maker, [device(world)])
    command = made.commands.get()
    command.message = "no-answer: no answer in 9 seconds; expected an answer."
    keep_finding(command, at=now(), rule="CMD-001")
    answer = manager.get(f"/findings/{FindingRecord.objects.get().pk}")
    assert f'href="/headend/orders/{made.pk}"' in answer.content.decode()
    words = text_of(answer)
    assert "chờ duyệt. không trả lời trong 9 giây; cần một trả lời." in words
    assert "no answer" not in words


def test_sentences_of_a_session_come_in_the_language_of_the_screen(world, clerk):
    one = device(world)
    made = session(
        one,
        outcome="failed",
        fault="no-answer",
        sentence="no-answer: no answer in 9 seconds; expected an answer.",
    )
    pages = (f"/headend/sessions/{made.pk}", "/headend/sessions", "/headend/devices/SIM0000000001")
    for page in pages:
        assert "không trả lời trong 9 giây; cần một trả lời." in text_of(clerk.get(page)), page
    clerk.post("/language", {"language": "en", "next": "/"})
    for page in pages:
        assert "no answer in 9 seconds; expected an answer." in text_of(clerk.get(page)), page


# ---- words and costs ---------------------------------------------------------------------------


def test_every_fault_of_the_protocol_has_words():
    assert set(Fault) <= set(FAULT_WORDS)


def test_a_page_costs_a_bounded_number_of_queries(world, clerk, django_assert_max_num_queries):
    one = device(world)
    made = campaign(world, plan(world))
    for number in range(8):  # more rows, not more queries
        session(one, outcome="failed", fault="no-answer")
        task(one, made, state="failed", fault="no-answer")
        secret(one, phase="former")
        plan(world, f"P{number}")
    assert Task.objects.count() == 8
    frame = 6  # session, user, grants, roots, units, language
    limits = {
        "/headend": frame + 8,
        "/headend/devices/SIM0000000001": frame + 13,
        "/headend/plans": frame + 4,
        "/headend/plans/LP-DAY": frame + 6,
        f"/headend/campaigns/{made.pk}": frame + 4,
    }
    for page, limit in limits.items():
        with django_assert_max_num_queries(limit):
            assert clerk.get(page).status_code == 200, page
