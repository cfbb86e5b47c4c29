"""A key renewed by agreement: the printed example (Table C.1) and both sides against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import green_book as book
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.renewal import Renewal
from congto.headend.dlms.security.signatures import P256, P384, private_key, public_key
from congto.headend.dlms.security.wrap import KeyId


def meter(**changes) -> Renewal:
    """The meter of the example; its own signature key is not printed with it."""
    of_example = {
        "key_id": KeyId.UNICAST,
        "ephemeral": private_key(P256, bytes.fromhex(book.V_EPHEMERAL_PRIVATE)),
        "signing": private_key(P256, b"\x09" * 32),
        "peer_signing": public_key(P256, bytes.fromhex(book.U_SIGNING_PUBLIC)),
        "client_title": book.PARTY_U,
        "server_title": book.PARTY_V,
        "arc": 6,
    }
    return Renewal(**of_example | changes)


PRINTED_OFFER = bytes.fromhex(book.U_EPHEMERAL_PUBLIC + book.KEY_ID_SIGNATURE)


def test_the_printed_offer_gives_the_printed_key():
    assert meter().renewed(PRINTED_OFFER).raw.hex().upper() == book.RENEWED_UNICAST_ED8


def test_an_offer_for_another_key_is_refused():
    with pytest.raises(DlmsError) as error:
        meter(key_id=KeyId.AUTHENTICATION).renewed(PRINTED_OFFER)
    assert error.value.fault is Fault.BAD_TAG


@given(st.binary(max_size=140))
def test_any_bytes_for_an_offer_are_refused(data):
    with pytest.raises(DlmsError):
        meter().renewed(data)


@pytest.mark.parametrize("curve", [P256, P384])
def test_both_sides_get_the_same_key_and_another_for_each_purpose(curve):
    ephemeral = [private_key(curve, bytes((n,)) * curve.size) for n in (1, 2)]
    signing = [private_key(curve, bytes((n,)) * curve.size) for n in (3, 4)]
    keys = set()
    for key_id in (KeyId.UNICAST, KeyId.MASTER):
        one, other = (
            Renewal(
                key_id,
                ephemeral[side],
                signing[side],
                signing[1 - side].public_key(),
                book.CLIENT,
                book.SERVER,
            )
            for side in (0, 1)
        )
        assert one.renewed(other.offer()) == other.renewed(one.offer())
        keys.add(one.renewed(other.offer()))
    assert len(keys) == 2
    assert {len(key.raw) for key in keys} == {16 if curve is P256 else 32}
