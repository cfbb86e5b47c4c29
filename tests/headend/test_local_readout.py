"""Mode C of IEC 62056-21, against published captures.

Captures: gist.github.com/4231981 (DRS110M over RS-485, with its block checks); forum.arduino.cc
thread 116767 (Iskra MT372: sign-on with parity bits, identification, lines).
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_readout import (
    Block,
    DataSet,
    Identification,
    ReadoutReader,
    acknowledge,
    block_check,
    command,
    data_sets,
    sign_on,
)


@pytest.mark.parametrize(
    ("written", "captured"),
    [
        (sign_on(), b"/?!\r\n"),
        (sign_on("001511420141"), b"/?001511420141!\r\n"),
        (acknowledge("0"), b"\x06000\r\n"),
        (acknowledge(":", "1"), b"\x060:1\r\n"),
        (command("P1", "(00000000)"), b"\x01P1\x02(00000000)\x03\x61"),
        (command("R1", "00000034()"), b"\x01R1\x0200000034()\x03\x64"),
        (command("R1", "00000000()"), b"\x01R1\x0200000000()\x03\x63"),
        (command("B0"), b"\x01B0\x03\x71"),
    ],
)
def test_requests_are_written_as_captured(written, captured):
    assert written == captured


def test_a_captured_dialogue_is_read():
    stream = b"/YTL:001511420144\r\n\x01P0\x02(00000000)\x03\x60"
    assert ReadoutReader().feed(stream) == [
        Identification("YTL", ":", "001511420144"),
        Block("P0", (DataSet("", "00000000", ""),)),
    ]


def test_a_readout_is_read_line_by_line_with_echoes_passed_over():
    lines = (
        b"1.8.0(01936.631*kWh)\r\n2.8.0(01716.519*kWh)\r\n"
        b"0.9.1(184300)\r\n0.9.2(130512)\r\n!\r\n\x03"
    )
    check = 0
    for octet in lines:
        check ^= octet
    stream = b"/?!\r\n/ISK5\\2MT372-3107\r\n\x06000\r\n\x02" + lines + bytes((check,))
    who, block = ReadoutReader().feed(stream)
    assert who == Identification("ISK", "5", "\\2MT372-3107")
    assert who.baud == 9600
    assert block.data == (
        DataSet("1.8.0", "01936.631", "kWh"),
        DataSet("2.8.0", "01716.519", "kWh"),
        DataSet("0.9.1", "184300", ""),
        DataSet("0.9.2", "130512", ""),
    )


def test_parity_bits_are_taken_off_where_the_line_has_them():
    # The bytes of "/?!" with even parity as the forum's author found them: AF 3F 21 8D 0A.
    echo = bytes.fromhex("AF3F218D0A")
    reader = ReadoutReader(parity_bits=True)
    assert reader.feed(echo + b"/ISK5\\2MT372-3107\x8d\n")[0].maker == "ISK"


def test_several_sets_in_a_line_share_its_address():
    # The standard's form of a maximum with its time (6.3.11).
    assert data_sets("1.6.1(06.42*kW)(0701011200)\r\n") == (
        DataSet("1.6.1", "06.42", "kW"),
        DataSet("1.6.1", "0701011200", ""),
    )


@pytest.mark.parametrize(
    ("received", "fault"),
    [
        (b"\x01P0\x02(00000000)\x03\x61", Fault.BAD_CHECKSUM),
        (b"\x15", Fault.REFUSED),
        (b"/9\r\n", Fault.BAD_FRAME),
        (b"\x021.8.0\x03" + bytes((block_check(b"1.8.0\x03"),)), Fault.BAD_VALUE),
        (b"\x02" + b"1.8.0(1)" * 20, Fault.TOO_LARGE),
    ],
)
def test_what_is_wrong_is_named_and_the_next_block_is_read(received, fault):
    reader = ReadoutReader(block_bytes_max=100)
    first, *_, last = reader.feed(received + b"\x01P0\x02(00000000)\x03\x60")
    assert first.fault is fault
    assert last == Block("P0", (DataSet("", "00000000", ""),))


@given(st.binary(max_size=300))
def test_the_block_check_is_the_exclusive_or_of_all_bytes(data):
    check = 0
    for octet in data:
        check ^= octet
    assert block_check(data) == check


@given(st.lists(st.integers(0, 33), max_size=6))
def test_any_split_gives_the_same(cuts):
    stream = b"/YTL:001511420144\r\n\x01P0\x02(00000000)\x03\x60"
    places = [0, *sorted(cuts), len(stream)]
    reader = ReadoutReader()
    pieces = [stream[begin:end] for begin, end in pairwise(places)]
    assert [item for piece in pieces for item in reader.feed(piece)] == ReadoutReader().feed(stream)


TEXT = st.text("/?!\r\n\x01\x02\x03\x06\x15(*)1.80P", max_size=60).map(str.encode)


@given(st.lists(st.one_of(st.binary(max_size=40), TEXT), max_size=10), st.booleans())
def test_any_bytes_give_items_or_faults_and_little_is_held(pieces, parity_bits):
    reader = ReadoutReader(parity_bits=parity_bits, block_bytes_max=50)
    for piece in pieces:
        for item in reader.feed(piece):
            assert isinstance(item, (Identification, Block, DlmsError))
        assert len(reader._buffer) <= 64
