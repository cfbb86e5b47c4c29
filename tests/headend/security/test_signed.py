"""Messages in general-signing: whole, by the right key, once; and associations that demand it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import green_book as book
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.client import Client, Settings
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.meter import MeterAssociation, Offer
from congto.headend.dlms.security.agreement import CurveKeys
from congto.headend.dlms.security.control import control_of
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeySet
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.dlms.security.signatures import P256, private_key, verify
from congto.headend.dlms.security.signed import read_signed
from small_meter import TOTAL, Objects

ONE, OTHER, STRANGER = (private_key(P256, bytes(range(n, n + 32))) for n in (1, 2, 3))
CLIENT_KEYS = CurveKeys(signing=ONE, peer_signing=OTHER.public_key())
METER_KEYS = CurveKeys(signing=OTHER, peer_signing=ONE.public_key())
BARE = Policy(control_of(0x01), signed=True)
SEALED = Policy(control_of(0x31), signed=True)
UNSIGNED = Policy(control_of(0x31))


def client(policy=BARE, keys=CLIENT_KEYS, **how) -> Protection:
    return Protection(
        book.CLIENT, book.KEYS, counter_from(5), policy=policy, recipient=book.SERVER,
        curve_keys=keys, **how,
    )  # fmt: skip


def meter(policy=BARE, **how) -> Protection:
    return Protection(
        book.SERVER, book.KEYS, counter_from(9), policy=policy, curve_keys=METER_KEYS, **how
    )


def test_a_signed_message_has_each_field_with_its_length():
    """Tag and fields as the Green Book, clause 9.5, lists them; written out by hand."""
    sent = client().protect(book.GET_CLOCK)
    fields = (
        "08 0000000000000005 08 4D4D4D0000000001 08 4D4D4D0000BC614E 00 00"
        " 0D C0010000080000010000FF0200"
    )
    assert sent[:1] + sent[-65:-64] == b"\xdf\x40"
    assert sent[1:-65] == bytes.fromhex(fields)
    verify(ONE.public_key(), sent[-64:], sent[1:-65])


@pytest.mark.parametrize("policy", [BARE, SEALED])
def test_it_is_taken_once(policy):
    sent, peer, receiver = client(policy).protect(book.GET_CLOCK), PeerState(), meter(policy)
    assert receiver.unprotect(sent, peer) == book.GET_CLOCK
    with pytest.raises(DlmsError) as error:
        receiver.unprotect(sent, peer)
    assert error.value.fault is Fault.REPLAYED


@given(st.data())
def test_a_flipped_bit_is_refused(data):
    sent = bytearray(client().protect(book.GET_CLOCK))
    bit = data.draw(st.integers(0, 8 * len(sent) - 1))
    sent[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DlmsError):
        meter().unprotect(bytes(sent), PeerState(book.CLIENT))


def test_the_signature_of_another_is_refused():
    stranger = CurveKeys(signing=STRANGER, peer_signing=OTHER.public_key())
    with pytest.raises(DlmsError) as error:
        meter().unprotect(client(keys=stranger).protect(book.GET_CLOCK), PeerState())
    assert error.value.fault is Fault.BAD_TAG


def test_a_message_for_another_meter_is_refused():
    sender = client()
    sender.recipient = book.CLIENT
    with pytest.raises(DlmsError) as error:
        meter().unprotect(sender.protect(book.GET_CLOCK), PeerState())
    assert error.value.fault is Fault.WRONG_ADDRESS


@pytest.mark.parametrize("form", [Form.SERVICE_GLOBAL, Form.GENERAL_GLOBAL, Form.GENERAL])
def test_a_message_without_the_signature_agreed_on_is_refused(form):
    sent = client(UNSIGNED, form=form).protect(book.GET_CLOCK)
    with pytest.raises(DlmsError) as error:
        meter(SEALED).unprotect(sent, PeerState(book.CLIENT))
    assert error.value.fault is Fault.UNPROTECTED
    assert "without signature" in error.value.sentence()


def test_signed_but_readable_is_less_than_sealed():
    with pytest.raises(DlmsError) as error:
        meter(SEALED).unprotect(client(BARE).protect(book.GET_CLOCK), PeerState(book.CLIENT))
    assert error.value.fault is Fault.UNPROTECTED


def test_a_signature_around_the_ciphered_message_is_understood_too():
    sealed = client(UNSIGNED).protect(book.GET_CLOCK)
    outside = client(BARE).protect(sealed)
    assert meter(SEALED).unprotect(outside, PeerState(book.CLIENT)) == book.GET_CLOCK


@pytest.mark.parametrize("policy", [BARE, SEALED])
def test_an_association_under_signatures_reads(policy):
    offer = Offer(
        Mechanism.ECDSA,
        protection=meter(policy),
        peer=PeerState(),
        title=book.SERVER,
        curve_keys=METER_KEYS,
    )
    settings = Settings(Mechanism.ECDSA, own_title=book.CLIENT, curve_keys=CLIENT_KEYS)
    one, other = Client(settings, client(policy), PeerState()), MeterAssociation(offer, Objects())
    seen = []

    def run(exchange):
        try:
            out = next(exchange)
            while True:
                seen.append(out)
                out = exchange.send(other.receive(out))
        except StopIteration as done:
            return done.value

    run(one.associate())
    assert run(one.get_data(Reference(3, TOTAL, 2))).number == 1_234_567
    run(one.release())
    inside = {BARE: b"\xdf", SEALED: b"\xdb"}[policy]
    assert [octets[:1] for octets in seen] == [b"\x60", inside, inside, b"\x62"]


def test_signatures_need_no_symmetric_key():
    sender = Protection(book.CLIENT, KeySet(), counter_from(0), policy=BARE, curve_keys=CLIENT_KEYS)
    assert read_signed(sender.protect(book.GET_CLOCK)).content == book.GET_CLOCK


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_name(data):
    with pytest.raises(DlmsError):
        meter().unprotect(b"\xdf" + data, PeerState())
