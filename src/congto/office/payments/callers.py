"""Who calls the partner API: keys sealed at rest, what was seen already, what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.control.audit import operation
from congto.office.devices.sealing import SecretBytes, keyring
from congto.office.payments.models import Partner, PartnerKey, RefusedRequest
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

KEY_BYTES_MIN = 32
SEEN = """
INSERT INTO payments_seensignature (signature, at) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM payments_seensignature WHERE at < %s"


@dataclass(frozen=True, slots=True)
class Caller:
    """A partner as its requests are checked.

    Attributes:
        id, code: of the partner. networks: from where it may call; none: from anywhere.
        per_second: requests that one server process takes from it.
        keys: valid now, by name.
    """

    id: int
    code: str
    networks: tuple[str, ...]
    per_second: int
    keys: dict[str, SecretBytes] = field(repr=False)

    def may_call_from(self, address: str) -> bool:
        """Say whether an address is in one of the partner's networks."""
        where = ip_address(address)
        return not self.networks or any(where in ip_network(one) for one in self.networks)


def caller(code: str, *, at: datetime) -> Caller | None:
    """Return a partner with the keys that are valid at an instant; None where there is none."""
    partner = Partner.objects.filter(code=code).first()
    if partner is None:
        return None
    keys = {}
    for row in PartnerKey.objects.filter(partner=partner, valid_from__lte=at):
        if row.valid_to is None or at < row.valid_to:
            master = keyring().named(row.sealed_under)
            plain = master.unseal(bytes(row.sealed), _binding(code, row.name))
            if plain is not None:
                keys[row.name] = SecretBytes(plain)
    networks = tuple(partner.networks)
    return Caller(partner.pk, code, networks, partner.requests_per_second, keys)


def add_key(  # noqa: PLR0913  (whose, which, from when, by whom)
    partner: Partner,
    name: str,
    secret: SecretBytes,
    *,
    valid_from: datetime,
    user: User | None,
    at: datetime,
) -> PartnerKey:
    """Give a partner a key; keys before it end a day after this one begins.

    Raises:
        InvalidInputError: a secret shorter than 32 bytes.
    """
    if len(secret) < KEY_BYTES_MIN:
        raise InvalidInputError(
            f"a key of {len(secret)} bytes", expected=f"at least {KEY_BYTES_MIN} bytes"
        )
    master = keyring().current
    with operation(user, "partner.key", "partner", partner.code, unit=None, at=at) as work:
        work.after = {"key": name, "valid_from": valid_from}
        ends = valid_from + timedelta(days=1)
        partner.keys.filter(valid_to__isnull=True).update(valid_to=ends)
        return PartnerKey.objects.create(
            partner=partner,
            name=name,
            sealed=master.seal(secret.reveal(), _binding(partner.code, name)),
            sealed_under=master.name,
            valid_from=valid_from,
        )


def first_time(signature: bytes, *, at: datetime) -> bool:
    """Note a signature; False where it was seen before, then the request is a replay."""
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [signature, at])
        return bool(cursor.rowcount)


def forget_signatures(*, before: datetime) -> None:
    """Take away what is too old to be taken again anyhow."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [before])


@transaction.atomic
def refuse(code: str, address: str, what: str, reason: str, *, at: datetime) -> None:
    """Write down a request that was not let in."""
    RefusedRequest.objects.create(
        at=at, address=address, partner_code=code[:16], what=what[:120], reason=reason[:40]
    )


def _binding(code: str, name: str) -> bytes:
    return f"congto/partner/1/{code}/{name}".encode()
