"""HDLC frames byte by byte: published examples and frames that real meters sent.

Published: G. Kmethy (DLMS UA), "Examples for DLMS/COSEM information exchange", 2002, sections 1 and
2; traces that users of real meters put on the forum of gurux.fi (threads named at each).
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address, address_of
from congto.headend.dlms.hdlc.checksum import check_sequence, is_intact
from congto.headend.dlms.hdlc.control import CONTROLS, Control, Kind, control_byte
from congto.headend.dlms.hdlc.frame import FLAG_BYTE, Frame, encode
from congto.headend.dlms.hdlc.parameters import Parameters, parameters_field, parameters_of
from congto.headend.dlms.hdlc.push import Push, PushReader
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.rejection import Why, rejection

CLIENT = Address(0x10)
METER = Address(1, 0x11, size=4)

KMETHY_SNRM = "7EA00A00020023219318717E"
KMETHY_UA = "7EA023210002002373F6C58180140502008006020080070400000001080400000001CE6A7E"
KMETHY_AARQ = (
    "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000"
    "065F1F040000301DFFFFD4C57E"
)
PUBLISHED = {
    "SNRM without parameters (Kmethy 1)": (
        KMETHY_SNRM,
        Frame(METER, CLIENT, 0x93),
    ),
    "UA with parameters (Kmethy 1)": (
        KMETHY_UA,
        Frame(
            CLIENT,
            METER,
            0x73,
            bytes.fromhex("8180140502008006020080070400000001080400000001"),
        ),
    ),
    "AARQ in an I frame (Kmethy 2)": (
        KMETHY_AARQ,
        Frame(
            METER,
            CLIENT,
            0x10,
            bytes.fromhex("E6E600601DA109060760857405080101BE10040E01000000065F1F040000301DFFFF"),
        ),
    ),
    "DM of a meter (gurux.fi comment 28721)": (
        "7EA00A21000204011FC43D7E",
        Frame(CLIENT, Address(1, 0x100, size=4), 0x1F),
    ),
    "SNRM with two bytes of server address (gurux.fi node 35239)": (
        "7EA02102232193485581801405 0207EE 06 0207EE 07 0400000001 08 0400000001 B5D47E",
        Frame(
            Address(1, 0x11, size=2),
            CLIENT,
            0x93,
            bytes.fromhex("818014050207EE060207EE070400000001080400000001"),
        ),
    ),
    "SNRM to a server address of one byte, GET (gurux.fi node 20546)": (
        "7EA0190341B23239E6E600C001C1000F0000280000FF0100F9797E",
        Frame(
            Address(1),
            Address(0x20),
            0xB2,
            bytes.fromhex("E6E600C001C1000F0000280000FF0100"),
        ),
    ),
}


def test_check_sequence_is_that_of_x25():
    # The check value of CRC-16/X-25 in every catalogue: 0x906E for "123456789", low byte first.
    assert check_sequence(b"123456789") == bytes.fromhex("6E90")
    assert is_intact(b"123456789" + bytes.fromhex("6E90"))
    assert not is_intact(b"123456788" + bytes.fromhex("6E90"))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_frames_are_read_and_written(name):
    written, frame = PUBLISHED[name]
    octets = bytes.fromhex(written)
    assert FrameReader().feed(octets) == [frame]
    assert FLAG_BYTE + encode(frame) + FLAG_BYTE == octets


def test_the_rejection_of_a_real_meter_is_written_byte_by_byte():
    # gurux.fi comment 28721: an information field that was too long for I frame 10. The post has
    # c6 06 as FCS, which does not fit; c6 0c does, and the header check 27 c5 fits as posted.
    assert rejection(0x10, 0, 0, Why.INFORMATION_TOO_LONG) == b"\x10\x00\x04"
    frame = Frame(CLIENT, Address(1, 0x100, size=4), 0x97, b"\x10\x00\x04")
    assert encode(frame) == bytes.fromhex("A00F21000204019727C5100004C60C")


@pytest.mark.parametrize(
    ("octets", "address"),
    [  # the first four as the examples above say them in words, the rest seven bits by hand
        ("21", Address(0x10)),
        ("0223", Address(1, 0x11, size=2)),
        ("00020023", Address(1, 0x11, size=4)),
        ("00020401", Address(1, 0x100, size=4)),
        ("FEFEFEFF", Address(0x3FFF, 0x3FFF, size=4)),
        ("FEFF", Address(0x7F, 0x7F, size=2)),
        ("FF", Address(0x7F)),
    ],
)
def test_addresses_of_one_two_and_four_bytes(octets, address):
    assert address_of(bytes.fromhex(octets)) == address
    assert address.encoded() == bytes.fromhex(octets)


@pytest.mark.parametrize("address", [Address(128), Address(1, 128, size=2), Address(1, 1, size=3)])
def test_an_address_that_does_not_fit_is_refused(address):
    with pytest.raises(DlmsError) as caught:
        address.encoded()
    assert caught.value.fault is Fault.BAD_VALUE


@pytest.mark.parametrize(
    ("octet", "control"),
    [  # IEC 62056-46, table 3, bits by hand
        (0x10, Control(Kind.INFORMATION, True, 0, 0)),
        (0x32, Control(Kind.INFORMATION, True, 1, 1)),
        (0xEE, Control(Kind.INFORMATION, False, 7, 7)),
        (0x51, Control(Kind.RECEIVE_READY, True, 0, 2)),
        (0x35, Control(Kind.RECEIVE_NOT_READY, True, 0, 1)),
        (0x93, Control(Kind.CONNECT, True, 0, 0)),
        (0x53, Control(Kind.DISCONNECT, True, 0, 0)),
        (0x73, Control(Kind.ACKNOWLEDGE, True, 0, 0)),
        (0x1F, Control(Kind.DISCONNECTED, True, 0, 0)),
        (0x97, Control(Kind.REJECT, True, 0, 0)),
        (0x13, Control(Kind.UNNUMBERED, True, 0, 0)),
    ],
)
def test_control_bytes(octet, control):
    assert CONTROLS[octet] == control
    kind, poll, sent, awaited = control
    assert control_byte(kind, poll=poll, sent=sent, awaited=awaited) == octet


def test_connection_parameters_of_published_frames():
    kmethy = bytes.fromhex(KMETHY_UA)[11:-3]
    assert parameters_of(kmethy) == Parameters(128, 128, 1, 1)
    assert parameters_field(Parameters(), wide_lengths=True) == kmethy
    # Trace in an issue of a public repository (u9n/dlms-cosem 62): 128 in one byte, 512 in two.
    mixed = bytes.fromhex("81801305018006020200070400000001080400000001")
    assert parameters_of(mixed) == Parameters(128, 512, 1, 1)
    assert parameters_field(Parameters(128, 512, 1, 1), wide_lengths=False) == mixed
    assert parameters_of(b"") == Parameters(128, 128, 1, 1)


def test_each_side_keeps_to_the_smaller_limit():
    ours = Parameters(512, 256, 3, 7)
    theirs = Parameters(128, 1024, 1, 2)
    assert ours.agreed(theirs) == Parameters(512, 128, 2, 1)
    assert theirs.agreed(ours) == Parameters(128, 512, 1, 2)


def _captures(shared):
    cases = json.loads(
        (shared / "data" / "dlms" / "captured_frames.json").read_text(encoding="utf-8")
    )
    return [case for case in cases if case["transport"] == "hdlc"]


@pytest.mark.shared
def test_every_captured_frame_is_read_with_its_check_sequence_as_recorded(shared):
    cases = _captures(shared)
    assert len(cases) == 7
    for case in cases:
        items = [
            item for line in case["frames"] for item in FrameReader().feed(bytes.fromhex(line))
        ]
        assert [isinstance(item, Frame) for item in items] == case["fcs_ok"], case["name"]


@pytest.mark.shared
def test_captured_frames_are_written_as_the_meters_wrote_them(shared):
    for case in _captures(shared):
        for line in map(bytes.fromhex, case["frames"]):
            frames = FrameReader().feed(line)
            written = b"".join(FLAG_BYTE + encode(frame) + FLAG_BYTE for frame in frames)
            assert written == line, case["name"]


@pytest.mark.shared
def test_segmented_captures_come_out_as_one_message(shared):
    cases = {case["name"]: case for case in _captures(shared)}
    three = cases["hdlc_iskra550"]["frames"]
    reader = PushReader()
    one_by_one = [push for line in three[:3] for push in reader.feed(bytes.fromhex(line))]
    (push,) = one_by_one
    assert isinstance(push, Push)
    # By hand: lengths a4, a4, 2d less ten of header and checks give 154 + 154 + 35, less 3 of LLC.
    assert len(push.apdu) == 340
    assert push.apdu[:1] == b"\x0f"
    assert push.apdu.endswith(bytes.fromhex("02020f00161e"))
    assert PushReader().feed(bytes.fromhex(three[3])) == one_by_one


@pytest.mark.shared
def test_every_captured_push_begins_with_the_tag_of_its_message(shared):
    tags = {}
    for case in _captures(shared):
        reader = PushReader()
        pushes = [push for line in case["frames"] for push in reader.feed(bytes.fromhex(line))]
        tags[case["name"]] = {push.apdu[0] for push in pushes}
    # Notification, general ciphering or general block transfer, as the file's comments say.
    assert tags == {
        "hdlc_iskra550": {0x0F},
        "hdlc_kaifa_ma304h3e": {0x0F},
        "hdlc_kamstrup_omnipower": {0xDB},
        "hdlc_landis_gyr_e450": {0xE0},
        "hdlc_landis_gyr_e450_cyprus": {0xE0},
        "hdlc_norway_han_1phase": {0x0F},
        "hdlc_norway_han_3phase": {0x0F},
    }


ADDRESSES = st.one_of(
    st.integers(0, 0x7F).map(Address),
    st.builds(Address, st.integers(0, 0x7F), st.integers(0, 0x7F), st.just(2)),
    st.builds(Address, st.integers(0, 0x3FFF), st.integers(0, 0x3FFF), st.just(4)),
)
FRAMES = st.builds(
    Frame, ADDRESSES, ADDRESSES, st.integers(0, 255), st.binary(max_size=200), st.booleans()
)
QUIET = st.binary(max_size=20).map(lambda octets: octets.replace(FLAG_BYTE, b""))


@given(st.lists(FRAMES, max_size=5), st.booleans(), st.data())
def test_any_split_of_the_stream_gives_the_same_frames(frames, shared_flags, data):
    between = FLAG_BYTE if shared_flags else FLAG_BYTE * 2
    stream = FLAG_BYTE + between.join(map(encode, frames)) + FLAG_BYTE
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = FrameReader()
    found = [
        item
        for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for item in reader.feed(stream[begin:end])
    ]
    assert found == frames
    assert reader.noise == 0


@given(QUIET, FRAMES)
def test_noise_before_a_frame_is_passed_over_and_counted(noise, frame):
    reader = FrameReader()
    assert reader.feed(noise + FLAG_BYTE + encode(frame) + FLAG_BYTE) == [frame]
    assert reader.noise == len(noise)


@given(FRAMES, FRAMES, st.data())
def test_one_wrong_bit_is_told_and_the_next_frames_are_read(broken, after, data):
    octets = bytearray(encode(broken))
    bit = data.draw(st.integers(0, len(octets) * 8 - 1))
    octets[bit // 8] ^= 1 << bit % 8
    # Thirty more frames: a wrong length can swallow what follows it.
    stream = FLAG_BYTE + octets + (FLAG_BYTE * 2 + encode(after)) * 30 + FLAG_BYTE
    items = FrameReader().feed(stream)
    assert [item for item in items if isinstance(item, Frame)] == [after] * 30
    if octets[0] & 0xF0 == 0xA0:
        faults = {item.fault for item in items if isinstance(item, DlmsError)}
        assert faults
        assert faults <= {Fault.BAD_CHECKSUM, Fault.BAD_FRAME, Fault.TOO_LARGE}


def test_header_and_frame_checks_are_both_made():
    frame = bytearray(bytes.fromhex(KMETHY_UA))
    for place in (9, 20):  # in the header, in the information
        wrong = frame.copy()
        wrong[place] ^= 1
        (fault,) = FrameReader().feed(bytes(wrong))
        assert fault.fault is Fault.BAD_CHECKSUM


def test_a_cut_frame_waits_and_what_swallowed_the_next_is_searched_again():
    whole = bytes.fromhex(KMETHY_UA)
    reader = FrameReader()
    assert reader.feed(whole[:20]) == []
    assert reader.waiting == 20
    fault, first, second = reader.feed(whole + whole)
    assert fault.fault in {Fault.BAD_CHECKSUM, Fault.BAD_FRAME}
    assert first == second == PUBLISHED["UA with parameters (Kmethy 1)"][1]


def test_a_length_that_lies_does_not_make_the_reader_wait():
    lying = bytes.fromhex("7EA7FF21000200237300006E")  # 2047 bytes promised, header check wrong
    reader = FrameReader()
    (fault,) = reader.feed(lying + b"\x00\x00")
    assert fault.fault is Fault.BAD_CHECKSUM
    assert reader.waiting == 0


@pytest.mark.parametrize("more", [1, 2])
def test_a_length_without_room_for_information_is_refused(more):
    header = bytes((0xA0, 10 + more)) + METER.encoded() + CLIENT.encoded() + b"\x10"
    header += check_sequence(header)
    (fault,) = FrameReader().feed(FLAG_BYTE + header + bytes(more) + FLAG_BYTE)
    assert fault.fault is Fault.BAD_FRAME


def test_a_frame_over_the_readers_limit_is_refused_by_its_length():
    (fault,) = FrameReader(length_max=30).feed(bytes.fromhex(KMETHY_UA))
    assert fault.fault is Fault.TOO_LARGE


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_any_bytes_give_frames_or_faults_and_little_is_held(pieces):
    reader, push = FrameReader(), PushReader()
    for piece in pieces:
        for item in reader.feed(piece):
            assert isinstance(item, (Frame, DlmsError))
        for item in push.feed(piece):
            assert isinstance(item, (Push, DlmsError))
        assert reader.waiting <= 2049


def test_a_push_without_its_last_segment_is_told():
    def segment(information, more):
        frame = Frame(CLIENT, METER, 0x13, information, more)
        return FLAG_BYTE + encode(frame) + FLAG_BYTE

    reader = PushReader()
    assert reader.feed(segment(b"\xe6\xe7\x00\x0f\x01", more=True)) == []
    fault, push = reader.feed(segment(b"\xe6\xe7\x00\x0f\x02", more=False))
    assert fault.fault is Fault.TRUNCATED
    assert push.apdu == b"\x0f\x02"
