"""Messages printed in the Green Book, both ways, byte for byte."""

import pytest

from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.control import control_of
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import Form, decode, encode
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.protection import Policy, Protection
from green_book import (
    COUNTER,
    GET_CLOCK,
    INITIATE,
    KEYS,
    PROTECTED_GET_CLOCK,
    PROTECTED_INITIATE,
    SERVER,
)


def protection(control: int) -> Protection:
    return Protection(SERVER, KEYS, counter_from(COUNTER), policy=Policy(control_of(control)))


@pytest.mark.parametrize("control", PROTECTED_GET_CLOCK)
def test_a_get_request_is_protected_as_printed(control):
    assert protection(control).protect(GET_CLOCK).hex().upper() == PROTECTED_GET_CLOCK[control]


@pytest.mark.parametrize("control", PROTECTED_GET_CLOCK)
def test_a_printed_get_request_is_opened(control):
    receiver, peer = protection(control), PeerState(SERVER)
    opened = receiver.unprotect(bytes.fromhex(PROTECTED_GET_CLOCK[control]), peer)
    assert opened == GET_CLOCK
    assert receiver.received == control_of(control)


def test_the_printed_initiate_request_is_protected_and_opened():
    assert protection(0x30).protect(INITIATE) == PROTECTED_INITIATE
    assert protection(0x30).unprotect(PROTECTED_INITIATE, PeerState(SERVER)) == INITIATE


def test_every_printed_envelope_is_written_as_it_was_read():
    for printed in (*map(bytes.fromhex, PROTECTED_GET_CLOCK.values()), PROTECTED_INITIATE):
        assert encode(decode(printed)) == printed


def test_the_general_form_holds_the_same_content_behind_the_system_title():
    sender = Protection(SERVER, KEYS, counter_from(COUNTER), Form.GENERAL_GLOBAL)
    content = PROTECTED_GET_CLOCK[0x30][2:]
    assert sender.protect(GET_CLOCK).hex().upper() == "DB08" + SERVER.hex().upper() + content


# McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, cases 4 and 16.
TEXT = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25b16aedf5aa0de657ba637b39"
)
ASSOCIATED = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
VECTOR = bytes.fromhex("cafebabefacedbaddecaf888")
SEALED = {
    16: "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac"
    "84aa051ba30b396a0aac973d58e091"
    "5bc94fbc3221a5db94fae95a",
    32: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
    "828838c5f61e6393ba7a0abcc9f662"
    "76fc6ece0f4e1768cddf8853",
}
"""Bytes of the key -> text and the first 12 bytes of the tag."""


@pytest.mark.parametrize("size", SEALED)
def test_gcm_gives_the_published_text_and_the_first_twelve_bytes_of_the_tag(size):
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * (size // 16))
    cipher = SecretKey(key).cipher
    sealed = bytes.fromhex(SEALED[size])
    assert gcm.seal(cipher, VECTOR, TEXT, ASSOCIATED) == sealed
    assert gcm.unseal(cipher, VECTOR, sealed, ASSOCIATED) == TEXT
