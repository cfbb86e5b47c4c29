"""No page, no answer of the API, no row of the audit shows a secret of a meter."""

import logging
import sys
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.debug import ExceptionReporter

import world_devices as world
import world_meters
from congto.office.control.choices import Role
from congto.office.control.models import AuditEntry, Grant
from congto.office.devices.models import Device, SecretUseRecord
from congto.office.devices.operations import SecretBytes, begin_change, open_access
from congto.office.organisation.models import Unit
from world_devices import AT

NEW = b"\x91new secret key\x92"
VALUES = {
    "serial": "M1", "number": 1, "pk": 1, "id": 1, "device": 1, "code": "M1", "key": "devices",
    "day": date(2026, 11, 5), "month": "2026-10",
}  # fmt: skip


def patterns(resolver: URLResolver, before: str = "") -> list[tuple[str, URLPattern]]:
    """Return every address of the site with its pattern."""
    found = []
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        found += patterns(one, route) if isinstance(one, URLResolver) else [(route, one)]
    return found


def addresses() -> list[str]:
    """Return an address for every pattern that takes what the small world has."""
    made = []
    for route, pattern in patterns(get_resolver()):
        filled = route
        for name, converter in pattern.pattern.converters.items():
            fits = 1 if type(converter).__name__ == "IntConverter" else VALUES.get(name, "M1")
            kind = route[: route.index(f"{name}>")].rsplit("<", 1)[1]
            filled = filled.replace(f"<{kind}{name}>", str(fits))
        if "<" not in filled and "(?" not in filled and "sign-out" not in filled:
            made.append("/" + filled.removeprefix("^").removesuffix("$"))
    return made


@pytest.fixture
def person(books: str) -> Client:
    """Return a client signed in with every role everywhere."""
    world_meters.build()
    user = User.objects.create_user("everything", password="a long pass-phrase")
    for role in Role:
        Grant.objects.create(user=user, unit=Unit.objects.get(code="P"), role=role)
    client = Client()
    client.force_login(user)
    return client


def secrets() -> list[bytes]:
    return [NEW, *(raw for n in (1, 2, 3) for raw in world.simulated(n).values())]


def shipment() -> SimpleUploadedFile:
    """Return a list with a key for a device that lacks it, and for a meter nobody knows."""
    key = world.simulated(1)[world.SecretUse.UNICAST].hex()
    text = f"serial,profile,broadcast_key\nM2,congto-simulator,{key}\nM77,generic,{key}\n"
    return SimpleUploadedFile("f.csv", text.encode())


def leaks(text: str) -> list[str]:
    """Return the secrets that stand in a text: as digits, as bytes or as the text they are."""
    low = text.lower()
    return [
        raw.hex()
        for raw in secrets()
        if raw.hex() in low or repr(raw)[2:-1] in text or raw.decode("latin-1") in text
    ]


def test_the_search_finds_what_it_looks_for() -> None:
    raw = secrets()[1]
    assert leaks(f"... {raw.hex().upper()} ...")
    assert leaks(f"... {raw!r} ...")
    assert not leaks("nothing")


def test_an_error_report_hides_the_variables_of_who_handles_secrets(settings, rf) -> None:
    """Even with DEBUG on, where Django shows all of them."""
    settings.DEBUG = True
    raw = world.simulated(1)[world.SecretUse.UNICAST]
    try:
        SecretBytes(raw).__reduce__()
    except TypeError:
        kind, error, trace = sys.exc_info()
        hidden = ExceptionReporter(rf.get("/"), kind, error, trace.tb_next)
        shown = ExceptionReporter(rf.get("/"), kind, error, trace)
    frames = hidden.get_traceback_data()["frames"]
    assert [name for name, _ in frames[-1]["vars"]] == ["self"]
    assert "SecretBytes" not in str(frames[-1]["vars"])
    assert leaks(hidden.get_traceback_html()) == []
    assert leaks(shown.get_traceback_html()) != []  # this test's own variable: the search finds it


def test_no_page_shows_a_secret(person: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    devices = [world.device(number) for number in (1, 2, 3)]
    assert [one.pk for one in devices] == [1, 2, 3]
    how = {"user": User.objects.get(), "at": AT}
    open_access([1, 2, 3], purpose="reading", subject="đợt 1", **how)
    begin_change(1, {world.SecretUse.UNICAST: SecretBytes(NEW)}, **how)
    person.raise_request_exception = False
    seen, refused = 0, []
    for address in addresses():
        answer = person.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert leaks(body.decode("utf-8", "replace")) == [], address
        seen += answer.status_code == 200
        if answer.status_code >= 500:
            refused.append(address)
    assert seen > 40
    assert refused == []
    for took in ({"preview": "yes"}, {"take": "yes"}):
        answer = person.post("/headend/add", {"file": shipment(), **took})
        words = answer.content.decode()
        assert answer.status_code == 200
        assert "công tơ M77 chưa có trong sổ" in words
        assert leaks(words) == []
    assert AuditEntry.objects.filter(operation="devices.add").count() == 1
    for model in (AuditEntry, SecretUseRecord, Device):
        assert leaks(repr(list(model.objects.values()))) == []
    assert leaks(caplog.text) == []
