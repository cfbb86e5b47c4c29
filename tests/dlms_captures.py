"""The captured pushes (Apache-2.0, beside the checkout), brought up to their plain messages."""

import json

from congto.headend.dlms.apdu.general_block import TAG, Assembly
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.hdlc.push import Push, PushReader
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import CIPHERED_TAGS, decode
from congto.headend.dlms.security.keys import KeySet, SecretKey
from congto.headend.dlms.security.protection import Protection


def captures(shared):
    found = json.loads((shared / "data/dlms/captured_frames.json").read_text())
    return {one["name"]: one for one in found}


def message(capture) -> bytes:
    """Return the plain message that a capture's frames carry."""
    line = bytes.fromhex(capture["frames"][-1])  # the last entry is the whole where there are more
    if capture["transport"] == "raw":
        return line
    found = PushReader().feed(line)
    assert all(isinstance(one, Push) for one in found), found
    apdus = [one.apdu for one in found]
    whole = apdus[0]
    if whole[0] == TAG:
        assembly = Assembly(0xFFFF)
        for apdu in apdus:
            whole = assembly.take(parse(apdu))
        assert whole is not None
    return opened(whole, capture["key"], capture["auth_key"])


def opened(apdu: bytes, key: str | None, auth_key: str | None) -> bytes:
    if apdu[0] not in CIPHERED_TAGS:
        return apdu
    unicast = bytes.fromhex(key)
    if auth_key:
        keys = KeySet.of(unicast=unicast, authentication=bytes.fromhex(auth_key))
        return Protection(b"CONGTO01", keys, counter_from(0)).unprotect(apdu, PeerState())
    found = decode(apdu)  # the authentication key is not published: read, not proved
    vector = gcm.initial_vector(found.system_title, found.counter)
    return gcm.reveal(found.control, SecretKey(unicast).cipher, vector, found.payload)
