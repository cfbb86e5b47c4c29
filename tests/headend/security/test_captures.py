"""Pushes of real meters, captured with their keys (Apache-2.0, beside the checkout)."""

import json

import pytest

from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import decode
from congto.headend.dlms.security.keys import KeySet, KeyUse, SecretKey
from congto.headend.dlms.security.protection import Protection

pytestmark = pytest.mark.shared

LLC_BYTES = 3
FRAME_TAIL = 3  # check sequence and flag
BLOCK_HEAD = 6  # general-block-transfer: tag, control, number, acknowledged


def capture(shared, name):
    found = json.loads((shared / "data/dlms/captured_frames.json").read_text())
    return next(one for one in found if one["name"] == name)


def frames(found):
    """Part the captured line into frames by the length that each begins with."""
    line = bytes.fromhex(found["frames"][0])
    while line:
        size = 2 + (int.from_bytes(line[1:3]) & 0x07FF)
        yield line[:size]
        line = line[size:]


def refuse_absent(plain: bytes, expected: dict) -> None:
    for code, value in expected.items():
        at = plain.find(b"\x09\x06" + bytes(map(int, code.split("."))))
        assert at >= 0, code
        kind, number = plain[at + 8], plain[at + 9 :]
        assert int.from_bytes(number[: {0x06: 4, 0x12: 2}[kind]]) == int(value), code


def test_a_push_with_tag_is_proved_and_holds_the_published_values(shared):
    found = capture(shared, "hdlc_kamstrup_omnipower")
    apdu = next(frames(found))[8 + LLC_BYTES : -FRAME_TAIL]  # addresses of one byte
    keys = KeySet.of(
        unicast=bytes.fromhex(found["key"]), authentication=bytes.fromhex(found["auth_key"])
    )
    peer = PeerState()
    plain = Protection(b"CONGTO01", keys, counter_from(0)).unprotect(apdu, peer)
    assert plain[0] == 0x0F
    assert b"Kamstrup_V0001" in plain
    refuse_absent(plain, found["floats"])
    assert len(found["floats"]) > 25
    assert peer.system_title == bytes.fromhex("4b414d4501349083")
    assert peer.proved == {KeyUse.UNICAST: 0x010F60A4}


def test_a_push_whose_authentication_key_is_lost_can_be_looked_at(shared):
    found = capture(shared, "hdlc_landis_gyr_e450")
    message_bytes = b""
    for number, frame in enumerate(frames(found)):
        block = frame[9 + (0 if number else LLC_BYTES) : -FRAME_TAIL]  # address of two bytes
        message_bytes += block[BLOCK_HEAD + 1 :][: block[BLOCK_HEAD]]
    message = decode(message_bytes)
    assert message.control.authenticated
    cipher = SecretKey(bytes.fromhex(found["key"])).cipher
    vector = gcm.initial_vector(message.system_title, message.counter)
    plain = gcm.reveal(message.control, cipher, vector, message.payload)
    assert plain[0] == 0x0F
    for code, value in found["floats"].items():
        assert bytes(map(int, code.split("."))) in plain
        assert int(value).to_bytes(4) in plain
