"""Meters of security suites 1 and 2 in the books: imported, vouched for, read by the worker."""

import csv
import io
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from django.conf import settings

import world_campaigns as world
import world_meters
from congto.headend.simulator.certificates import authority
from congto.headend.simulator.fleet import Fleet, Plan, Secured, write_shipment
from congto.interfaces.files.devices.models import models_for
from congto.interfaces.files.devices.reader import read_devices
from congto.interfaces.meters.access import reach
from congto.interfaces.meters.certificates import authority_of
from congto.office.campaigns.choices import TaskKind
from congto.office.campaigns.models import Session
from congto.office.control.queries import Scope
from congto.office.devices.models import CertificateAuthority, DeviceCertificate, DeviceSecret
from congto.office.devices.operations import (
    Onboarded,
    Outcome,
    add_devices,
    trust_authority,
    withdraw_authority,
)
from congto.office.devices.queries import certificates_near_the_end
from congto.vocabulary.errors import InvalidInputError
from world_campaigns import NOW, SEED

PROFILE = "own-certified"
AFTER = datetime(2049, 6, 1, tzinfo=UTC)  # the simulated authority's certificates end in 2049


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA", tmp_path)
    monkeypatch.setenv("CONGTO_MASTER_KEY", f"hex:{'1d' * 32}")


def profile(folder: Path, suite: int, envelope: str) -> None:
    """Write the profile of simulated meters that prove themselves by certificates."""
    text = (files("congto.headend.profiles") / "congto-simulator.yaml").read_text(encoding="utf-8")
    text = text.replace("mechanism: gmac", f'mechanism: ecdsa\n  suite: "{suite}"\n  signed: "yes"')
    text = text.replace("envelope: glo", f"envelope: {envelope}")
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / f"{PROFILE}.yaml").write_text(text, encoding="utf-8")


def shipment(fleet: Fleet, port: int, **changed: str) -> bytes:
    """Return the shipment file of the fleet's meters, the first one's row changed."""
    file = io.StringIO()
    write_shipment(fleet.shipment("127.0.0.1", port, framing="wrapper"), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    for number, row in enumerate(rows, 1):
        row |= {"serial": f"M{number}", "model": PROFILE}
    rows[0] |= changed
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def take(content: bytes, at: datetime = NOW, **how: bool) -> Onboarded:
    found = read_devices("s.csv", content)
    assert not found.refused
    models = models_for([PROFILE])
    return add_devices(found.rows, models=models, user=None, at=at, file="s.csv", **how)


def trust(seed: int, suite: int) -> CertificateAuthority:
    told = authority_of("ca.der", authority(seed, suite))
    return trust_authority(
        told.der, name=told.name, valid_from=told.valid_from, valid_to=told.valid_to, at=NOW
    )


def why(done: Onboarded) -> list[str]:
    return [problem.found for one in done.rows for problem in one.problems]


@pytest.mark.parametrize(
    ("suite", "envelope"), [(1, "general-ciphering-1e1s"), (2, "general-ciphering-0e2s")]
)
def test_the_worker_reads_meters_by_certificates_of_the_books(
    suite: int, envelope: str, books: str, tmp_path: Path
) -> None:
    profile(tmp_path, suite, envelope)
    world_meters.build()
    with world.simulated(2, secured=Secured.ECDSA, suite=suite) as meters:
        trust(SEED, suite)
        content = shipment(meters.fleet, meters.port)
        assert take(content, dry_run=True).count(Outcome.ADDED) == 2
        assert not DeviceCertificate.objects.exists()
        assert take(content).count(Outcome.ADDED) == 2
        assert take(content).count(Outcome.UNCHANGED) == 2
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    assert [one.fault for one in Session.objects.all()] == ["", ""]
    assert {one.registers for one in Session.objects.all()} == {45}
    sealed = DeviceSecret.objects.filter(use__in=["signing", "agreement"])
    assert sealed.count() == DeviceCertificate.objects.count() == 4


def test_a_withdrawn_authority_is_a_named_reason_and_the_queue_goes_on(
    books: str, tmp_path: Path
) -> None:
    profile(tmp_path, 1, "general-ciphering-1e1s")
    world_meters.build()
    with world.simulated(2, secured=Secured.ECDSA, suite=1) as meters:
        first = trust(SEED, 1)
        take(shipment(meters.fleet, meters.port))
        other = trust(SEED + 1, 1)
        DeviceCertificate.objects.filter(device__meter__serial="M1").update(authority=other)
        withdraw_authority(other.fingerprint, at=NOW)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    assert first.withdrawn_at is None
    faults = dict(Session.objects.values_list("device__meter__serial", "fault"))
    assert faults == {"M1": "certificate-refused", "M2": ""}
    assert (
        "no trusted authority issued it"
        in Session.objects.get(fault="certificate-refused").sentence
    )


def test_an_expired_certificate_and_anothers_are_refused_in_sessions(
    books: str, tmp_path: Path
) -> None:
    profile(tmp_path, 1, "general-ciphering-1e1s")
    world_meters.build()
    with world.simulated(2, secured=Secured.ECDSA, suite=1) as meters:
        trust(SEED, 1)
        take(shipment(meters.fleet, meters.port))
        mine = DeviceCertificate.objects.get(device__meter__serial="M1", use="signing")
        others = DeviceCertificate.objects.get(device__meter__serial="M2", use="signing")
        DeviceCertificate.objects.filter(pk=mine.pk).update(der=others.der)
        world.plan(kinds=[TaskKind.REGISTERS])
        world.work()
    assert dict(Session.objects.values_list("device__meter__serial", "fault")) == {
        "M1": "certificate-refused",
        "M2": "",
    }
    assert "of system title" in Session.objects.get(fault="certificate-refused").sentence
    late = reach([others.device_id], purpose="reading", subject="s", user=None, at=AFTER)
    assert not late.reached
    assert "a certificate is refused" in late.refused[others.device_id].sentence()


def test_what_is_wrong_with_a_certificate_is_said_before_it_enters(
    books: str, tmp_path: Path
) -> None:
    profile(tmp_path, 1, "general-ciphering-1e1s")
    world_meters.build()
    fleet = Fleet(Plan(2, SEED, secured=Secured.ECDSA, suite=1), lambda: 0)
    foreign = take(shipment(fleet, 4059), dry_run=True)
    assert foreign.count(Outcome.REFUSED) == 2
    assert all("no trusted authority issued it" in one for one in why(foreign))
    trust(SEED, 1)
    rows = list(csv.DictReader(io.StringIO(shipment(fleet, 4059).decode())))
    for changed, said in (
        ({"signing_certificate": ""}, "needs certificates for signing"),
        ({"signing_certificate": rows[1]["signing_certificate"]}, "a certificate is refused"),
        ({"signing_certificate": rows[0]["agreement_certificate"]}, "for something else"),
        ({"signing_certificate": "3000"}, "2 bytes that are none"),
        ({"client_signing_key": ""}, "needs signing, and the row has none"),
    ):
        done = take(shipment(fleet, 4059, **changed), dry_run=True)
        assert [one.outcome for one in done.rows] == [Outcome.REFUSED, Outcome.ADDED], changed
        assert any(said in one for one in why(done)), (said, why(done))
    late = take(shipment(fleet, 4059), at=AFTER, dry_run=True)
    assert any("valid from 2024-01-01 to 2049-01-01" in one for one in why(late))


def test_certificates_near_their_end_are_named(books: str, tmp_path: Path) -> None:
    profile(tmp_path, 1, "general-ciphering-1e1s")
    world_meters.build()
    trust(SEED, 1)
    take(shipment(Fleet(Plan(2, SEED, secured=Secured.ECDSA, suite=1), lambda: 0), 4059))
    everything = Scope.everything()
    assert certificates_near_the_end(everything, NOW).count() == 0
    assert certificates_near_the_end(everything, datetime(2048, 11, 1, tzinfo=UTC)).count() == 4


def test_a_meters_certificate_is_no_authority() -> None:
    fleet = Fleet(Plan(1, SEED, secured=Secured.ECDSA, suite=1), lambda: 0)
    row = next(csv.DictReader(io.StringIO(shipment(fleet, 4059).decode())))
    with pytest.raises(InvalidInputError, match="no certificate of an authority"):
        authority_of("m.der", bytes.fromhex(row["signing_certificate"]))
