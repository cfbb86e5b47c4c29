"""The TCP and UDP wrapper: header by hand from IEC 62056-47, 5.3.2; splits by hypothesis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.wrapper import WrapperFrame, WrapperReader, unwrap, wrap

# Posted trace of a meter behind a radio module (gurux.fi node 35239): client 0x10 to meter 1,
# AARQ of 0x2B bytes.
POSTED = bytes.fromhex(
    "000100100001002B"
    "6029A109060760857405080101A60A04080000000000009800BE10040E01000000065F1F0400401F7F00C8"
)

PORTS = st.integers(0, 0xFFFF)
FRAMES = st.lists(st.builds(WrapperFrame, PORTS, PORTS, st.binary(max_size=60)), max_size=5)


def test_a_posted_message_is_read_and_written():
    apdu = POSTED[8:]
    assert len(apdu) == 0x2B
    assert unwrap(POSTED) == WrapperFrame(0x10, 1, apdu)
    assert WrapperReader().feed(POSTED) == [WrapperFrame(0x10, 1, apdu)]
    assert wrap(0x10, 1, apdu) == POSTED


@given(FRAMES, st.data())
def test_any_split_of_the_stream_gives_the_same_messages(frames, data):
    stream = b"".join(wrap(*frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = WrapperReader()
    found = [
        frame
        for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for frame in reader.feed(stream[begin:end])
    ]
    assert found == frames
    assert reader.waiting == 0


def test_a_wrong_version_is_refused_after_the_messages_before_it():
    reader = WrapperReader()
    assert reader.feed(POSTED + b"\x00\x02" + POSTED[2:]) == [unwrap(POSTED)]
    for more in (b"", POSTED):
        with pytest.raises(DlmsError) as caught:
            reader.feed(more)
        assert caught.value.fault is Fault.BAD_FRAME
        assert "wrapper version 2" in str(caught.value)
    assert reader.waiting == 8


def test_a_message_over_the_limit_is_refused_by_its_header():
    with pytest.raises(DlmsError) as caught:
        WrapperReader(apdu_bytes_max=42).feed(POSTED[:8])
    assert caught.value.fault is Fault.TOO_LARGE
    assert WrapperReader(apdu_bytes_max=43).feed(POSTED) == [unwrap(POSTED)]


@pytest.mark.parametrize(
    ("datagram", "fault"),
    [
        (POSTED[:7], Fault.TRUNCATED),
        (POSTED[:-1], Fault.TRUNCATED),
        (POSTED + b"\x00", Fault.TRAILING),
        (b"\x01\x00" + POSTED[2:], Fault.BAD_FRAME),
    ],
)
def test_a_datagram_of_another_length_or_version_is_refused(datagram, fault):
    with pytest.raises(DlmsError) as caught:
        unwrap(datagram)
    assert caught.value.fault is fault


def test_a_message_too_long_for_the_header_is_not_written():
    with pytest.raises(DlmsError) as caught:
        wrap(1, 1, bytes(0x10000))
    assert caught.value.fault is Fault.TOO_LARGE
    assert len(wrap(1, 1, bytes(0xFFFF))) == 8 + 0xFFFF


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_give_messages_or_a_fault_and_little_is_held(pieces):
    reader = WrapperReader(apdu_bytes_max=20)
    for piece in pieces:
        try:
            frames = reader.feed(piece)
        except DlmsError as fault:
            assert fault.fault in {Fault.BAD_FRAME, Fault.TOO_LARGE}  # noqa: PT017 (any input)
            frames = []
        assert all(len(frame.apdu) <= 20 for frame in frames)
        assert reader.waiting <= 8 + 20 + 40
