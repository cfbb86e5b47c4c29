"""A simulated meter read from the console: progress, values, and the session frame by frame."""

import html
import re
import threading

import pytest
from django.contrib.auth.models import User
from django.db import connections

import world_campaigns
from congto.headend.dlms.security.keys import KeySet
from congto.headend.simulator.secrets import secrets_of
from congto.interfaces.console.views.headend.sessions import tellings
from congto.interfaces.meters import books as worker_books
from congto.interfaces.meters.frames import Place, frames_at
from congto.office.campaigns.models import Campaign, Session, Task
from congto.office.control.models import Grant
from congto.office.devices.models import SecretUseRecord
from congto.office.organisation.models import Unit
from world_headend import now


def person(name, role, unit="P"):
    user = User.objects.create_user(name)
    Grant.objects.create(user=user, unit=Unit.objects.get(code=unit), role=role)
    return user


def text_of(answer):
    body = answer.content.decode()
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).replace("\u00a0", " ").split())


@pytest.fixture
def read(books, client, monkeypatch):
    """Give a client and a meter that was read because a care agent asked for it."""
    moment = now()
    with world_campaigns.simulated(1, start=moment) as meters:
        world_campaigns.build(1, meters.port)
        client.force_login(person("cskh", "care_agent"))
        htmx = {"HX-Request": "true"}
        first = client.post("/headend/devices/M1/read", headers=htmx)
        world_campaigns.work(world_campaigns.running_clock(now()))
        yield client, first, meters
    let_go()


def let_go():
    """Close the connections that the worker's threads keep: the next test has other books."""
    together = threading.Barrier(THREADS)

    def close(_number):
        together.wait(10)
        connections.close_all()

    list(worker_books._threads.map(close, range(THREADS)))


THREADS = worker_books._threads._max_workers


def test_a_care_agent_reads_a_meter_and_sees_each_step(read):
    client, first, _meters = read
    body = first.content.decode()
    campaign = Campaign.objects.get()
    assert 'class="here" aria-current="step">trong hàng đợi' in body
    assert f'hx-get="/headend/readings/{campaign.pk}/progress"' in body
    answer = client.get(f"/headend/readings/{campaign.pk}/progress")
    words = text_of(answer)
    assert "hx-get" not in answer.content.decode()  # it is over: nothing is asked any more
    told = Task.objects.get(kind="registers").result["registers"]
    total = next(one for one in told if (one["channel"], one["register"]) == ("A+", "total"))
    assert total["unit"] == "Wh"
    kwh = f"{total['value'] // 1000:,}".replace(",", ".")
    assert f"A+ Tổng {kwh}" in words
    assert re.search(r"Lệch giờ [−+]?\d+ s", words)
    assert re.search(r"Đã đọc (4[89]|[5-9]\d) nửa giờ", words)


def test_a_second_press_follows_the_same_reading(books, client):
    world_campaigns.build(1, 4059)
    client.force_login(person("cskh", "care_agent"))
    pages = {client.post("/headend/devices/M1/read").url for _ in range(2)}
    assert pages == {f"/headend/readings/{Campaign.objects.get().pk}"}


def test_a_meter_that_is_not_called_says_so(books, client):
    world_campaigns.build(1, 4059, state="suspended")
    client.force_login(person("cskh", "care_agent"))
    answer = client.post("/headend/devices/M1/read", headers={"HX-Request": "true"})
    assert "Thiết bị M1" in text_of(answer)
    assert 'role="alert"' in answer.content.decode()
    assert not Campaign.objects.exists()


def test_the_button_is_where_the_meter_hangs(books, client):
    world_campaigns.build(1, 4059)
    client.force_login(person("cskh", "care_agent"))
    body = client.get("/headend/points/P1").content.decode()
    assert 'hx-post="/headend/devices/M1/read"' in body
    assert client.get("/headend/points/P404").status_code == 404


def test_a_session_stays_closed_until_somebody_with_the_keys_opens_it(read):
    client, _first, _meters = read
    session = Session.objects.get()
    before = SecretUseRecord.objects.count()
    closed = text_of(client.get(f"/headend/sessions/{session.pk}"))
    assert "ciphered message" in closed
    assert "GET request" not in closed
    assert "Giải mã" not in closed.replace("Giải mã được ghi", "")
    assert client.post(f"/headend/sessions/{session.pk}/opened").status_code == 403
    assert SecretUseRecord.objects.count() == before
    admin = person("quantri", "administrator")
    client.force_login(admin)
    answer = client.post(f"/headend/sessions/{session.pk}/opened")
    words = text_of(answer)
    assert "GET request" in words
    assert "authentication tag right" in words
    used = SecretUseRecord.objects.first()
    assert (used.purpose, used.subject, used.user) == ("frames", f"session {session.pk}", admin)
    assert "faulty" not in answer.content.decode()
    shown = answer.content.decode().replace(" ", "").lower()
    made = secrets_of(world_campaigns.SEED, 1)
    for secret in (made.unicast, made.authentication, made.master, made.password):
        assert secret.hex() not in shown
        assert secret.decode("latin-1") not in answer.content.decode()


def test_keys_that_do_not_fit_point_at_the_frame(read):
    session = Session.objects.get()
    place = Place(session.frames_file, session.frames_offset, session.frames_bytes)
    frames = frames_at(place)
    wrong = KeySet.of(unicast=bytes(16), authentication=bytes(16))
    made = secrets_of(world_campaigns.SEED, 1)
    right = KeySet.of(unicast=made.unicast, authentication=made.authentication)
    assert any(one.is_faulty for one in tellings(frames, [wrong]))
    assert not any(one.is_faulty for one in tellings(frames, [wrong, right]))


def test_frames_that_are_gone_are_one_sentence(read, settings):
    client, _first, _meters = read
    session = Session.objects.get()
    (settings.DATA / session.frames_file).unlink()
    answer = client.get(f"/headend/sessions/{session.pk}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
