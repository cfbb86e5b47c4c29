"""Every message of the application layer, byte for byte in both directions."""

import pytest

from congto.headend.dlms.apdu import messages
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.connection import ACSE, NOTICES, REFUSALS, REQUESTS, RESPONSES
from congto.headend.dlms.faults import DlmsError, Fault
from dlms_vectors import VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_a_message_is_read_as_published(name):
    written, message = VECTORS[name]
    assert parse(bytes.fromhex(written)) == message


@pytest.mark.parametrize("name", VECTORS)
def test_a_message_is_written_as_published(name):
    written, message = VECTORS[name]
    assert message.encode() == bytes.fromhex(written)


CUT = {Fault.TRUNCATED, Fault.BAD_VALUE, Fault.UNKNOWN_TAG}


@pytest.mark.parametrize("name", VECTORS)
def test_a_cut_message_is_refused_or_is_another(name):
    octets = bytes.fromhex(VECTORS[name][0])
    for size in range(len(octets)):
        found = read(octets[:size])
        # Makers leave the last byte off the answer to a method that gives nothing back.
        same = found == parse(octets)
        assert found in CUT or not same or octets[:2] == b"\xc7\x01"


def read(octets: bytes) -> object:
    try:
        return parse(octets)
    except DlmsError as refused:
        return refused.fault


# The value of a GET response is kept as bytes and refused where it is read.
READ_TO_THE_END = [name for name in VECTORS if name != "H GET response"]


@pytest.mark.parametrize("name", READ_TO_THE_END)
def test_a_byte_too_many_is_refused(name):
    written, _ = VECTORS[name]
    with pytest.raises(DlmsError) as refused:
        parse(bytes.fromhex(written) + b"\x00")
    assert refused.value.fault is Fault.TRAILING


def test_no_kind_of_message_is_without_a_vector():
    shown = {type(message) for _, message in VECTORS.values()}
    assert {*ACSE, *NOTICES, *REFUSALS, *REQUESTS, *RESPONSES} <= shown
    assert {bytes.fromhex(written)[0] for written, _ in VECTORS.values()} == set(messages.READERS)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("", Fault.TRUNCATED),
        ("05010100", Fault.UNKNOWN_TAG),  # read by short names
        ("C009C1", Fault.UNKNOWN_TAG),
        ("C409C1", Fault.UNKNOWN_TAG),
        ("C106C100", Fault.UNKNOWN_TAG),
        ("C506C100", Fault.UNKNOWN_TAG),
        ("C305C100", Fault.UNKNOWN_TAG),  # methods with a list in blocks: nobody sends it
        ("C705C100", Fault.UNKNOWN_TAG),
        ("D9400000010001060003010001 0800FF02", Fault.UNKNOWN_TAG),
        ("C003C1FF", Fault.BAD_VALUE),  # a length of 127 bytes
        ("C003C184FFFFFFFF", Fault.TRUNCATED),
        ("C403C184FFFFFFFF", Fault.TRUNCATED),
        ("C104C184FFFFFFFF", Fault.TRUNCATED),
        ("C703C184FFFFFFFF", Fault.TRUNCATED),
        ("C303C184FFFFFFFF", Fault.TRUNCATED),
        ("D9400000010084FFFFFFFF", Fault.TRUNCATED),
        ("DA40000001000084FFFFFFFF", Fault.TRUNCATED),
        ("601DA1090607608574050802 01BE10040E01000000065F1F040000301DFFFF", Fault.BAD_VALUE),
        ("6100", Fault.TRUNCATED),
        ("01000000065E1F0400001E1D0400", Fault.UNKNOWN_TAG),
    ],
)
def test_what_is_no_message_is_refused_by_name(written, fault):
    with pytest.raises(DlmsError) as refused:
        parse(bytes.fromhex(written))
    assert refused.value.fault is fault
