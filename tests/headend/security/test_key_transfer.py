"""Keys are wrapped as RFC 3394 says and transferred as class 64 takes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.wrap import KeyId, transfer_bytes, unwrap, wrap

# RFC 3394, sections 4.1, 4.3 and 4.6: key encrypting key, key, wrapped.
VECTORS = [
    (
        "000102030405060708090A0B0C0D0E0F",
        "00112233445566778899AABBCCDDEEFF",
        "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5",
    ),
    (
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF",
        "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7",
    ),
    (
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
    ),
]
MASTER = SecretKey(bytes.fromhex(VECTORS[0][0]))


@pytest.mark.parametrize(("master", "key", "wrapped"), VECTORS)
def test_keys_wrap_as_published(master, key, wrapped):
    master, key = SecretKey(bytes.fromhex(master)), SecretKey(bytes.fromhex(key))
    assert wrap(master, key).hex().upper() == wrapped
    assert unwrap(master, bytes.fromhex(wrapped)) == key


@given(st.binary(max_size=64))
def test_anything_else_is_refused(data):
    with pytest.raises(DlmsError) as error:
        unwrap(MASTER, data)
    assert error.value.fault is Fault.BAD_TAG


@given(st.binary(min_size=16, max_size=16), st.integers(0, 191))
def test_a_flipped_bit_is_refused(raw, bit):
    wrapped = bytearray(wrap(MASTER, SecretKey(raw)))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DlmsError) as error:
        unwrap(MASTER, bytes(wrapped))
    assert error.value.fault is Fault.BAD_TAG


def test_a_transfer_is_an_array_of_key_ids_and_wrapped_keys():
    """Array of 2; structure of 2: enum 0 or 2, octet-string of 24 bytes (Blue Book, class 64)."""
    key = SecretKey(bytes.fromhex(VECTORS[0][1]))
    wrapped = VECTORS[0][2]
    expected = f"0102 0202 1600 0918 {wrapped} 0202 1602 0918 {wrapped}"
    keys = {KeyId.UNICAST: key, KeyId.AUTHENTICATION: key}
    assert transfer_bytes(MASTER, keys) == bytes.fromhex(expected)


def test_a_key_of_another_length_is_refused():
    with pytest.raises(DlmsError) as error:
        SecretKey(bytes(15))
    assert error.value.fault is Fault.UNKNOWN_KEY
