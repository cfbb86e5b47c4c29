"""Devices taken from a file on the console, suspended and resumed, and their access limits."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile

import world_devices
import world_meters
from congto.headend.simulator.secrets import secrets_of
from congto.office.control.models import AuditEntry, Grant
from congto.office.devices.models import AccessLimit, Device, DeviceSecret
from congto.office.organisation.models import Unit

KEYS = ("password", "unicast_key", "authentication_key")


def person(name, role, unit="P"):
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    return user


def text_of(answer):
    body = answer.content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def books_start(prepared):
    return prepared(world_meters.build)


@pytest.fixture
def admin(books, client):
    client.force_login(person("quantri", "administrator"))
    return client


def shipment(*serials):
    """Write a list in Congto's own columns, with the keys of simulated meters."""
    lines = ["serial,profile,host,port,system_title," + ",".join(KEYS)]
    for number, serial in enumerate(serials, 1):
        made = secrets_of(world_devices.SEED, number)
        keys = (made.password, made.unicast, made.authentication)
        title = world_devices.system_title(world_devices.SEED, number).hex()
        row = [serial, "congto-simulator", f"127.0.0.{number}", "4059", title]
        lines.append(",".join([*row, *(key.hex() for key in keys)]))
    return SimpleUploadedFile("meters.csv", "\n".join(lines).encode())


def no_key_in(answer):
    shown = answer.content.decode()
    made = secrets_of(world_devices.SEED, 1)
    raw = (made.password, made.unicast, made.authentication)
    return not any(key.hex() in shown.lower() or repr(key)[2:-1] in shown for key in raw)


def test_a_file_is_seen_before_it_is_taken(admin):
    seen = admin.post("/headend/add", {"file": shipment("M1", "X9"), "preview": "yes"})
    words = text_of(seen)
    assert "thêm thiết bị 1" in words
    assert "không nhận 1" in words
    assert "X9" in words
    assert not Device.objects.exists()
    taken = admin.post("/headend/add", {"file": shipment("M1", "X9"), "take": "yes"})
    assert "Đã nạp" in text_of(taken)
    assert Device.objects.get().meter.serial == "M1"
    assert DeviceSecret.objects.count() == len(KEYS)
    again = admin.post("/headend/add", {"file": shipment("M1"), "take": "yes"})
    assert "đã có, không đổi 1" in text_of(again)
    assert no_key_in(seen)
    assert no_key_in(taken)


def test_htmx_gets_the_table_alone(admin):
    posted = {"file": shipment("M1"), "preview": "yes"}
    body = admin.post("/headend/add", posted, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in body
    assert "M1" in body


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"a,b\n1,2\n", "không bộ chuyển nào biết hết các cột"), (b"\xff\xfe\x00", "role=")],
)
def test_a_file_that_cannot_be_read_is_one_sentence(admin, content, told):
    file = SimpleUploadedFile("x.csv", content)
    answer = admin.post("/headend/add", {"file": file, "preview": "yes"})
    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()
    assert told in answer.content.decode()


def test_who_does_not_manage_devices_has_no_such_page(books, client):
    world_meters.build()
    client.force_login(person("clerk", "clerk"))
    assert client.get("/headend/add").status_code == 403
    assert client.post("/headend/add", {"file": shipment("M1"), "take": "y"}).status_code == 403
    assert not Device.objects.exists()


def test_a_device_is_suspended_and_resumed_with_a_reason(admin):
    one = world_devices.device(1)
    page = "/headend/devices/M1"
    assert "Thiếu lý do" in text_of(
        admin.post(f"{page}/state", {"deed": "suspend", "reason": ""}, follow=True)
    )
    admin.post(f"{page}/state", {"deed": "suspend", "reason": "đang sửa"})
    one.refresh_from_db()
    assert one.state == "suspended"
    assert "Đọc trở lại" in text_of(admin.get(page))
    admin.post(f"{page}/state", {"deed": "resume", "reason": "xong"})
    one.refresh_from_db()
    assert one.state == "active"
    assert AuditEntry.objects.filter(reason="đang sửa").exists()


def test_a_clerk_does_not_move_devices(books, client):
    world_meters.build()
    one = world_devices.device(1)
    client.force_login(person("clerk", "clerk"))
    body = client.get("/headend/devices/M1").content.decode()
    assert 'name="deed"' not in body
    client.post("/headend/devices/M1/state", {"deed": "retire", "reason": "x"})
    one.refresh_from_db()
    assert one.state == "active"


LIMIT = {"kind": "cell", "code": "452-04-1", "sessions_max": "20", "starts_per_minute": "60"}


def test_a_limit_is_set_with_a_reason(admin):
    posted = {**LIMIT, "burst": "5", "reason": "trạm yếu"}
    words = text_of(admin.post("/headend/limits", posted, follow=True))
    assert "trạm sóng 452-04-1 20 60 5" in words
    made = AccessLimit.objects.get()
    assert (made.sessions_max, made.starts_per_minute, made.burst) == (20, 60, 5)
    assert AuditEntry.objects.get(operation="devices.limit").reason == "trạm yếu"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"reason": ""}, "Thiếu lý do"),
        ({"burst": "năm"}, "Mở liền một lúc: nhận “năm”"),
        ({"code": ""}, "Mã trạm hoặc bộ tập trung"),
        ({"kind": "all"}, "Mã trạm hoặc bộ tập trung"),
        ({"kind": "moon"}, "Không có loại giới hạn moon"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(admin, more, told):
    posted = {**LIMIT, "burst": "5", "reason": "trạm yếu", **more}
    assert told in text_of(admin.post("/headend/limits", posted, follow=True))
    assert not AccessLimit.objects.exists()
