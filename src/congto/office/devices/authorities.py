"""Authorities that may vouch for meters: trusted by a person, and withdrawn by one."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction

from congto.office.control.audit import record
from congto.office.devices.models import CertificateAuthority
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

SHOWN = 40
"""Digits of a fingerprint in the audit: enough to name it."""


def trust_authority(
    der: bytes, *, name: str, valid_from: datetime, valid_to: datetime, at: datetime
) -> CertificateAuthority:
    """Keep an authority's certificate: from now on it may vouch for meters.

    One that was withdrawn is trusted again.

    Args:
        der: the certificate.
        name: its subject, RFC 4514.
        valid_from: as it says.
        valid_to: as it says.
        at: now.
    """
    fingerprint = sha256(der).hexdigest()
    with transaction.atomic():
        kept, _ = CertificateAuthority.objects.update_or_create(
            fingerprint=fingerprint,
            defaults={"withdrawn_at": None},
            create_defaults={
                "name": name[:200],
                "der": der,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "added_at": at,
            },
        )
        told = {"name": kept.name, "valid_to": valid_to.isoformat()}
        record(
            None,
            "keys.trust_authority",
            "authority",
            fingerprint[:SHOWN],
            unit=None,
            after=told,
            at=at,
        )
    return kept


def withdraw_authority(fingerprint: str, *, at: datetime) -> CertificateAuthority:
    """Trust an authority no more: meters that it vouches for are called no more.

    Raises:
        RefusedError: it is not among those trusted.
    """
    with transaction.atomic():
        rows = CertificateAuthority.objects.select_for_update()
        kept = rows.filter(fingerprint=fingerprint.lower(), withdrawn_at=None).first()
        if kept is None:
            raise RefusedError(
                f"no authority {fingerprint} is trusted",
                expected="a fingerprint that `congto keys status` shows",
            )
        kept.withdrawn_at = at
        kept.save(update_fields=["withdrawn_at"])
        told = {"name": kept.name}
        record(
            None,
            "keys.withdraw_authority",
            "authority",
            fingerprint[:SHOWN],
            unit=None,
            after=told,
            at=at,
        )
    return kept
