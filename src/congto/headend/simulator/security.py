"""Security setup (class 64), the invocation counter, and the secrets an association holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.data import Data
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.dlms.security.wrap import KeyId, unwrap
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.things import (
    Call,
    RefusalError,
    Thing,
    enum_bytes,
    octet_bytes,
    u32_bytes,
)

if TYPE_CHECKING:
    from congto.headend.dlms.security.keys import SecretKey

SETUP, COUNTER = obis("0.0.43.0.0.255"), obis("0.0.43.1.0.255")
AUTHENTICATED_AND_ENCRYPTED = 3
FIELDS = {
    KeyId.UNICAST: "unicast",
    KeyId.BROADCAST: "broadcast",
    KeyId.AUTHENTICATION: "authentication",
    KeyId.MASTER: "master",
}


def _counter(call: Call) -> bytes:
    """Return the highest counter of a client that a tag stood behind; 0 before the first."""
    return u32_bytes(max(call.meter.peer.proved.get(KeyUse.UNICAST, 0), 0))


def _transfer(call: Call, parameter: Data | None) -> None:
    """Take wrapped keys, all or none; they hold from the next association on."""
    meter = call.meter
    try:
        taken: dict[str, SecretKey] = {}
        for element in (parameter or Data(1, ())).items:
            which, wrapped = element.items
            taken[FIELDS[KeyId(which.number)]] = unwrap(
                meter.keys.key(KeyUse.MASTER), wrapped.octets
            )
    except (DlmsError, ValueError) as error:
        raise RefusalError(AccessResult.OTHER_REASON) from error
    if not taken or any(len(key.raw) != KEY_BYTES[meter.suite] for key in taken.values()):
        raise RefusalError(AccessResult.TYPE_UNMATCHED)
    meter.take_keys(replace(meter.keys, **taken))
    meter.happened(call.age, EventCode.KEYS_CHANGED)


def _client_title(call: Call) -> bytes:
    return octet_bytes(call.meter.peer.system_title or b"")


THINGS = (
    Thing(
        64,
        0,
        SETUP,
        {
            2: enum_bytes(AUTHENTICATED_AND_ENCRYPTED),
            3: lambda call: enum_bytes(call.meter.suite),
            4: _client_title,
            5: lambda call: octet_bytes(call.meter.title),
        },
        methods={2: _transfer},
    ),
    Thing(1, 0, COUNTER, {2: _counter}, public=True),
)
