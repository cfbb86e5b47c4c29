"""What both sides of an association know beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.initiate import Conformance
from congto.headend.dlms.obis import obis

if TYPE_CHECKING:
    from congto.headend.dlms.security.agreement import CurveKeys
    from congto.headend.dlms.security.hls import Party
    from congto.headend.dlms.security.protection import Protection

CURRENT_ASSOCIATION = obis("0.0.40.0.0.255")
ASSOCIATION_CLASS, REPLY_TO_CHALLENGE = 15, 1

ALL_SERVICES = (
    Conformance.GENERAL_PROTECTION
    | Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.BLOCKS_WITH_GET
    | Conformance.BLOCKS_WITH_SET
    | Conformance.BLOCKS_WITH_ACTION
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.PRIORITY
    | Conformance.DATA_NOTIFICATION
    | Conformance.ACCESS
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.EVENT_NOTIFICATION
    | Conformance.ACTION
)
"""Services by logical names that we speak, on either side."""

VALUE_BYTES_MIN = 16
SIZE_UNLIMITED, SIZE_MAX = 0, 0xFFFF


def room(pdu_max: int, overhead: int) -> int:
    """Return the bytes of a value that fit one message to a side that takes so many; 0: any.

    `overhead` is what envelopes, tags and headers take of them.
    """
    size = SIZE_MAX if pdu_max == SIZE_UNLIMITED else pdu_max
    return max(size - overhead, VALUE_BYTES_MIN)


def protected(party: Party, protection: Protection | None, curve_keys: CurveKeys) -> Party:
    """Return a party of a handshake with what its association knows: keys, counter, suite."""
    party = replace(party, own_signing=curve_keys.signing, peer_signing=curve_keys.peer_signing)
    if protection is None:
        return party
    return replace(
        party,
        keys=protection.keys,
        counter=protection.initiate_counter,
        suite=protection.policy.sent.suite,
    )
