"""A meter that lies is refused with a named fault, and the association is closed.

The answers are written by hand; no meter of ours speaks here.
"""

import pytest

from congto.headend.dlms.apdu.acse import AssociationResponse
from congto.headend.dlms.client import (
    BLOCKS_MAX,
    NOTHING,
    NOTICES_MAX,
    AccessRefusedError,
    Client,
    Settings,
)
from congto.headend.dlms.connection import State
from congto.headend.dlms.data import octets, u32
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.protection import Protection
from dlms_vectors import CLOCK, ENERGY, GREEN_AGREED, RELAY_OFF, VECTORS
from green_book import CLIENT, KEYS, SERVER

AARE = bytes.fromhex(VECTORS["G AARE accepted"][0])  # 500 bytes at once


def driven(exchange, *answers):
    """Return what an exchange comes to when it gets these answers, and what it sent."""
    sent = [next(exchange)]
    try:
        for answer in answers:
            octets_ = bytes.fromhex(answer) if isinstance(answer, str) else answer
            sent += [exchange.send(octets_)]
    except StopIteration as end:
        return end.value, sent
    raise AssertionError(f"the exchange still waits after {len(answers)} answers")


def opened(**settings) -> Client:
    client = Client(Settings(**settings))
    driven(client.associate(), AARE)
    assert client.connection.state is State.OPEN
    return client


def refused(client, exchange, *answers) -> DlmsError:
    with pytest.raises(DlmsError) as found:
        driven(exchange, *answers)
    assert client.connection.state is State.CLOSED
    return found.value


LIES = {
    "a length beyond the end": ("C401C1 00 0905 0102", Fault.TRUNCATED),
    "bytes behind the value": ("C401C1 00 1105 00", Fault.TRAILING),
    "a huge array": ("C401C1 00 0184FFFFFFFF 00", Fault.TRUNCATED),
    "arrays in arrays without end": ("C401C1 00" + "0101" * 60 + "00", Fault.TOO_DEEP),
    "an endless array of nulls": ("C401C1 00 1300 0400000000", Fault.BAD_VALUE),
    "a tag that Data does not have": ("C401C1 00 2200", Fault.UNKNOWN_TAG),
    "no message": ("", Fault.TRUNCATED),
    "half a message": ("C401", Fault.TRUNCATED),
    "a message of no known service": ("9901C1", Fault.UNKNOWN_TAG),
    "the answer to another request": ("C401C2 00 1105", Fault.WRONG_INVOKE_ID),
    "the answer to another service": ("C501C1 00", Fault.UNEXPECTED),
    "a request from the meter": ("C001C1 0003 0100010800FF 02 00", Fault.UNEXPECTED),
    "an association nobody asked for": (AARE.hex(), Fault.UNEXPECTED),
    "a first block that is the second": ("C402C1 00 00000002 00 0111", Fault.BAD_SEQUENCE),
    "a first block that is number 0": ("C402C1 00 00000000 00 0111", Fault.BAD_SEQUENCE),
    "an empty block, not the last": ("C402C1 00 00000001 00 00", Fault.BAD_VALUE),
    "a block longer than its message": ("C402C1 00 00000001 00 7F 00", Fault.TRUNCATED),
    "a general block that is the second": ("E0C1 0002 0000 01 C4", Fault.BAD_SEQUENCE),
    "a general block within a general block": (
        "E081 0001 0000 07 E0810001000000",
        Fault.UNEXPECTED,
    ),
}


PUSHES = ("0F00000001 00 1105", "C2 00 0001 0000600B00FF 02 1101")


def test_what_a_meter_pushes_before_its_answer_is_kept_and_the_answer_awaited():
    client = opened()
    value, sent = driven(client.get_data(ENERGY), *PUSHES, "C401C1 00 1105")
    assert value.value == 5
    assert sent[1:] == [NOTHING, NOTHING]
    assert [one.value.value for one in client.notices] == [5, 1]


def test_pushes_without_end_are_a_lie():
    client = opened()
    error = refused(client, client.get_data(ENERGY), *[PUSHES[0]] * (NOTICES_MAX + 1))
    assert error.fault is Fault.TOO_LARGE


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_in_the_answer_to_get(lie):
    answer, fault = LIES[lie]
    client = opened()
    assert refused(client, client.get_data(ENERGY), answer).fault is fault


def test_the_flags_of_an_answer_need_not_be_those_of_the_request():
    value, _ = driven(opened().get_data(ENERGY), "C401 01 00 0600000064")
    assert value == u32(100)


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ("C402C1 01 00000001 00 01 05", Fault.BAD_SEQUENCE),  # the first again
        ("C402C1 01 00000003 00 01 05", Fault.BAD_SEQUENCE),
        ("C402C2 01 00000002 00 01 05", Fault.WRONG_INVOKE_ID),
        ("C401C1 00 1105", Fault.UNEXPECTED),  # the whole value after all
        ("C402C1 01 00000002 00 02 05 05", Fault.TRAILING),
        ("C402C1 01 00000002 00 00", Fault.TRUNCATED),
    ],
)
def test_a_lie_in_the_second_block(second, fault):
    client = opened()
    first = "C402C1 00 00000001 00 01 11"
    assert refused(client, client.get_data(ENERGY), first, second).fault is fault


def block(number: int, raw: bytes) -> bytes:
    return bytes.fromhex("C402C100") + number.to_bytes(4) + b"\x00" + bytes((len(raw),)) + raw


def test_blocks_without_end_are_refused_by_their_bytes():
    client = opened(value_bytes_max=1000)
    endless = (block(number, bytes(100)) for number in range(1, 100))
    fault = refused(client, client.get(ENERGY), *endless)
    assert fault.fault is Fault.TOO_LARGE
    assert "1100 bytes in 11 blocks" in str(fault)


def test_blocks_without_end_are_refused_by_their_number():
    client = opened()
    endless = (block(number, b"\x00") for number in range(1, BLOCKS_MAX + 9))
    assert refused(client, client.get(ENERGY), *endless).fault is Fault.TOO_LARGE


def test_general_blocks_without_end_are_refused():
    client = opened(value_bytes_max=1000)
    pieces = [
        bytes.fromhex("E001") + n.to_bytes(2) + bytes((0, 0, 100)) + bytes(100)
        for n in range(1, 20)
    ]
    assert refused(client, client.get(ENERGY), *pieces).fault is Fault.TOO_LARGE


def test_a_list_with_a_value_too_few_or_too_many():
    for answer in ("C403C1 01 00 1101", "C403C1 03 00 1101 00 1102 00 1103", "C403C1 00"):
        client = opened()
        client.agreed = client.agreed.__class__(client.settings.conformance, 500)
        assert refused(client, client.get_list([ENERGY, CLOCK]), answer).fault is Fault.BAD_VALUE


def test_a_result_in_a_list_is_no_lie():
    client = opened()
    client.agreed = client.agreed.__class__(client.settings.conformance, 500)
    found, _ = driven(client.get_list([ENERGY, CLOCK]), "C403C1 02 01 03 00 1102")
    assert found == [3, (17, 2)]
    assert client.connection.state is State.OPEN


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("C501C2 00", Fault.WRONG_INVOKE_ID),
        ("C401C1 00 1105", Fault.UNEXPECTED),
        ("C505C1 01 00", Fault.UNEXPECTED),
        ("C502C1 00000001", Fault.UNEXPECTED),  # go on, where no block was sent
    ],
)
def test_a_lie_in_the_answer_to_set(answer, fault):
    client = opened()
    assert refused(client, client.set(CLOCK, u32(1)), answer).fault is fault


@pytest.mark.parametrize("number", [0, 2, 99])
def test_a_wrong_number_in_the_answer_to_a_block_of_set(number):
    client = opened()
    exchange = client.set(CLOCK, octets(bytes(2000)))
    answer = bytes.fromhex("C502C1") + number.to_bytes(4)
    assert refused(client, exchange, answer).fault is Fault.UNEXPECTED


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("C701C2 00 00", Fault.WRONG_INVOKE_ID),
        ("C703C1 01 00 00", Fault.UNEXPECTED),
        ("C702C1 01 00000002 02 0000", Fault.BAD_SEQUENCE),
        ("C702C1 01 00000001 04 00010011", Fault.TRUNCATED),
        ("C702C1 01 00000001 05 0001001105", None),
        ("C702C1 01 00000001 06 000100110500", Fault.TRAILING),
        ("C704C1 00000001", Fault.UNEXPECTED),
    ],
)
def test_a_lie_in_the_answer_to_action(answer, fault):
    client = opened()
    if fault is None:  # the shape of the lies above, told in truth
        assert driven(client.act(RELAY_OFF), answer)[0] == (17, 5)
    else:
        assert refused(client, client.act(RELAY_OFF), answer).fault is fault


def test_a_refusal_is_no_lie_and_the_association_stays():
    client = opened()
    with pytest.raises(AccessRefusedError) as denied:
        driven(client.get(ENERGY), "C401C1 01 03")
    assert denied.value.result == 3
    with pytest.raises(DlmsError) as exception:
        driven(client.get(ENERGY), "D80101")
    assert exception.value.fault is Fault.REFUSED
    assert client.connection.state is State.OPEN


@pytest.mark.parametrize(
    ("information", "fault"),
    [
        (bytes.fromhex("0800065F1F040000501F01F4"), Fault.TRUNCATED),
        (bytes.fromhex("0E010601"), Fault.UNEXPECTED),
        (b"", Fault.TRUNCATED),
        (bytes.fromhex("28132000000000830705F03594EEE1A96C27CCA051"), Fault.UNKNOWN_TAG),
    ],
)
def test_an_accepted_association_that_agrees_to_nothing(information, fault):
    client = Client(Settings())
    answer = AssociationResponse(1, 0, 0, information).encode()
    assert refused(client, client.associate(), answer).fault is fault


def ciphered() -> tuple[Client, Protection]:
    """Return a client in a ciphered association, and what seals its meter's answers.

    Messages are sealed by the protection that the Green Book's examples prove.
    """
    sealing = Protection(SERVER, KEYS, counter_from(100))
    client = Client(
        Settings(own_title=CLIENT),
        Protection(CLIENT, KEYS, counter_from(1)),
        PeerState(SERVER),
    )
    answer = AssociationResponse(3, 0, 0, sealing.protect(GREEN_AGREED), title=SERVER)
    driven(client.associate(), answer.encode())
    assert client.connection.state is State.OPEN
    return client, sealing


VALUE = bytes.fromhex("C401C1 00 0600000064")


def test_a_sealed_answer_is_read():
    client, sealing = ciphered()
    assert driven(client.get_data(ENERGY), sealing.protect(VALUE))[0] == u32(100)


def test_a_replayed_answer_closes_the_association():
    client, sealing = ciphered()
    sealed = sealing.protect(VALUE)
    driven(client.get_data(ENERGY), sealed)
    assert refused(client, client.get_data(ENERGY), sealed).fault is Fault.REPLAYED


def test_a_replayed_counter_closes_the_association():
    client, _ = ciphered()
    older = Protection(SERVER, KEYS, counter_from(7)).protect(VALUE)
    assert refused(client, client.get_data(ENERGY), older).fault is Fault.REPLAYED


@pytest.mark.parametrize("place", [-1, -13, 6])  # the tag, the text, the counter
def test_a_wrong_tag_closes_the_association(place):
    client, sealing = ciphered()
    sealed = bytearray(sealing.protect(VALUE))
    sealed[place] ^= 2  # of the counter: a later one
    assert refused(client, client.get_data(ENERGY), bytes(sealed)).fault is Fault.BAD_TAG


def test_a_plain_answer_in_a_ciphered_association_closes_it():
    client, _ = ciphered()
    assert refused(client, client.get_data(ENERGY), VALUE).fault is Fault.UNPROTECTED


def test_a_sealed_lie_closes_the_association():
    for plain, fault in (
        ("C401C2 00 1105", Fault.WRONG_INVOKE_ID),
        ("C401C1 00 0184FFFFFFFF 00", Fault.TRUNCATED),
        ("C402C1 00 00000002 00 0111", Fault.BAD_SEQUENCE),
    ):
        client, sealing = ciphered()
        sealed = sealing.protect(bytes.fromhex(plain))
        assert refused(client, client.get_data(ENERGY), sealed).fault is fault


def test_a_meter_that_cannot_read_us_says_so_in_plain_and_the_association_stays():
    client, _ = ciphered()
    with pytest.raises(DlmsError) as exception:
        driven(client.get_data(ENERGY), "D80206 00000102")
    assert exception.value.fault is Fault.REFUSED
    assert client.connection.state is State.OPEN


def test_another_meter_in_the_middle_of_a_session():
    client, _ = ciphered()
    other = Protection(b"XXX\x00\x00\x00\x00\x01", KEYS, counter_from(500), Form.GENERAL_GLOBAL)
    fault = refused(client, client.get_data(ENERGY), other.protect(VALUE)).fault
    assert fault is Fault.BAD_VALUE
