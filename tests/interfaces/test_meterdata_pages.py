"""Pages of meter data: a point by year, month and day, exceptions, completeness, the rule book.

Half-hours made by hand: every half-hour of a day the same, so that sums can be told at a glance.
"""

import html
import re
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from congto.interfaces.console.templatetags.meterdata import METHOD_NAMES, RULE_NAMES
from congto.interfaces.console.views import day_edit
from congto.interfaces.jobs import completeness as job
from congto.office.control.models import Job, Proposal
from congto.office.control.operations import approve
from congto.office.meterdata.models import (
    DayCompleteness,
    DayEdit,
    DayFinding,
    MeterEvent,
    RereadOrder,
)
from congto.office.meterdata.rule_book import latest
from congto.office.meterdata.rule_book_changes import LIMITS
from congto.office.meters.models import Meter, MeterInstallation, UsagePoint
from congto.office.storage import intervals
from congto.office.storage.interval_tables import VALIDATED, rows_of
from congto.reference.interval_rules import load_interval_rules
from congto.vocabulary.intervals import ABSENT, Channel, Method, reason_bit
from world_console import AT, finding, make_world

DAY = date(2026, 10, 7)
KNOWN = datetime(2026, 10, 8, 0, 0, tzinfo=UTC)  # 07:00 in Viet Nam


@pytest.fixture
def world(db, tmp_path, settings):
    settings.DATA = tmp_path
    Meter.objects.update(remote=True)
    made = make_world()
    Meter.objects.update(remote=True)
    return made


@pytest.fixture
def clerk(world, client):
    client.force_login(world.person("clerk", "clerk", world.district))
    return client


@pytest.fixture
def manager(world, client):
    client.force_login(world.person("manager", "manager", world.root))
    return client


def text_of(answer):
    """Return the page's words without markup, every blank one space."""
    body = re.sub(r"<script.*?</script>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


def point(number=1):
    return UsagePoint.objects.get(code=f"PB0001000000{number}001")


def deliver(values, day=DAY, *, number=1, at=KNOWN):
    rows = {
        "usage_point": [point(number).pk],
        "channel": [int(Channel.ACTIVE_IMPORT)],
        "local_day": [day],
        "values": [values],
    }
    intervals.append(pl.DataFrame(rows, schema_overrides={"channel": pl.Int8}), at=at)


def validate(values, *, methods=None, reasons=None, quality=7, version=1):
    """Write a validated day as a run of the day writes it."""
    row = {
        "usage_point": point().pk,
        "channel": int(Channel.ACTIVE_IMPORT),
        "local_day": DAY,
        "values": values,
        "qualities": None,
        "methods": methods,
        "reasons": reasons,
        "quality": quality,
        "day_wh": sum(values),
        "raw_version": 1,
        "version": version,
        "known_at": KNOWN + timedelta(hours=version),
    }
    frame = pl.DataFrame([row], schema=VALIDATED.frame.columns)
    VALIDATED.commit([VALIDATED.write(DAY, rows_of(frame, VALIDATED))], at=KNOWN)


def page(code, **query):
    words = "&".join(f"{key}={value}" for key, value in query.items())
    return f"/meterdata/points/{code}?{words}"


# ---- a point ----------------------------------------------------------------------------------


def test_a_month_shows_its_days_and_what_is_missing(world, clerk):
    deliver([500] * 48)  # 24 kWh
    deliver([1000] * 40 + [None] * 8, DAY + timedelta(days=1))  # 40 kWh, 8 half-hours missing
    answer = clerk.get(page(point().code, zoom="month", day="2026-10-15"))
    words = text_of(answer)
    assert "64 kWh · có số liệu 88 / 1.488 nửa giờ" in words
    assert "07/10 24 100,0 % 0,0 %" in words
    assert "08/10 40 83,3 % 0,0 %" in words
    assert "09/10 – 0,0 % 0,0 %" in words
    assert "zoom=day\\u0026day=2026-10-07" in answer.content.decode()


def test_a_year_adds_its_months_up(world, clerk):
    deliver([500] * 48)
    deliver([250] * 48, date(2026, 3, 1))
    words = text_of(clerk.get(page(point().code, zoom="year", day="2026-10-15")))
    assert "36 kWh · có số liệu 96 / 17.520 nửa giờ" in words
    assert "10/26 24 3,2 %" in words  # 48 of 31 x 48
    assert "03/26 12 3,2 %" in words


def test_nothing_known_is_not_zero(world, clerk):
    words = text_of(clerk.get(page(point().code, zoom="month", day="2026-10-15")))
    assert "Không có nửa giờ nào." in words
    assert "Không có số liệu nửa giờ trong khoảng này." in words


def test_a_day_stands_in_its_versions_side_by_side(world, clerk):
    deliver([500] * 40 + [None] * 8)
    estimated = [0] * 40 + [int(Method.LINEAR)] * 8
    reasons = [0] * 40 + [reason_bit("V-04")] * 8
    validate([500] * 40 + [600] * 8, methods=estimated, reasons=reasons, quality=3)
    words = text_of(clerk.get(page(point().code, zoom="day", day=DAY)))
    assert "giao lần 1" in words
    assert "kiểm lần 1" in words
    assert "20:00 – 0,6 ước lượng nội suy V-04" in words  # 40 x 30 minutes: 20:00
    assert "19:30 0,5 0,5" in words


def test_any_two_versions_can_be_compared(world, clerk):
    deliver([500] * 48)
    validate([500] * 48)
    validate([700] * 48, version=2)
    answer = clerk.get(page(point().code, zoom="day", day=DAY, left="v1", right="v2"))
    assert "00:00 0,5 0,7" in text_of(answer)
    assert '<option value="v1" selected>' in answer.content.decode()


def test_a_month_counts_estimated_half_hours(world, clerk):
    validate([500] * 48, methods=[0] * 46 + [int(Method.LINEAR)] * 2, quality=3)
    words = text_of(clerk.get(page(point().code, zoom="month", day=DAY)))
    assert "2 ước lượng" in words
    assert "07/10 24 100,0 % 4,1 %" in words  # 2 of 48: 4.16 %, cut


def posted(clerk, code, **fields):
    form = {"day": DAY.isoformat(), "channel": "A+", "from": "12", "reason": "đọc nhầm", **fields}
    return clerk.post(f"/meterdata/points/{code}/edit", form, follow=True)


def test_values_of_a_day_are_edited_beside_the_old_ones(world, clerk, monkeypatch):
    derived = []
    monkeypatch.setattr(
        day_edit.vee_late, "run_late", lambda _rules, **words: derived.append(words["points"])
    )
    deliver([500] * 48)
    validate([500] * 48)
    code = point().code
    assert "Sửa giá trị của ngày" in text_of(clerk.get(page(code, zoom="day", day=DAY)))
    assert "Đã ghi và tính lại ngày" in text_of(posted(clerk, code, values="0,436 0,75"))
    assert derived == [[point().pk]]
    edit = DayEdit.objects.get()
    assert [edit.values[at] for at in (11, 12, 13, 14)] == [None, 436, 750, None]
    assert edit.before == [500] * 48


def test_a_large_edit_goes_to_a_second_person(world, clerk):
    deliver([500] * 48)
    validate([500] * 48)
    told = text_of(posted(clerk, point().code, values="20"))
    assert "đã gửi người thứ hai duyệt" in told
    assert not DayEdit.objects.exists()
    assert Proposal.objects.get().kind == "interval_edit"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"values": ""}, "Có 0 giá trị, cần từ 1 đến 36 giá trị"),
        ({"values": "1 1", "from": "47"}, "Có 2 giá trị, cần từ 1 đến 1 giá trị"),
        ({"values": "abc"}, "abc"),
        ({"values": "0,6", "reason": " "}, "Thiếu lý do"),
    ],
)
def test_an_edit_that_cannot_be_says_why(world, clerk, fields, sentence):
    deliver([500] * 48)
    validate([500] * 48)
    assert sentence in text_of(posted(clerk, point().code, **fields))
    assert not DayEdit.objects.exists()


def test_events_stand_in_their_span(world, clerk):
    at = datetime(2026, 10, 7, 3, 12, tzinfo=UTC)
    event = {"usage_point": point(), "source": "HES", "known_at": AT}
    MeterEvent.objects.create(kind="cover_open", began_at=at, **event)
    MeterEvent.objects.create(
        kind="power_down", began_at=at - timedelta(days=1), ended_at=at, **event
    )
    words = text_of(clerk.get(page(point().code, zoom="day", day=DAY)))
    assert "07/10/2026 10:12 Mở nắp" in words
    assert "06/10/2026 10:12 Mất điện → 07/10/2026 10:12" in words  # it lasted into the day
    assert "không báo sự kiện nào" in text_of(
        clerk.get(page(point().code, zoom="day", day="2026-10-09"))
    )
    more = {"began_at": at, **event}
    MeterEvent.objects.create(kind="power_up", **more)  # stands beside its begin
    MeterEvent.objects.create(kind="other", code="3.21.38.223", **more)
    MeterEvent.objects.create(kind="clock_set", seconds=-1200, **more)
    MeterEvent.objects.create(kind="relay_open", **event, began_at=at - timedelta(days=90))
    held = MeterInstallation.objects.get(usage_point=point(), valid_to=None)
    held.valid_to = DAY
    held.save()
    new = Meter.objects.create(**{**meter_fields(held.meter), "serial": "MỚI-1"})
    MeterInstallation.objects.create(usage_point=point(), meter=new, valid_from=DAY)
    answer = clerk.get(page(point().code, zoom="month", day=DAY))
    words = text_of(answer)
    assert f"07/10/2026 Thay công tơ {held.meter.serial} → MỚI-1" in words
    assert "Chỉnh đồng hồ lùi 1.200 giây" in words
    assert "Sự kiện khác 3.21.38.223" in words
    assert "Rơ-le cắt → chưa rõ lúc kết thúc" in words  # since July, and nobody closed it
    assert "Có điện lại" not in words
    assert f'href="{page(point().code, zoom="day", day=DAY)}"' in html.unescape(
        answer.content.decode()
    )
    only = text_of(clerk.get(page(point().code, zoom="month", day=DAY, event="cover_open")))
    assert "10:12 Mở nắp công tơ → chưa rõ lúc kết thúc" in only
    assert "→ MỚI-1" not in only


def meter_fields(meter):
    return {
        field.attname: getattr(meter, field.attname)
        for field in Meter._meta.fields
        if field.attname not in {"id", "serial"}
    }


def test_a_point_of_another_unit_is_no_page(world, client):
    client.force_login(world.person("stranger", "clerk", world.other))
    assert client.get(page(point().code)).status_code == 404


@pytest.mark.parametrize("query", [{"zoom": "week"}, {"channel": "X"}, {"event": "X"}])
def test_a_wrong_address_is_no_page(world, clerk, query):
    assert clerk.get(page(point().code, **query)).status_code == 404


# ---- exceptions -------------------------------------------------------------------------------


def exception(rule="V-09", action="suspect", number=1, day=DAY, first=12, **figures):
    return DayFinding.objects.create(
        rule=rule, action=action, usage_point=point(number), channel=1, local_day=day, first=first,
        last=13, found_at=AT, **{"observed": 5_200, "expected": 1_800, **figures},
    )  # fmt: skip


def test_exceptions_are_counted_by_rule(world, clerk):
    exception()
    exception(number=3)
    exception(rule="V-04", action="reject", day=DAY - timedelta(days=3))
    finding(world, point().code)
    words = text_of(clerk.get("/meterdata"))
    assert "Ngoại lệ số liệu đo 3" in words
    assert "Thiếu nửa giờ V-04 loại, ước lượng lại 1 1 04/10/2026" in words
    assert "Đột biến trong ngày V-09 dùng, nghi ngờ 2 2 07/10/2026" in words
    assert "Thiếu chỉ số RDG-001 Cảnh báo 1" in words


def test_an_exception_says_what_was_seen_and_shows_the_day(world, clerk):
    deliver([500] * 12 + [5200] * 2 + [500] * 34)
    one = exception()
    answer = clerk.get(f"/meterdata/exceptions/{one.pk}")
    assert "06:00-07:00: giá trị 5,2 kWh cao đột biến" in text_of(answer)
    assert 'id="chart-day"' in answer.content.decode()


def test_the_newest_day_comes_first_and_a_decision_opens_the_next(world, clerk):
    old = exception(day=DAY - timedelta(days=1))
    new = exception()
    assert clerk.get("/meterdata/exceptions/next").url == f"/meterdata/exceptions/{new.pk}"
    decide = {"decision": "close", "reason": "Khách hàng xác nhận"}
    answer = clerk.post(f"/meterdata/exceptions/{new.pk}/decide", decide)
    assert answer.url == f"/meterdata/exceptions/{old.pk}"
    new.refresh_from_db()
    assert new.state == "closed"
    assert "đã được xử lý" in text_of(
        clerk.post(f"/meterdata/exceptions/{new.pk}/decide", decide, follow=True)
    )


def test_an_exception_needs_a_reason(world, clerk):
    one = exception()
    said = clerk.post(
        f"/meterdata/exceptions/{one.pk}/decide", {"decision": "close", "reason": " "}, follow=True
    )
    assert "Thiếu lý do" in text_of(said)
    one.refresh_from_db()
    assert one.state == "open"


def test_an_exception_sends_the_reader_on_the_next_reading_day(world, clerk):
    one = exception()
    clerk.post(f"/meterdata/exceptions/{one.pk}/decide", {"decision": "reread", "reason": "đi xem"})
    order = RereadOrder.objects.get()
    assert (order.read_on, order.origin_kind) == (date(2026, 11, 1), "day_finding")
    assert f"/meterdata/exceptions/{one.pk}" in clerk.get("/readings/rereads").content.decode()


def test_exceptions_of_another_unit_are_not_seen(world, client):
    one = exception()
    client.force_login(world.person("stranger", "clerk", world.other))
    assert "Không có ngoại lệ nào" in text_of(client.get("/meterdata"))
    assert client.get(f"/meterdata/exceptions/{one.pk}").status_code == 404
    decide = {"decision": "close", "reason": "x"}
    assert client.post(f"/meterdata/exceptions/{one.pk}/decide", decide).status_code == 404


# ---- completeness -----------------------------------------------------------------------------


def test_the_calendar_tells_early_from_now(world, manager):
    counts = {"unit": world.district, "counted_at": AT, "points": 10}
    DayCompleteness.objects.create(local_day=DAY, early=432, present=480, **counts)
    DayCompleteness.objects.create(
        local_day=DAY + timedelta(days=1), early=100, present=431, **counts
    )
    answer = manager.get("/meterdata/completeness?month=2026-10")
    body = answer.content.decode()
    assert 'class="full" title="Công ty Điện lực Hoa Sen, 07/10/2026: 100,0' in body
    assert 'class="poor"' in body  # 431 of 480: 89.7 %
    assert "100 90" in text_of(answer)
    assert "89 20" in text_of(answer)


def test_a_month_that_nobody_counted_says_so(world, manager):
    assert "Bấm “Đếm lại”" in text_of(manager.get("/meterdata/completeness?month=2026-10"))
    assert manager.get("/meterdata/completeness?month=x").status_code == 404


def test_a_day_of_the_calendar_opens_to_the_points_that_lack_something(world, clerk, manager):
    counts = {"unit": world.district, "counted_at": AT, "points": 10}
    DayCompleteness.objects.create(local_day=DAY, early=432, present=480, **counts)
    page = f"/meterdata/completeness/days/{DAY}"
    assert (
        f'href="{page}?unit='
        in manager.get("/meterdata/completeness?month=2026-10").content.decode()
    )
    deliver([500] * 48)
    empty = text_of(manager.get(page))
    assert " điểm đo còn thiếu" in empty
    code = point(1).code
    assert code not in empty  # its day is whole
    deliver([500] * 40 + [ABSENT] * 8, DAY + timedelta(days=1))
    answer = manager.get(f"/meterdata/completeness/days/{DAY + timedelta(days=1)}")
    (row,) = (one for one in answer.content.decode().split("<tr ") if f">{code}<" in one)
    assert ">40</td>" in row
    assert f"/meterdata/points/{code}?zoom=day" in answer.content.decode()
    for wrong in ("2026-13-01", "x", "2099-01-01"):
        assert manager.get(f"/meterdata/completeness/days/{wrong}").status_code == 404


def test_counting_is_a_job_of_who_may_run_jobs(world, manager, client):
    deliver([500] * 48)
    deliver([500] * 48, DAY + timedelta(days=1))
    start = "/meterdata/completeness/count"
    assert manager.post(start, {"month": "2026-10"}).status_code == 302
    manager.post(start, {"month": "2026-10"})
    (one,) = Job.objects.all()
    assert one.params == {"days": ["2026-10-07", "2026-10-08"]}
    assert "chưa có nửa giờ nào" in text_of(manager.post(start, {"month": "2026-09"}, follow=True))
    client.force_login(world.person("clerk2", "clerk", world.district))
    assert "không có quyền" in text_of(client.post(start, {"month": "2026-10"}, follow=True))
    assert job.KIND.resumable


# ---- the rule book ----------------------------------------------------------------------------


def test_every_rule_of_the_reference_is_listed_with_its_source(world, clerk):
    words = text_of(clerk.get("/meterdata/rules"))
    for row in load_interval_rules():
        assert row.rule.rule in words
        assert " ".join(row.source.split()) in words


def test_screens_have_words_for_every_rule_limit_and_method():
    rows = load_interval_rules()
    assert {row.rule.rule for row in rows} <= set(RULE_NAMES)
    assert {name for row in rows for name in row.rule.limits} == set(LIMITS)
    assert set(METHOD_NAMES) == set(Method) - {Method.NONE}


def test_a_rule_is_changed_by_two_people(world, client):
    maker = world.person("maker", "clerk", world.root)
    client.force_login(maker)
    form = {
        "valid_from": "01/12/2026", "enabled": "on", "reason": "Ít báo động hơn",
        "limit_percent": "250", "limit_floor_wh": "1,5", "limit_history_times": "3",
    }  # fmt: skip
    answer = client.post("/meterdata/rules/V-09?class=residential", form)
    made = Proposal.objects.get()
    assert answer.url == f"/proposals/{made.pk}"
    assert "chờ duyệt thay đổi" in text_of(client.get("/meterdata/rules"))
    approve(made.pk, user=world.person("checker", "manager", world.root), at=AT)
    row = latest("V-09", "residential")
    assert (row.valid_from, row.rule.limits) == (
        date(2026, 12, 1),
        {"percent": 250, "floor_wh": 1500, "history_times": 3},
    )
    assert "mới từ 01/12/2026" in text_of(client.get("/meterdata/rules"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"limit_percent": "abc"}, "cần một số"),
        ({"valid_from": "01/01/2000"}, "cần sau"),
        ({"valid_from": "31/02/2027"}, "cần ngày như"),
        ({"limit_percent": "1,25"}, "cần số nguyên không âm"),
    ],
)
def test_a_wrong_change_is_one_sentence(world, client, change, said):
    client.force_login(world.person("maker", "clerk", world.root))
    form = {
        "valid_from": "01/12/2026", "enabled": "on", "reason": "x",
        "limit_percent": "250", "limit_floor_wh": "1", "limit_history_times": "3",
    }  # fmt: skip
    answer = client.post("/meterdata/rules/V-09?class=residential", {**form, **change})
    assert answer.status_code == 400
    assert said in text_of(answer)
    assert not Proposal.objects.exists()


def test_a_dry_run_answers_beside_the_form(world, clerk):
    form = {
        "valid_from": "01/12/2026", "enabled": "on", "day": "07/10/2026",
        "limit_percent": "250", "limit_floor_wh": "1", "limit_history_times": "3",
    }  # fmt: skip
    trial = "/meterdata/rules/V-09/try?class=residential"
    words = text_of(clerk.post(trial, form))
    assert "Ngưỡng hiện tại 0 0 Ngưỡng đang nhập 0 0" in words  # counted in test_vee_dry_run
    assert "cần ngày như" in text_of(clerk.post(trial, {**form, "day": "x"}))
    assert "cần một số" in text_of(clerk.post(trial, {**form, "limit_percent": "x"}))


def test_an_unknown_rule_is_no_page(world, clerk):
    assert clerk.get("/meterdata/rules/V-99").status_code == 404
    assert clerk.get("/meterdata/rules/V-09?class=x").status_code == 404
