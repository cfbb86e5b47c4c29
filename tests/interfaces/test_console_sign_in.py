"""Sign-in: who may come in, the brake on guessing, and what every answer carries."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.urls import reverse

from congto.interfaces.console import assets
from congto.office.control.models import AuditEntry
from congto.office.control.sign_in import TRIES_OF_ADDRESS, keep_try, must_wait
from world_console import AT, PASSWORD, make_world


@pytest.fixture
def world(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    made = make_world()
    made.with_passwords = True
    return made


@pytest.fixture
def clerk(world):
    return world.person("clerk", "clerk", world.district)


PAGES = ["/", "/search?q=dao", "/customers/PB00010000001", "/bills/1", "/bills/1/quote.json"]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_shown_before_sign_in(client, db, page):
    answer = client.get(page)
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in?next=")


def test_sign_in_leads_on_and_changes_the_session_key(client, clerk):
    client.get("/sign-in")
    client.session["seen"] = True
    client.session.save()
    before = client.session.session_key
    answer = client.post("/sign-in", {"username": "clerk", "password": PASSWORD, "next": "/bills"})
    assert answer.status_code == 302
    assert answer.url == "/bills"
    assert client.session.session_key != before
    assert answer.cookies["sessionid"]["httponly"]


def test_sign_in_does_not_lead_to_another_host(client, clerk):
    sent = {"username": "clerk", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post("/sign-in", sent).url == "/"


def test_a_wrong_password_is_said_clearly(client, clerk):
    answer = client.post("/sign-in", {"username": "clerk", "password": "no"})
    assert answer.status_code == 200
    assert "Sai tên đăng nhập hoặc mật khẩu" in answer.content.decode()


def test_after_five_wrong_passwords_even_the_right_one_waits(client, clerk, world):
    world.person("other", "clerk", world.district)
    for _ in range(5):
        client.post("/sign-in", {"username": "clerk", "password": "no"})
    answer = client.post("/sign-in", {"username": "clerk", "password": PASSWORD})
    assert "Sai quá nhiều lần. Thử lại sau 15 phút." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    # Another name from the same address, and the same name from another address, are free.
    assert client.post("/sign-in", {"username": "other", "password": PASSWORD}).status_code == 302
    client.logout()
    sent = {"username": "clerk", "password": PASSWORD}
    assert client.post("/sign-in", sent, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_the_wait_ends_fifteen_minutes_after_the_fifth_last_try(db):
    for minute in range(5):
        keep_try("clerk", "10.0.0.1", accepted=False, at=AT + timedelta(minutes=minute))
    assert must_wait("clerk", "10.0.0.1", at=AT + timedelta(minutes=5)) == 10
    assert must_wait("clerk", "10.0.0.1", at=AT + timedelta(minutes=15)) == 0


def test_a_right_password_forgives_the_wrong_ones_before_it(db):
    for accepted in (False, False, False, True, False, False):
        keep_try("clerk", "10.0.0.1", accepted=accepted, at=AT)
    assert must_wait("clerk", "10.0.0.1", at=AT) == 0


def test_an_address_that_tries_many_names_waits(db):
    for number in range(TRIES_OF_ADDRESS):
        keep_try(f"name{number}", "10.0.0.1", accepted=False, at=AT)
    assert must_wait("fresh", "10.0.0.1", at=AT) == 15
    assert must_wait("fresh", "10.0.0.2", at=AT) == 0


def test_tries_are_audit_rows_without_the_password(client, clerk):
    client.post("/sign-in", {"username": "clerk", "password": "hunter2hunter2"})
    row = AuditEntry.objects.get(operation="sign_in.refused")
    assert row.after == {"username": "clerk"}
    assert "hunter2" not in str(row.__dict__)


def test_sign_out_needs_a_form_and_ends_the_session(client, clerk):
    client.force_login(clerk)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 302
    assert client.get("/").status_code == 302


def test_every_answer_keeps_other_hosts_out(client, clerk):
    client.force_login(clerk)
    for page in ("/", "/sign-in", "/customers/none"):
        answer = client.get(page)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert {"private", "no-cache"} <= set(answer["Cache-Control"].split(", "))


def test_health_says_whether_the_books_answer(client, db, monkeypatch):
    assert client.get("/healthz").json() == {"status": "ok"}

    def broken():
        raise OperationalError("connection refused at 10.0.0.5")

    with monkeypatch.context() as patched:
        patched.setattr("congto.interfaces.console.views.health.connection.cursor", broken)
        answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "10.0.0.5" not in answer.content.decode()


def test_the_chart_library_is_served_from_here_for_a_year(client, db, settings, tmp_path):
    settings.DATA = tmp_path
    answer = client.get(assets.bundle_url(), headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    [kept] = (tmp_path / "assets").iterdir()
    made = kept.stat().st_mtime_ns
    plain = client.get(assets.bundle_url())
    assert b"window.vegaEmbed" in plain.content
    assert kept.stat().st_mtime_ns == made, "the second answer comes from the file"
    assert client.get(reverse("vega-bundle", args=["0"])).status_code == 404
