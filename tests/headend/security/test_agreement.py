"""Signatures and agreed keys against the printed examples of suite 1 and of NSA Suite B."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import green_book as book
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.agreement import (
    Algorithm,
    CurveKeys,
    ciphering,
    derive,
    shared_secret,
)
from congto.headend.dlms.security.control import control_of
from congto.headend.dlms.security.counters import ONE_TIME_KEPT, PeerState, counter_from
from congto.headend.dlms.security.forms import Form, decode
from congto.headend.dlms.security.general import AgreedKey, GeneralHeader, Scheme
from congto.headend.dlms.security.keys import KeySet
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.dlms.security.signatures import (
    P256,
    P384,
    private_key,
    public_bytes,
    public_key,
    sign,
    verify,
)

ED8_ARC = 6


def private(text: str):
    return private_key(P256, bytes.fromhex(text))


def public(text: str):
    return public_key(P256, bytes.fromhex(text))


U = CurveKeys(
    private(book.U_STATIC_PRIVATE),
    public(book.V_STATIC_PUBLIC),
    signing=private(book.U_SIGNING_PRIVATE),
)
V = CurveKeys(
    private(book.V_STATIC_PRIVATE),
    public(book.U_STATIC_PUBLIC),
    peer_signing=public(book.U_SIGNING_PUBLIC),
)
# NSA, Suite B Implementer's Guide to FIPS 186-3, example of P-384.
P384_PUBLIC = bytes.fromhex(
    "1fbac8eebd0cbf35640b39efe0808dd774debff20a2a329e91713baf7d7f3c3e81546d883730bee7e48678f857b02c"
    "a0eb213103bd68ce343365a8a4c3d4555fa385f5330203bdd76ffad1f3affb95751c132007e1b240353cb0a4cf1693"
    "bdf9"
)
P384_SIGNATURE = bytes.fromhex(
    "a0c27ec893092dea1e1bd2ccfed3cf945c8134ed0c9f81311a0f4a05942db8dbed8dd59f267471d5462aa14fe72de8"
    "5620ab3f45b74f10b6e11f96a2c8eb694d206b9dda86d3c7e331c26b22c987b7537726577667adadf168ebbe803794"
    "a402"
)


def test_printed_signatures_fit():
    signer = public(book.U_SIGNING_PUBLIC)
    verify(signer, bytes.fromhex(book.KEY_ID_SIGNATURE), bytes.fromhex(book.KEY_ID_AND_PUBLIC))
    verify(
        signer,
        bytes.fromhex(book.U_MESSAGE_EPHEMERAL_SIGNATURE),
        bytes.fromhex(book.U_MESSAGE_EPHEMERAL_PUBLIC),
    )
    message = b"This is only a test message. It is 48 bytes long"
    verify(public_key(P384, P384_PUBLIC), P384_SIGNATURE, message)


def test_signatures_are_those_of_rfc_6979():
    """RFC 6979, A.2.5 and A.2.6: P-256 with SHA-256, P-384 with SHA-384, message "sample"."""
    of_256 = private_key(
        P256, bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    )
    assert sign(of_256, b"sample").hex().upper() == (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )
    of_384 = private_key(
        P384,
        bytes.fromhex(
            "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"
            "96D5724E4C70A825F872C9EA60D2EDF5"
        ),
    )
    assert sign(of_384, b"sample").hex().upper() == (
        "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C"
        "81A648152E44ACF96E36DD1E80FABE46"
        "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F"
        "A329C145786E679E7B82C71A38628AC8"
    )


def test_private_and_public_keys_belong_together():
    for one, other in (
        (book.U_SIGNING_PRIVATE, book.U_SIGNING_PUBLIC),
        (book.U_STATIC_PRIVATE, book.U_STATIC_PUBLIC),
        (book.V_STATIC_PRIVATE, book.V_STATIC_PUBLIC),
        (book.U_MESSAGE_EPHEMERAL_PRIVATE, book.U_MESSAGE_EPHEMERAL_PUBLIC),
    ):
        assert public_bytes(private(one).public_key()).hex().upper() == other


@given(st.integers(0, 511))
def test_a_flipped_bit_of_a_signature_is_refused(bit):
    signature = bytearray.fromhex(book.KEY_ID_SIGNATURE)
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DlmsError) as error:
        verify(
            public(book.U_SIGNING_PUBLIC), bytes(signature), bytes.fromhex(book.KEY_ID_AND_PUBLIC)
        )
    assert error.value.fault is Fault.BAD_TAG


@given(st.binary(max_size=100))
def test_any_bytes_for_a_signature_or_key_are_refused(data):
    with pytest.raises(DlmsError):
        verify(public(book.U_SIGNING_PUBLIC), data, b"message")
    with pytest.raises(DlmsError):
        public_key(P256, data)
    with pytest.raises(DlmsError):
        public_key(P256, data.ljust(64, b"\x00")[:64])


def test_the_secret_for_renewing_a_key_is_as_printed():
    secret = shared_secret(private(book.V_EPHEMERAL_PRIVATE), public(book.U_EPHEMERAL_PUBLIC))
    assert secret.hex().upper() == book.RENEWAL_SECRET
    algorithm = Algorithm.AES_GCM_128.identifier(ED8_ARC)
    renewed = derive(P256, secret, algorithm, book.PARTY_U, book.PARTY_V)
    assert renewed.hex().upper() == book.RENEWED_UNICAST_ED8


@pytest.mark.parametrize(("arc", "key"), [(5, book.MESSAGE_KEY), (6, book.MESSAGE_KEY_ED8)])
def test_a_message_key_is_derived_as_each_edition_prints_it(arc, key):
    secret = bytes.fromhex(book.MESSAGE_SECRET)
    ephemeral = private(book.U_MESSAGE_EPHEMERAL_PRIVATE)
    assert shared_secret(ephemeral, public(book.V_STATIC_PUBLIC)) == secret
    algorithm = ciphering(P256).identifier(arc)
    derived = derive(P256, secret, algorithm, book.PARTY_U, book.PARTY_V)
    assert derived.hex().upper() == key


def test_the_printed_access_request_is_agreed_on_and_deciphered():
    """The printed tag fits no reading of what it may cover (decision 20): see the next test."""
    message = decode(book.PROTECTED_ACCESS_REQUEST)
    key = V.agreed(message.header)
    assert key.raw.hex().upper() == book.MESSAGE_KEY
    vector = gcm.initial_vector(message.system_title, message.counter)
    plain = gcm.reveal(message.control, key.cipher, vector, message.payload)
    assert plain == book.ACCESS_REQUEST


def test_our_access_request_differs_from_the_printed_one_only_in_signature_and_tag():
    keys = KeySet.of(authentication=book.AUTHENTICATION_KEY)
    policy = Policy(control_of(0x31))
    sender = Protection(book.PARTY_U, keys, counter_from(0), policy=policy)
    header = GeneralHeader(bytes(range(1, 9)), book.PARTY_U, book.PARTY_V)
    header, key = U.offered(header, private(book.U_MESSAGE_EPHEMERAL_PRIVATE))
    sent = sender.protect_under(header, key, book.ACCESS_REQUEST)
    printed = book.PROTECTED_ACCESS_REQUEST
    start = printed.index(bytes.fromhex(book.U_MESSAGE_EPHEMERAL_SIGNATURE))
    assert len(sent) == len(printed)
    assert sent[:start] == printed[:start]
    assert sent[start + 64 : -12] == printed[start + 64 : -12]
    receiver = Protection(book.PARTY_V, keys, counter_from(0), policy=policy, curve_keys=V)
    peer = PeerState(book.PARTY_U)
    assert receiver.unprotect(sent, peer) == book.ACCESS_REQUEST
    with pytest.raises(DlmsError) as error:
        receiver.unprotect(sent, peer)
    assert error.value.fault is Fault.REPLAYED


@pytest.mark.parametrize("curve", [P256, P384])
def test_static_keys_agree_on_another_key_with_each_transaction(curve):
    one = private_key(curve, b"\x01" * curve.size)
    other = private_key(curve, b"\x02" * curve.size)
    left = CurveKeys(one, other.public_key())
    right = CurveKeys(other, one.public_key())
    first, key = left.offered(GeneralHeader(b"\x01", book.CLIENT, book.SERVER))
    _, second = left.offered(GeneralHeader(b"\x02", book.CLIENT, book.SERVER))
    assert right.agreed(first) == key
    assert key != second
    assert len(key.raw) == {1: 16, 2: 32}[curve.suite]


def test_an_ephemeral_key_that_the_peer_did_not_sign_is_refused():
    """Else anybody between the two could agree on a key with each of them."""
    middle = private(book.V_EPHEMERAL_PRIVATE)
    own = public_bytes(middle.public_key())
    for signature in (sign(middle, own), bytes(64)):
        header = GeneralHeader(
            b"", book.PARTY_U, book.PARTY_V, key_info=AgreedKey(b"\x01", own + signature)
        )
        with pytest.raises(DlmsError) as error:
            V.agreed(header)
        assert error.value.fault is Fault.BAD_TAG


@given(st.binary(max_size=3), st.binary(max_size=140))
def test_any_bytes_of_an_agreement_are_refused_by_name(parameters, data):
    header = GeneralHeader(b"", book.PARTY_U, book.PARTY_V, key_info=AgreedKey(parameters, data))
    if parameters == b"\x02":
        return
    with pytest.raises(DlmsError):
        V.agreed(header)


def test_keys_of_two_curves_are_refused():
    with pytest.raises(DlmsError) as error:
        shared_secret(private_key(P384, b"\x01" * 48), public(book.V_STATIC_PUBLIC))
    assert error.value.fault is Fault.BAD_VALUE


def test_private_keys_are_not_shown():
    assert "PrivateKey" not in repr(U)


def exchanged(sender: Protection, receiver: Protection, peer: PeerState, count: int) -> list[bytes]:
    sent = [sender.protect(book.GET_CLOCK) for _ in range(count)]
    for message in sent:
        assert receiver.unprotect(message, peer) == book.GET_CLOCK
    return sent


@pytest.mark.parametrize("scheme", [Scheme.WRAPPED, Scheme.EPHEMERAL, Scheme.STATIC])
def test_an_old_message_is_refused_however_many_keys_have_been_made_since(scheme):
    """Each message has a key and a counter of its own; so many keys are not remembered."""
    keys = KeySet.of(
        authentication=book.AUTHENTICATION_KEY, unicast=bytes(16), master=bytes(range(16))
    )
    one, other = private_key(P256, b"\x01" * 32), private_key(P256, b"\x02" * 32)
    policy = Policy(control_of(0x31), scheme=scheme)
    sender = Protection(
        book.CLIENT,
        keys,
        counter_from(0),
        Form.GENERAL,
        policy,
        recipient=book.SERVER,
        curve_keys=CurveKeys(one, other.public_key(), one),
    )
    receiver = Protection(
        book.SERVER,
        keys,
        counter_from(0),
        policy=policy,
        curve_keys=CurveKeys(other, one.public_key(), peer_signing=one.public_key()),
    )
    peer = PeerState(book.CLIENT)
    sent = exchanged(sender, receiver, peer, ONE_TIME_KEPT + 3)
    for old in (sent[0], sent[-1]):
        with pytest.raises(DlmsError) as error:
            receiver.unprotect(old, peer)
        assert error.value.fault is Fault.REPLAYED
    # In a session to come nothing is remembered, but one new message puts all old ones behind.
    fresh = PeerState(book.CLIENT)
    exchanged(sender, receiver, fresh, 1)
    with pytest.raises(DlmsError) as error:
        receiver.unprotect(sent[-1], fresh)
    assert error.value.fault is Fault.REPLAYED
