"""What one side protects the other opens; whatever was changed on the way is refused by name."""

import contextlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.control import BOTH, PLAIN, control_of
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import CIPHERED_TAGS, SERVICE_TAGS, Form, decode, encode
from congto.headend.dlms.security.general import GeneralHeader, WrappedKey
from congto.headend.dlms.security.keys import KeySet, KeyUse, SecretKey
from congto.headend.dlms.security.protection import REFUSALS, Policy, Protection
from congto.headend.dlms.security.wrap import wrap
from green_book import (
    AUTHENTICATION_KEY,
    CLIENT,
    COUNTER,
    ENCRYPTION_KEY,
    GET_CLOCK,
    INITIATE,
    KEYS,
    SERVER,
)

ALL_KEYS = KeySet.of(
    unicast=ENCRYPTION_KEY,
    authentication=AUTHENTICATION_KEY,
    broadcast=bytes(range(16, 32)),
    dedicated=bytes(range(32, 48)),
    master=bytes(range(48, 64)),
)
CONTROLS = (0x10, 0x20, 0x30, 0x50, 0x60, 0x70)
PLAIN_TAGS = (*SERVICE_TAGS[Form.SERVICE_GLOBAL], 0x0F, 0xD8, 0xD9, 0xDA)
messages = st.builds(
    lambda tag, rest: bytes((tag,)) + rest, st.sampled_from(PLAIN_TAGS), st.binary(max_size=300)
)


def pair(form: Form = Form.SERVICE_GLOBAL, control: int = 0x30) -> tuple[Protection, Protection]:
    policy = Policy(control_of(control))
    client = Protection(CLIENT, ALL_KEYS, counter_from(COUNTER), form, policy, recipient=SERVER)
    return client, Protection(SERVER, ALL_KEYS, counter_from(0), form, policy)


def fault_of(receiver: Protection, apdu: bytes, peer: PeerState | None = None) -> Fault:
    with pytest.raises(DlmsError) as error:
        receiver.unprotect(apdu, peer or PeerState(CLIENT))
    return error.value.fault


@given(messages, st.sampled_from(Form), st.sampled_from(CONTROLS))
def test_what_is_protected_is_opened(apdu, form, control):
    client, server = pair(form, control)
    sent = client.protect(apdu)
    assert sent[0] in CIPHERED_TAGS
    assert encode(decode(sent)) == sent
    assert server.unprotect(sent, PeerState(CLIENT)) == apdu
    assert server.received.byte | 0x40 == control | 0x40


@given(messages, st.sampled_from(Form), st.sampled_from([0x10, 0x30]), st.data())
def test_any_flipped_bit_is_refused(apdu, form, control, data):
    client, server = pair(form, control)
    sent = bytearray(client.protect(apdu))
    bit = data.draw(st.integers(0, 8 * len(sent) - 1))
    sent[bit // 8] ^= 1 << bit % 8
    before = PeerState(CLIENT)
    try:
        opened = server.unprotect(bytes(sent), before)
    except DlmsError:
        assert before.counters == {}
        return
    # What no tag covers is the envelope: either the text inside is still the one sent, or the
    # envelope became a refusal in plain, which says of itself that nothing protected it.
    assert opened == apdu or (opened[0] in REFUSALS and server.received == PLAIN)


@given(messages, st.integers(0, 7), st.data())
def test_a_flipped_bit_of_text_or_tag_is_a_wrong_tag(apdu, bit, data):
    client, server = pair()
    sent = bytearray(client.protect(apdu))
    place = data.draw(st.integers(len(sent) - len(apdu) - 12, len(sent) - 1))
    sent[place] ^= 1 << bit
    assert fault_of(server, bytes(sent)) is Fault.BAD_TAG


@given(st.binary(max_size=200), st.sampled_from([None, *sorted(CIPHERED_TAGS)]))
def test_any_bytes_are_opened_or_refused_by_name(data, tag):
    apdu = data if tag is None else bytes((tag,)) + data
    _, server = pair()
    with contextlib.suppress(DlmsError):
        server.unprotect(apdu, PeerState(CLIENT))


def test_a_wrong_encryption_or_authentication_key_is_a_wrong_tag():
    client, _ = pair()
    for keys in (
        KeySet.of(unicast=bytes(16), authentication=AUTHENTICATION_KEY),
        KeySet.of(unicast=ENCRYPTION_KEY, authentication=bytes(16)),
    ):
        server = Protection(SERVER, keys, counter_from(0))
        assert fault_of(server, client.protect(GET_CLOCK)) is Fault.BAD_TAG


def test_without_a_tag_a_wrong_key_shows_by_what_comes_out():
    client, _ = pair(control=0x20)
    keys = KeySet.of(unicast=bytes(16))
    server = Protection(SERVER, keys, counter_from(0), policy=Policy(control_of(0x20)))
    assert fault_of(server, client.protect(GET_CLOCK)) is Fault.BAD_TAG


def test_a_replayed_message_is_refused_and_the_next_one_taken():
    client, server = pair()
    peer = PeerState(CLIENT)
    first, second = client.protect(GET_CLOCK), client.protect(GET_CLOCK)
    assert server.unprotect(first, peer) == GET_CLOCK
    assert fault_of(server, first, peer) is Fault.REPLAYED
    assert server.unprotect(second, peer) == GET_CLOCK
    assert fault_of(server, first, peer) is Fault.REPLAYED


def test_a_refused_message_does_not_use_up_the_true_one():
    client, server = pair()
    peer = PeerState(CLIENT)
    sent = client.protect(GET_CLOCK)
    assert fault_of(server, sent[:-1] + bytes((sent[-1] ^ 1,)), peer) is Fault.BAD_TAG
    assert server.unprotect(sent, peer) == GET_CLOCK


@pytest.mark.parametrize(("sent", "lacking"), [(0x10, "encryption"), (0x20, "authentication")])
def test_less_protection_than_agreed_is_refused(sent, lacking):
    client, _ = pair(control=sent)
    _, server = pair()
    with pytest.raises(DlmsError, match=f"without {lacking};") as error:
        server.unprotect(client.protect(GET_CLOCK), PeerState(CLIENT))
    assert error.value.fault is Fault.UNPROTECTED


def test_a_plain_message_is_refused_and_a_plain_refusal_heard():
    _, server = pair()
    assert fault_of(server, GET_CLOCK) is Fault.UNPROTECTED
    assert fault_of(server, b"") is Fault.UNPROTECTED
    refusal = bytes.fromhex("D80106")
    assert server.unprotect(refusal, PeerState(CLIENT)) == refusal
    assert server.received == PLAIN


def test_less_may_be_demanded_than_is_sent():
    policy = Policy(BOTH, demanded=PLAIN)
    server = Protection(SERVER, KEYS, counter_from(0), policy=policy)
    assert server.unprotect(GET_CLOCK, PeerState(CLIENT)) == GET_CLOCK


def test_a_message_of_another_meter_or_to_another_is_refused():
    client, server = pair(Form.GENERAL_GLOBAL)
    assert fault_of(server, client.protect(GET_CLOCK), PeerState(SERVER)) is Fault.BAD_VALUE
    client, _ = pair(Form.GENERAL)
    other = Protection(b"OTHER001", ALL_KEYS, counter_from(0))
    assert fault_of(other, client.protect(GET_CLOCK)) is Fault.WRONG_ADDRESS


def test_a_message_of_another_suite_is_refused():
    _, server = pair()
    sent = bytearray(pair()[0].protect(GET_CLOCK))
    for control in (0x31, 0x3F, 0xB0):
        sent[2] = control
        assert fault_of(server, bytes(sent)) is Fault.BAD_VALUE


def test_a_missing_key_is_named():
    client, _ = pair(Form.SERVICE_DEDICATED)
    server = Protection(SERVER, KEYS, counter_from(0))
    with pytest.raises(DlmsError, match="no dedicated key") as error:
        server.unprotect(client.protect(GET_CLOCK), PeerState(CLIENT))
    assert error.value.fault is Fault.UNKNOWN_KEY


def test_initiate_is_always_sealed_with_the_global_key_and_its_own_counter():
    client = Protection(
        CLIENT,
        ALL_KEYS,
        counter_from(0),
        Form.SERVICE_DEDICATED,
        initiate_counter=counter_from(COUNTER),
    )
    initiate, request = decode(client.protect(INITIATE)), decode(client.protect(GET_CLOCK))
    assert (initiate.form, initiate.counter) == (Form.SERVICE_GLOBAL, COUNTER)
    assert (request.form, request.counter) == (Form.SERVICE_DEDICATED, 0)


def test_a_message_without_a_form_of_its_own_travels_in_a_general_one():
    access_request = b"\xd9\x40\x00\x00\x00\x00"
    assert decode(pair()[0].protect(access_request)).form is Form.GENERAL_GLOBAL
    dedicated, _ = pair(Form.SERVICE_DEDICATED)
    assert decode(dedicated.protect(access_request)).form is Form.GENERAL_DEDICATED


def test_a_key_wrapped_in_the_message_opens_it_once():
    client, server = pair()
    key = SecretKey(bytes(range(100, 116)))
    header = GeneralHeader(
        b"\x00\x01", CLIENT, SERVER, key_info=WrappedKey(wrap(ALL_KEYS.master, key))
    )
    sent = client.protect_under(header, key, GET_CLOCK)
    peer = PeerState(CLIENT)
    assert server.unprotect(sent, peer) == GET_CLOCK
    assert fault_of(server, sent, peer) is Fault.REPLAYED


def test_each_wrapped_key_starts_a_counter_of_its_own():
    """Exchanges rise, counters do not: each is 0 here."""
    client, server = pair()
    peer = PeerState(CLIENT)
    for number in range(3):
        key = SecretKey(bytes((number,)) * 16)
        info = WrappedKey(wrap(ALL_KEYS.master, key))
        header = GeneralHeader(number.to_bytes(8), CLIENT, SERVER, key_info=info)
        assert server.unprotect(client.protect_under(header, key, GET_CLOCK), peer) == GET_CLOCK


def test_general_ciphering_proves_its_fields_with_their_lengths():
    """Green Book, Figure 84; put together here by hand and sealed by the library alone."""
    client, server = pair(Form.GENERAL)
    sent = client.protect(GET_CLOCK)
    fields = bytes((8,)) + COUNTER.to_bytes(8) + b"\x08" + CLIENT + b"\x08" + SERVER + b"\x00\x00"
    key_info = bytes.fromhex("010000")
    sealed = AESGCM(ENCRYPTION_KEY).encrypt(
        CLIENT + COUNTER.to_bytes(4), GET_CLOCK, b"\x30" + AUTHENTICATION_KEY + fields
    )[:-4]
    content = b"\x30" + COUNTER.to_bytes(4) + sealed
    assert sent == b"\xdd" + fields + key_info + bytes((len(content),)) + content
    changed = sent.replace(COUNTER.to_bytes(8), bytes(8), 1)
    assert fault_of(server, changed) is Fault.BAD_TAG


def test_only_a_tag_proves_a_counter():
    peer = PeerState(CLIENT)
    client, server = pair(control=0x20)
    server.unprotect(client.protect(GET_CLOCK), peer)
    assert peer.proved == {}
    client, server = pair(control=0x30)
    client.protect(GET_CLOCK)  # takes the number that was used above
    server.unprotect(client.protect(GET_CLOCK), peer)
    assert peer.proved == {KeyUse.UNICAST: COUNTER + 1}


def test_a_suite_two_message_has_keys_of_32_bytes():
    keys = KeySet.of(unicast=bytes(range(32)), authentication=bytes(32))
    policy = Policy(control_of(0x32))
    client = Protection(CLIENT, keys, counter_from(1), policy=policy)
    server = Protection(SERVER, keys, counter_from(1), policy=policy)
    assert server.unprotect(client.protect(GET_CLOCK), PeerState(CLIENT)) == GET_CLOCK
    with pytest.raises(DlmsError, match="unicast key of 16 bytes"):
        Protection(CLIENT, KEYS, counter_from(1), policy=policy)


def test_keys_are_not_shown():
    protection, _ = pair()
    shown = f"{ALL_KEYS!r} {ALL_KEYS} {ALL_KEYS.unicast!r} {protection!r}"
    assert ENCRYPTION_KEY.hex() not in shown
    assert repr(ENCRYPTION_KEY)[2:-1] not in shown
    assert "SecretKey(16 bytes)" in shown
