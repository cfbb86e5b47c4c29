"""What the head end leaves behind goes when its term is over, and nothing goes before."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

import world_devices
import world_meters
from congto.interfaces.meters import frames
from congto.interfaces.meters.purging import purge
from congto.office.campaigns.choices import Priority
from congto.office.campaigns.models import Campaign, Session, Task
from congto.office.devices.models import Device, SecretUseRecord
from congto.office.intake.choices import Way
from congto.office.intake.operations import receive
from congto.office.intake.receiving import Content
from congto.office.organisation.models import Unit
from congto.reference.retention import Kept, terms_on
from congto.vocabulary.errors import InvalidInputError

AT = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)  # a Thursday, 10:00 in Viet Nam
TERMS = {
    Kept.FRAMES: 10,
    Kept.DELIVERED_FRAMES: 30,
    Kept.SESSIONS: 40,
    Kept.TASKS: 40,
    Kept.SECRET_USES: 50,
}


@pytest.fixture(autouse=True)
def _utility(db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")
    world_meters.build()
    world_devices.device(1)


def left(days: int, *, kind: str = "registers", brought: bool = False) -> Session:
    """Leave a session of so many days ago, with its task and its frames."""
    began = AT - timedelta(days=days)
    (place,) = frames.append(f"w{kind}{brought}", began.date(), [b"packed"])
    delivery = None
    if brought:
        content = Content("f.parquet", "headend-registers", {}, "00", 1)
        delivery, _ = receive("headend", f"d{days}", content, way=Way.METER, user=None, at=began)
    device = Device.objects.get()
    told = {"device": device, "worker": "w", "began_at": began, "ended_at": began}
    session = Session.objects.create(
        **told, outcome="good", register_delivery=delivery, frames_file=place.file
    )
    campaign = Campaign.objects.create(
        name="đọc", unit=Unit.objects.get(code="D"), opens_at=began, closes_at=began, state="closed"
    )
    Task.objects.create(
        device=device, kind=kind, priority=Priority.GAP, state="done", campaign=campaign,
        created_at=began, due_at=began, expires_at=began, ended_at=began, session=session,
    )  # fmt: skip
    SecretUseRecord.objects.create(at=began, device=device, uses=["unicast"], purpose="reading")
    return session


def has_frames(session: Session) -> bool:
    return (settings.DATA / session.frames_file).is_file()


def test_each_thing_goes_when_its_own_term_is_over() -> None:
    kept = {days: left(days) for days in (9, 11, 39, 41, 51)}
    assert purge(AT, terms=TERMS) == {"frames": 4, "tasks": 2, "sessions": 2, "secret_uses": 1}
    assert {days for days, one in kept.items() if has_frames(one)} == {9}
    assert set(Session.objects.all()) == {kept[9], kept[11], kept[39]}
    assert Task.objects.count() == Campaign.objects.count() == 3
    assert SecretUseRecord.objects.count() == 4
    assert purge(AT, terms=TERMS) == {"frames": 0, "tasks": 0, "sessions": 0, "secret_uses": 0}


def test_frames_of_a_delivery_outlive_the_others() -> None:
    plain, brought, old = left(20), left(29, brought=True), left(31, brought=True)
    purge(AT, terms=TERMS)
    assert [has_frames(one) for one in (plain, brought, old)] == [False, True, False]
    assert Session.objects.count() == 3


def test_what_a_command_did_stays_with_its_order() -> None:
    command = left(45, kind="command")
    told = purge(AT, terms=TERMS)
    assert (told["tasks"], told["sessions"]) == (0, 0)
    assert Session.objects.get() == command


def test_a_day_given_keeps_more_and_never_less() -> None:
    left(45)
    assert purge(AT, before=date(2026, 9, 1), terms=TERMS)["tasks"] == 0
    assert purge(AT, before=date(2026, 11, 4), terms=TERMS, dry_run=True)["tasks"] == 1
    assert Task.objects.count() == 1
    left(5)
    assert purge(AT, before=date(2026, 11, 4), terms=TERMS)["tasks"] == 1
    assert Task.objects.count() == 1


def test_a_record_of_secrets_goes_by_a_purge_alone() -> None:
    left(51)
    with pytest.raises(DatabaseError, match="append-only within its term"), transaction.atomic():
        SecretUseRecord.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SecretUseRecord.objects.update(purpose="none")


def test_the_shipped_terms_keep_the_session_of_frames() -> None:
    days = terms_on(AT.date())
    assert days[Kept.FRAMES] == 14
    assert days[Kept.FRAMES] < days[Kept.DELIVERED_FRAMES] <= days[Kept.SESSIONS]


def test_terms_that_lose_frames_are_refused(tmp_path: Path) -> None:
    row = (
        '  - {{what: {what}, days: "{days}", valid_from: "2026-01-01", source: "s",'
        ' confidence: "inference"}}\n'
    )
    text = 'source: "s"\nterms:\n' + "".join(
        row.format(what=what, days=5 if what is Kept.SESSIONS else 9) for what in Kept
    )
    (tmp_path / "retention.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInputError, match="frames are found by their session"):
        terms_on(AT.date(), tmp_path)
    with pytest.raises(InvalidInputError, match="no term of"):
        terms_on(date(2025, 1, 1), tmp_path)
