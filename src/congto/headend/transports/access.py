"""What proves us to one meter, and the client that a profile and it make."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from congto.headend.dlms.client import Client, Settings
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS, CurveKeys
from congto.headend.dlms.security.control import KEY_BYTES, PLAIN
from congto.headend.dlms.security.counters import OwnCounter, PeerState, counter_from
from congto.headend.dlms.security.keys import KeySet, SecretKey
from congto.headend.dlms.security.protection import Policy, Protection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from congto.headend.dlms.security.keys import KeyUse
    from congto.headend.profiles.model import Profile

RESERVED_AT_ONCE = 16
"""Counters that a reading uses up, and some: written down once a session."""


class CounterStore(Protocol):
    """Our invocation counter of one key, kept where a crash does not lose it."""

    @property
    def upcoming(self) -> int:
        """Return the next number that would be given."""

    def reserve(self, count: int) -> int:
        """Write down that the next `count` numbers are used; return the first of them."""

    def raise_to(self, number: int) -> None:
        """Give no number below this one any more; a counter is never lowered."""


@dataclass(frozen=True, slots=True)
class Access:
    """The secrets of one meter and who we are to it.

    Attributes:
        secret: password (LLS) or secret of HLS 3, 4 and 6.
        keys: of a ciphered association.
        own_title: our system title, 8 bytes.
        counter: our counter of the unicast key.
        meter_title: the meter's system title where it is known.
        proved: the meter's counters kept from earlier sessions, against replay.
        curve_keys: our private keys and those of the meter's certificates (suites 1 and 2).
        certificate: of our signature key, sent where it is given.
    """

    secret: bytes = field(default=b"", repr=False)
    keys: KeySet | None = None
    own_title: bytes = b""
    counter: CounterStore | None = None
    meter_title: bytes | None = None
    proved: Mapping[KeyUse, int] = field(default_factory=dict)
    curve_keys: CurveKeys = NO_CURVE_KEYS
    certificate: bytes = field(default=b"", repr=False)


def reading_client(profile: Profile, access: Access) -> Client:
    """Return the client that reads: as the profile says, with the secrets of the meter.

    Raises:
        DlmsError: UNKNOWN_KEY where the profile asks for keys or a counter that are not given.
    """
    how = profile.associating
    dedicated = secrets.token_bytes(KEY_BYTES[how.suite]) if how.form.dedicated else b""
    settings = Settings(
        mechanism=how.mechanism,
        secret=access.secret,
        own_title=access.own_title,
        pdu_max=how.pdu_max,
        association=how.association,
        list_max=how.list_max,
        dedicated_key=dedicated,
        curve_keys=access.curve_keys,
        certificate=access.certificate,
    )
    if how.protection is None:
        return Client(settings)
    protection = _protection(profile, access, dedicated)
    return Client(settings, protection, PeerState(access.meter_title, known=access.proved))


def _protection(profile: Profile, access: Access, dedicated: bytes) -> Protection:
    how = profile.associating
    keys = access.keys
    if access.counter is None or (keys is None and how.security is not None):
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            f"profile {profile.name} protects messages, and no keys are given",
            expected="unicast and authentication key, and an invocation counter",
            action="Import the meter's keys from the maker's shipment file",
        )
    if keys is None:
        keys = KeySet()
    if dedicated:
        keys = replace(keys, dedicated=SecretKey(dedicated))
    counter = OwnCounter(access.counter.reserve, at_once=RESERVED_AT_ONCE)
    return Protection(
        access.own_title,
        keys,
        counter_from(0) if dedicated else counter,
        how.form,
        Policy(how.protection or PLAIN, scheme=how.scheme, signed=how.signed),
        initiate_counter=counter,
        recipient=access.meter_title or b"",
        curve_keys=access.curve_keys,
    )


def public_client(profile: Profile) -> Client:
    """Return the client that reads what is open to all; it needs no secret."""
    how = profile.associating
    return Client(Settings(pdu_max=how.pdu_max, list_max=how.list_max))
