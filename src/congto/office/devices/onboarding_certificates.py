"""Certificates of a file held against the authorities of the books, and kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q

from congto.office.devices.choices import CertificateUse
from congto.office.devices.models import CertificateAuthority, DeviceCertificate
from congto.office.devices.onboarding_rows import Authority, Model, Outcome, Problem
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from congto.office.devices.models import Device
    from congto.office.devices.onboarding_rows import DeviceRow, Models, RowResult

HeldCertificates = dict[CertificateUse, bytes]
KEPT = (Outcome.ADDED, Outcome.KEYS, Outcome.REPLACED)


class Papers(NamedTuple):
    """The books as far as certificates are concerned.

    Attributes:
        authorities: that are trusted.
        held: device -> DER by use.
        at: now; a certificate has to be valid then.
    """

    authorities: Sequence[Authority]
    held: Mapping[int, HeldCertificates]
    at: datetime

    def of(self, device: Device | None) -> HeldCertificates:
        """Return what is held of a device; nothing of a new one."""
        return {} if device is None else self.held.get(device.pk, {})


def papers_of(devices: Sequence[int], at: datetime) -> Papers:
    """Read the trusted authorities and the certificates in use of devices."""
    trusted = CertificateAuthority.objects.filter(withdrawn_at=None).values_list("pk", "der")
    found: dict[int, HeldCertificates] = defaultdict(dict)
    for row in DeviceCertificate.objects.filter(device__in=devices, replaced_at=None):
        found[row.device_id][CertificateUse(row.use)] = bytes(row.der)
    return Papers([Authority(number, bytes(der)) for number, der in trusted], found, at)


def certificates_outcome(
    row: DeviceRow, device: Device, papers: Papers, secrets: Outcome
) -> Outcome:
    """Return what a known device's row comes to, given what its secrets come to."""
    mine = papers.of(device)
    if _differing(row, mine):
        return Outcome.REPLACED
    lacking = set(row.certificates) - set(mine)
    return Outcome.KEYS if lacking and secrets is Outcome.UNCHANGED else secrets


def certificate_problems(
    row: DeviceRow, known: Device | None, models: Models, papers: Papers, *, replace_keys: bool
) -> Iterator[Problem]:
    """Yield why the certificates of a row may not be taken, and which ones it lacks.

    Args:
        row: to judge.
        known: its device.
        models: the profiles that rows name.
        papers: the books.
        replace_keys: a person vouches for certificates other than those of the books.
    """
    model = models.get(row.profile)
    if not isinstance(model, Model):
        return  # said of the profile already, or a known device whose row has no keys of a model
    mine = papers.of(known)
    missing = sorted(model.certificates - set(row.certificates) - set(mine))
    if missing:
        yield Problem(
            ",".join(f"{use}_certificate" for use in missing),
            f"profile {row.profile} needs certificates for {', '.join(missing)}, "
            "and the row has none",
            "the certificates of the meter",
            "import the maker's shipment file of this meter",
        )
    differing = _differing(row, mine)
    if differing and not replace_keys:
        yield Problem(
            f"{differing[0]}_certificate",
            f"the books have another certificate for {', '.join(differing)} of meter {row.serial}",
            "the certificates of the books",
            "where the file is right, replace them",
        )
    yield from _refused(row, known, model, papers)


def _refused(
    row: DeviceRow, known: Device | None, model: Model, papers: Papers
) -> Iterator[Problem]:
    for use, der in row.certificates.items():
        if model.judge is None:
            continue
        try:
            model.judge(use, der, _title(row, known), papers.authorities, papers.at)
        except CongtoError as error:
            yield Problem(f"{use}_certificate", error.found, error.expected, error.action)


def keep_certificates(
    rows: Sequence[DeviceRow],
    results: Sequence[RowResult],
    known: Mapping[str, Device],
    models: Models,
    papers: Papers,
) -> None:
    """Insert the certificates that the results say; those they replace stay, with the time."""
    fresh: list[DeviceCertificate] = []
    for row, result in zip(rows, results, strict=True):
        model = models.get(row.profile)
        if result.device is None or result.outcome not in KEPT or not isinstance(model, Model):
            continue
        mine = papers.held.get(result.device, {})
        for use, der in row.certificates.items():
            if model.judge is None or mine.get(use) == der:
                continue
            title = _title(row, known.get(row.serial))
            said = model.judge(use, der, title, papers.authorities, papers.at)
            fresh.append(
                DeviceCertificate(
                    device_id=result.device,
                    use=use,
                    der=der,
                    serial=said.serial,
                    issuer=said.issuer[:200],
                    valid_from=said.valid_from,
                    valid_to=said.valid_to,
                    authority_id=said.authority,
                    added_at=papers.at,
                )
            )
    _make_replaced(fresh, papers.at)
    DeviceCertificate.objects.bulk_create(fresh)


def _make_replaced(fresh: Sequence[DeviceCertificate], at: datetime) -> None:
    for use in CertificateUse:
        devices = [one.device_id for one in fresh if one.use == use]
        named = Q(device__in=devices, use=use, replaced_at=None)
        DeviceCertificate.objects.filter(named).update(replaced_at=at)


def _differing(row: DeviceRow, mine: HeldCertificates) -> list[CertificateUse]:
    return sorted(use for use, der in row.certificates.items() if mine.get(use, der) != der)


def _title(row: DeviceRow, known: Device | None) -> bytes:
    """Return the meter's system title; empty where neither row nor books have a good one."""
    told = row.system_title or (known.system_title or "" if known is not None else "")
    try:
        return bytes.fromhex(told)
    except ValueError:  # said of the title already
        return b""
