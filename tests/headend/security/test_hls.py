"""Handshakes: published answers, and each side checks the other."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.counters import counter_from
from congto.headend.dlms.security.hls import (
    Mechanism,
    Party,
    mechanism_of,
    new_challenge,
    password_fits,
)
from congto.headend.dlms.security.signatures import P256, P384, private_key
from green_book import (
    AUTHENTICATION_KEY,
    CLIENT,
    CLIENT_ANSWER,
    CLIENT_CHALLENGE,
    COUNTER,
    ENCRYPTION_KEY,
    KEYS,
    SERVER,
    SERVER_ANSWER,
    SERVER_CHALLENGE,
)

SECRET = b"MyHlsSecret01234"
# Digests by md5sum, sha1sum and sha256sum of the bytes that IEC 62056-5-3 (Table 42 of the Green
# Book) puts together: challenge, secret; for SHA-256 secret, titles, challenges.
DIGESTS = {
    Mechanism.MD5: ("df0c994021e1a3c19841eddc1054fa01", "3e596c2c192a6d2664fc4b6e653ff86c"),
    Mechanism.SHA1: (
        "43a42c6c80d63e9a932ea2ac135ae6234f963f9f",
        "6d17e6b81f7e67573ac89a6e920e04ac6eae8336",
    ),
    Mechanism.SHA256: (
        "230d09d3b6e9cb930a1fb5d283dc3eb020a1584026bcb5f7a3fee4715822143e",
        "c9af0711a187ddf79d26f1b80e8b85e376d0f4706d5bf490ec8831d164b52b4b",
    ),
}
SIGNING = private_key(P256, bytes(range(1, 33))), private_key(P256, bytes(range(2, 34)))


def parties(mechanism, **of_both) -> tuple[Party, Party]:
    client = Party(
        mechanism,
        CLIENT_CHALLENGE,
        SERVER_CHALLENGE,
        CLIENT,
        SERVER,
        SECRET,
        KEYS,
        counter_from(1),
        own_signing=SIGNING[0],
        peer_signing=SIGNING[1].public_key(),
        **of_both,
    )
    server = Party(
        mechanism,
        SERVER_CHALLENGE,
        CLIENT_CHALLENGE,
        SERVER,
        CLIENT,
        SECRET,
        KEYS,
        counter_from(COUNTER),
        own_signing=SIGNING[1],
        peer_signing=SIGNING[0].public_key(),
        **of_both,
    )
    return client, server


def test_gmac_answers_are_as_printed():
    client, server = parties(Mechanism.GMAC)
    assert client.answer() == CLIENT_ANSWER
    assert server.answer() == SERVER_ANSWER
    client.check(SERVER_ANSWER)
    server.check(CLIENT_ANSWER)


@pytest.mark.parametrize("mechanism", DIGESTS)
def test_digests_are_of_the_bytes_in_the_standards_order(mechanism):
    client, server = parties(mechanism)
    assert (client.answer().hex(), server.answer().hex()) == DIGESTS[mechanism]


HANDSHAKES = [Mechanism.MD5, Mechanism.SHA1, Mechanism.GMAC, Mechanism.SHA256, Mechanism.ECDSA]


@pytest.mark.parametrize("mechanism", HANDSHAKES)
def test_each_side_accepts_the_other_and_not_itself(mechanism):
    client, server = parties(mechanism)
    server.check(client.answer())
    client.check(server.answer())
    for party in (client, server):
        with pytest.raises(DlmsError) as error:
            party.check(party.answer())
        assert error.value.fault is Fault.BAD_TAG


@given(st.sampled_from(HANDSHAKES), st.data())
def test_a_flipped_bit_in_an_answer_is_refused(mechanism, data):
    client, server = parties(mechanism)
    answer = bytearray(server.answer())
    bit = data.draw(st.integers(0, 8 * len(answer) - 1))
    answer[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DlmsError) as error:
        client.check(bytes(answer))
    assert error.value.fault in {Fault.BAD_TAG, Fault.BAD_VALUE, Fault.UNKNOWN_KEY}


@pytest.mark.parametrize("control", [0x11, 0x20, 0x00])
def test_a_gmac_answer_of_another_suite_or_kind_is_refused(control):
    """Even where its tag is right for what it says of itself."""
    covered = bytes((control,)) + AUTHENTICATION_KEY + CLIENT_CHALLENGE
    tag = AESGCM(ENCRYPTION_KEY).encrypt(SERVER + COUNTER.to_bytes(4), b"", covered)[:12]
    with pytest.raises(DlmsError) as error:
        parties(Mechanism.GMAC)[0].check(bytes((control,)) + COUNTER.to_bytes(4) + tag)
    assert error.value.fault is Fault.BAD_VALUE


@given(st.sampled_from(HANDSHAKES), st.binary(max_size=120))
def test_any_bytes_for_an_answer_are_refused_by_name(mechanism, answer):
    with pytest.raises(DlmsError):
        parties(mechanism)[0].check(answer)


def test_our_own_challenge_come_back_is_refused():
    party = Party(Mechanism.GMAC, CLIENT_CHALLENGE, CLIENT_CHALLENGE)
    with pytest.raises(DlmsError, match="our own challenge") as error:
        party.refuse_bad_challenge()
    assert error.value.fault is Fault.REJECTED


@pytest.mark.parametrize(
    ("mechanism", "size"),
    [(Mechanism.GMAC, 7), (Mechanism.GMAC, 65), (Mechanism.ECDSA, 31), (Mechanism.MD5, 0)],
)
def test_a_challenge_too_short_or_too_long_is_refused(mechanism, size):
    with pytest.raises(DlmsError) as error:
        Party(mechanism, b"another one", bytes(size)).refuse_bad_challenge()
    assert error.value.fault is Fault.BAD_VALUE


@pytest.mark.parametrize("mechanism", HANDSHAKES)
def test_a_challenge_of_ours_has_a_length_the_peer_accepts(mechanism):
    challenge = new_challenge(mechanism)
    Party(mechanism, b"another one", challenge).refuse_bad_challenge()
    assert new_challenge(mechanism) != challenge


def test_the_manufacturers_mechanism_is_refused_by_name():
    with pytest.raises(DlmsError, match="mechanism 2, whose answers") as error:
        mechanism_of(2)
    assert error.value.fault is Fault.REFUSED
    with pytest.raises(DlmsError) as error:
        mechanism_of(8)
    assert error.value.fault is Fault.BAD_VALUE
    assert mechanism_of(5) is Mechanism.GMAC


def test_what_is_needed_and_missing_is_named():
    for mechanism in (Mechanism.ECDSA, Mechanism.GMAC, Mechanism.LOW):
        with pytest.raises(DlmsError):
            Party(mechanism, CLIENT_CHALLENGE, SERVER_CHALLENGE).answer()


def test_ecdsa_signs_with_the_curve_of_the_key():
    key = private_key(P384, bytes(range(1, 49)))
    client = Party(
        Mechanism.ECDSA, bytes(32), bytes(range(32)), CLIENT, SERVER, own_signing=key, suite=2
    )
    server = Party(
        Mechanism.ECDSA, bytes(range(32)), bytes(32), SERVER, CLIENT, peer_signing=key.public_key()
    )
    answer = client.answer()
    assert len(answer) == 96
    server.check(answer)


def test_passwords_are_compared_whole():
    assert password_fits(b"12345678", b"12345678")
    assert not password_fits(b"12345678", b"1234567")


def test_secrets_are_not_shown():
    client, _ = parties(Mechanism.SHA256)
    assert "MyHls" not in repr(client)
    assert "K56" not in repr(client)
