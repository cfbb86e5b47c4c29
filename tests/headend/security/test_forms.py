"""Envelopes that are malformed are refused by name."""

import pytest

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.forms import SERVICE_TAGS, Ciphered, Form, decode, encode
from green_book import PROTECTED_GET_CLOCK, PROTECTED_INITIATE, SERVER

GET = bytes.fromhex(PROTECTED_GET_CLOCK[0x30])
CONTENT = GET[1:]


@pytest.mark.parametrize(
    ("apdu", "fault"),
    [
        (b"", Fault.TRUNCATED),
        (b"\xc0" + CONTENT, Fault.UNKNOWN_TAG),
        (GET + b"\x00", Fault.TRAILING),
        (GET[:-1], Fault.TRUNCATED),
        (b"\xc8\x04\x30\x00\x00\x00", Fault.TRUNCATED),
        (b"\xdb\x07" + SERVER[1:] + CONTENT, Fault.BAD_VALUE),
        (b"\xdd" + b"\x00" * 5 + b"\x02" + CONTENT, Fault.BAD_VALUE),
        (b"\xdd" + b"\x00" * 5 + b"\x01\x03" + CONTENT, Fault.BAD_VALUE),
        (b"\xdd" + b"\x00" * 5 + b"\x01\x00\x02" + CONTENT, Fault.BAD_VALUE),
        (b"\xdd" + b"\x00" * 5 + b"\x01\x01\x01" + CONTENT, Fault.BAD_VALUE),
        (b"\xc8\x85\x01\x01\x01\x01\x01" + CONTENT, Fault.BAD_VALUE),
    ],
)
def test_a_malformed_envelope_is_refused(apdu, fault):
    with pytest.raises(DlmsError) as error:
        decode(apdu)
    assert error.value.fault is fault


def test_an_envelope_may_leave_the_title_to_the_association():
    assert decode(b"\xdb\x00" + CONTENT).system_title is None
    assert decode(b"\xdd" + b"\x00" * 6 + CONTENT).system_title is None
    assert decode(PROTECTED_INITIATE).plain_tag == 0x01


def test_the_tags_are_those_of_the_standard():
    """Green Book, clause 9.5: glo 33 to 56 and 200 to 207, ded 65 to 88 and 208 to 215."""
    assert SERVICE_TAGS[Form.SERVICE_GLOBAL] == {
        1: 33,
        5: 37,
        6: 38,
        8: 40,
        12: 44,
        13: 45,
        14: 46,
        22: 54,
        24: 56,
        192: 200,
        193: 201,
        194: 202,
        195: 203,
        196: 204,
        197: 205,
        199: 207,
    }
    assert SERVICE_TAGS[Form.SERVICE_DEDICATED] == {
        1: 65,
        5: 69,
        6: 70,
        8: 72,
        12: 76,
        13: 77,
        14: 78,
        22: 86,
        24: 88,
        192: 208,
        193: 209,
        194: 210,
        195: 211,
        196: 212,
        197: 213,
        199: 215,
    }


def test_a_message_without_service_form_is_not_written_as_one():
    message = decode(GET)
    with pytest.raises(DlmsError) as error:
        encode(Ciphered(message.form, 0xD9, None, message.control, 1, b""))
    assert error.value.fault is Fault.UNKNOWN_TAG
