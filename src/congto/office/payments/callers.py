"""Who calls the partner API: keys sealed at rest, what was seen already, what was refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.db import connection, transaction

from congto.office.control.audit import operation
from congto.office.devices.sealing import SecretBytes, keyring
from congto.office.payments.models import Partner, PartnerKey, RefusedRequest
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

KEY_BYTES_MIN = 32
KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
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
    code: str,
    name: str,
    secret: SecretBytes,
    *,
    valid_from: datetime,
    user: User | None,
    at: datetime,
) -> PartnerKey:
    """Give a partner a key; keys before it end a day after this one begins.

    Raises:
        InvalidInputError: a secret shorter than 32 bytes, or a name that is taken or none.
        RefusedError: no such partner.
    """
    if not KEY_NAME.fullmatch(name):
        raise InvalidInputError(
            f"a key named {name[:40]!r}", expected="1 to 40 of A-Z a-z 0-9 . _ -"
        )
    if len(secret) < KEY_BYTES_MIN:
        raise InvalidInputError(
            f"a key of {len(secret)} bytes", expected=f"at least {KEY_BYTES_MIN} bytes"
        )
    master = keyring().current
    with operation(user, "partner.key", "partner", code, unit=None, at=at) as work:
        partner = _locked(code)
        if partner.keys.filter(name=name).exists():
            raise InvalidInputError(f"a second key {name!r}", expected="a name not used before")
        work.after = {"key": name, "valid_from": valid_from}
        ends = valid_from + timedelta(days=1)
        partner.keys.filter(valid_to__isnull=True).update(valid_to=ends)
        return PartnerKey.objects.create(
            partner=partner,
            name=name,
            sealed=master.seal(secret.reveal(), _binding(code, name)),
            sealed_under=master.name,
            valid_from=valid_from,
        )


def let_call(
    code: str, *, networks: Sequence[str], per_second: int, user: User | None, at: datetime
) -> None:
    """Say from where a partner may call (nowhere named: from anywhere) and how often.

    Raises:
        InvalidInputError: what is no network, or a number that is not positive.
        RefusedError: no such partner.
    """
    for one in networks:
        try:
            ip_network(one)
        except ValueError as error:
            raise InvalidInputError(
                f"the network {one[:43]!r}", expected="an address range, as 203.0.113.0/24"
            ) from error
    if per_second < 1:
        raise InvalidInputError(f"{per_second} requests a second", expected="at least 1")
    with operation(user, "partner.calling", "partner", code, unit=None, at=at) as work:
        partner = _locked(code)
        work.before = {
            "networks": list(partner.networks), "per_second": partner.requests_per_second
        }  # fmt: skip
        work.after = {"networks": list(networks), "per_second": per_second}
        partner.networks, partner.requests_per_second = list(networks), per_second
        partner.save(update_fields=["networks", "requests_per_second"])


def _locked(code: str) -> Partner:
    found = Partner.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise RefusedError(f"there is no partner {code[:16]!r}")
    return found


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
        at=at,
        address=address,
        partner_code=code[:16],
        what=what.replace("\0", "\N{REPLACEMENT CHARACTER}")[:120],  # no text of PostgreSQL has it
        reason=reason[:40],
    )


def _binding(code: str, name: str) -> bytes:
    return f"congto/partner/1/{code}/{name}".encode()
