"""HDLC connections: exchanges byte by byte, then two ends on a line that loses frames.

Byte vectors: G. Kmethy (DLMS UA), "Examples for DLMS/COSEM information exchange", 2002; the other
frames are put together by hand from IEC 62056-46, 6.4 (control bytes: table 3).
"""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.hdlc.address import Address
from congto.headend.dlms.hdlc.events import Apdu, Connected, Disconnected, Faulted
from congto.headend.dlms.hdlc.frame import FLAG_BYTE, Frame, encode
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.parameters import DEFAULTS, STANDARD, Parameters, Quirks
from congto.headend.dlms.hdlc.reader import FrameReader
from congto.headend.dlms.hdlc.states import Role, State

CLIENT = Address(0x10)
METER = Address(1, 0x11, size=4)
SNRM = bytes.fromhex("7EA00A00020023219318717E")
UA = bytes.fromhex("7EA023210002002373F6C58180140502008006020080070400000001080400000001CE6A7E")
AARQ_FRAME = bytes.fromhex(
    "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000"
    "065F1F040000301DFFFFD4C57E"
)
AARQ = AARQ_FRAME[14:-3]
KMETHY = Quirks(proposes=False, wide_lengths=True)


def client(parameters=DEFAULTS, quirks=STANDARD):
    return HdlcLink(Role.CLIENT, CLIENT, METER, parameters, quirks)


def meter(parameters=DEFAULTS, quirks=STANDARD):
    return HdlcLink(Role.SERVER, METER, None, parameters, quirks)


def from_meter(control, information=b"", *, segmented=False):
    return FLAG_BYTE + encode(Frame(CLIENT, METER, control, information, segmented)) + FLAG_BYTE


def to_meter(control, information=b"", *, segmented=False):
    return FLAG_BYTE + encode(Frame(METER, CLIENT, control, information, segmented)) + FLAG_BYTE


def controls(octets):
    return [frame.control for frame in FrameReader().feed(octets)]


def faults(events):
    return [event.fault.fault for event in events if isinstance(event, Faulted)]


def connected(link):
    link.connect()
    (event,) = link.receive(UA)
    assert event == Connected(Parameters())
    return link


def served(link):
    link.receive(SNRM)
    link.outgoing()
    return link


def test_the_published_exchange_of_both_sides():
    ours, theirs = client(quirks=KMETHY), meter(quirks=KMETHY)
    assert ours.connect() == SNRM
    assert theirs.receive(SNRM) == [Connected(Parameters())]
    assert theirs.outgoing() == UA
    assert ours.receive(UA) == [Connected(Parameters())]
    assert ours.send(AARQ) == AARQ_FRAME
    assert theirs.receive(AARQ_FRAME) == [Apdu(AARQ, numbered=True)]
    answer = theirs.send(b"\x61\x00")
    assert answer == from_meter(0x30, b"\xe6\xe7\x00\x61\x00")
    assert ours.receive(answer) == [Apdu(b"\x61\x00", numbered=True)]
    assert ours.outgoing() == b""
    assert ours.send(b"\xc0") == to_meter(0x32, b"\xe6\xe6\x00\xc0")
    goodbye = ours.disconnect()
    assert goodbye == to_meter(0x53)
    assert theirs.receive(goodbye) == [Disconnected(None)]
    assert theirs.outgoing() == from_meter(0x73)
    assert ours.receive(from_meter(0x73)) == [Disconnected(None)]


def test_parameters_are_agreed_to_the_smaller():
    ours = client(Parameters(2030, 2030, 7, 7))
    theirs = meter(Parameters(512, 256, 1, 3))
    theirs.receive(ours.connect())
    ours.receive(theirs.outgoing())
    assert ours.agreed == Parameters(256, 512, 3, 1)
    assert theirs.agreed == Parameters(512, 256, 1, 3)


def test_a_long_answer_is_asked_for_segment_by_segment():
    link = connected(client())
    link.send(b"\xc0")
    first = from_meter(0x30, b"\xe6\xe7\x00" + bytes(10), segmented=True)
    assert link.receive(first) == []
    assert link.outgoing() == to_meter(0x31)  # RR, awaits 1
    assert link.receive(from_meter(0x32, b"\x01\x02", segmented=True)) == []
    assert link.outgoing() == to_meter(0x51)
    assert link.receive(from_meter(0x34, b"\x03")) == [
        Apdu(bytes(10) + b"\x01\x02\x03", numbered=True)
    ]
    assert link.outgoing() == b""


def test_a_long_request_goes_out_segment_by_segment():
    link = connected(client())
    octets = bytes(range(200))
    whole = b"\xe6\xe6\x00" + octets
    assert link.send(octets) == to_meter(0x10, whole[:128], segmented=True)
    assert link.receive(from_meter(0x31)) == []
    assert link.outgoing() == to_meter(0x12, whole[128:])


def test_a_window_of_three_goes_out_at_once_and_only_the_last_polls():
    ours, theirs = client(Parameters(4, 4, 3, 3)), meter(Parameters(4, 4, 3, 3))
    theirs.receive(ours.connect())
    ours.receive(theirs.outgoing())
    burst = ours.send(b"abcdefghijk")  # with LLC 14 bytes: 4 + 4 + 4 + 2
    assert controls(burst) == [0x00, 0x02, 0x14]
    assert theirs.receive(burst) == []
    assert theirs.outgoing() == from_meter(0x71)  # RR, awaits 3
    assert ours.receive(from_meter(0x71)) == []
    rest = ours.outgoing()
    assert controls(rest) == [0x16]
    assert theirs.receive(rest) == [Apdu(b"abcdefghijk", numbered=True)]


def test_a_lost_frame_within_a_window_is_sent_again():
    ours, theirs = client(Parameters(4, 4, 3, 3)), meter(Parameters(4, 4, 3, 3))
    theirs.receive(ours.connect())
    ours.receive(theirs.outgoing())
    frames = FrameReader().feed(ours.send(b"abcdefgh"))
    for frame in (frames[0], frames[2]):
        assert theirs.receive(FLAG_BYTE + encode(frame) + FLAG_BYTE) == []
    ours.receive(theirs.outgoing())
    again = ours.outgoing()
    assert controls(again) == [0x02, 0x14]
    assert theirs.receive(again) == [Apdu(b"abcdefgh", numbered=True)]


def test_a_lost_frame_of_an_answer_is_asked_for_at_once():
    ours, theirs = client(Parameters(4, 4, 3, 3)), meter(Parameters(4, 4, 3, 3))
    theirs.receive(ours.connect())
    ours.receive(theirs.outgoing())
    theirs.receive(ours.send(b"\xc0"))
    frames = FrameReader().feed(theirs.send(b"abcdefgh"))
    for frame in (frames[0], frames[2]):
        assert ours.receive(FLAG_BYTE + encode(frame) + FLAG_BYTE) == []
    assert ours.outgoing() == to_meter(0x31)  # RR, awaits 1
    assert theirs.receive(to_meter(0x31)) == []
    assert ours.receive(theirs.outgoing()) == [Apdu(b"abcdefgh", numbered=True)]


def test_a_lost_first_frame_of_an_answer_is_asked_for_at_once():
    link = client(Parameters(128, 128, 3, 3))
    link.connect()
    link.receive(from_meter(0x73, bytes.fromhex("818012050180060180070400000003080400000003")))
    link.send(b"\xc0")
    assert link.receive(from_meter(0x32, b"\x01")) == []
    assert link.outgoing() == to_meter(0x11)  # RR, awaits 0


def test_a_repeated_request_gets_the_repeated_answer_but_is_delivered_once():
    link = served(meter())
    request = to_meter(0x10, b"\xe6\xe6\x00\xc0")
    assert link.receive(request) == [Apdu(b"\xc0", numbered=True)]
    answer = link.send(b"\xc4")
    assert link.receive(request) == []
    assert link.outgoing() == answer


def test_an_answer_that_comes_twice_is_delivered_once_and_asks_for_nothing():
    link = connected(client())
    link.send(b"\xc0")
    answer = from_meter(0x30, b"\xe6\xe7\x00\xc4")
    assert link.receive(answer + answer) == [Apdu(b"\xc4", numbered=True)]
    assert link.outgoing() == b""
    request = link.send(b"\xc1")
    assert link.receive(answer) == []
    assert link.outgoing() == b""
    assert link.timeout() == request


def test_a_meter_without_an_answer_gives_the_word_back_and_is_asked_on_timeout():
    ours, theirs = connected(client()), served(meter())
    theirs.receive(ours.send(b"\xc0"))
    assert ours.receive(theirs.outgoing()) == []
    assert ours.outgoing() == b""
    poll = ours.timeout()
    assert poll == to_meter(0x11)
    theirs.receive(poll)
    assert ours.receive(theirs.send(b"\xc4")) == [Apdu(b"\xc4", numbered=True)]


def test_a_busy_meter_is_not_sent_to_until_it_is_ready():
    ours, theirs = connected(client()), served(meter())
    theirs.busy = True
    request = ours.send(b"\xc0")
    assert theirs.receive(request) == []
    assert theirs.outgoing() == from_meter(0x15)  # RNR, awaits 0
    ours.receive(from_meter(0x15))
    assert ours.outgoing() == b""
    theirs.busy = False
    theirs.receive(ours.timeout())
    ours.receive(theirs.outgoing())
    assert theirs.receive(ours.outgoing()) == [Apdu(b"\xc0", numbered=True)]


def test_the_rest_of_a_cut_answer_is_not_awaited_after_the_timeout():
    link = connected(client())
    request = link.send(b"\xc0")
    long_answer = from_meter(0x30, b"\xe6\xe7\x00" + bytes(100))
    assert link.receive(long_answer[:20]) == []
    assert link.timeout() == request
    (event,) = link.receive(from_meter(0x1F))  # shorter than what was missing
    assert isinstance(event, Disconnected)


def test_silence_is_named_after_the_repeats():
    link = client(quirks=Quirks(repeats_max=2))
    request = link.connect()
    assert [link.timeout(), link.timeout()] == [request, request]
    with pytest.raises(DlmsError) as caught:
        link.timeout()
    assert caught.value.fault is Fault.SILENT
    assert link.state is State.DISCONNECTED
    assert link.timeout() == b""


def test_a_refused_connection_says_so():
    link = client()
    link.connect()
    (event,) = link.receive(from_meter(0x1F))
    assert isinstance(event, Disconnected)
    assert event.fault.fault is Fault.REFUSED


def test_a_meter_that_has_forgotten_the_connection_ends_it():
    link = connected(client())
    link.send(b"\xc0")
    (event,) = link.receive(from_meter(0x1F))
    assert event.fault.fault is Fault.UNEXPECTED
    with pytest.raises(DlmsError):
        link.send(b"\xc0")


def test_a_meter_without_connection_answers_dm():
    link = meter()
    for request in (to_meter(0x53), to_meter(0x11), to_meter(0x10, b"\xe6\xe6\x00\xc0")):
        assert link.receive(request) == []
        assert link.outgoing() == from_meter(0x1F)


@pytest.mark.parametrize(
    ("request_frame", "fault", "rejection"),
    [  # FRMR: control byte, V(S) and V(R), W X Y Z
        (to_meter(0x19), Fault.UNKNOWN_TAG, "190001"),  # REJ, which DLMS does not have
        (to_meter(0x10, bytes(129)), Fault.TOO_LARGE, "100004"),
        (to_meter(0x30, b"\xe6\xe6\x00\xc0"), Fault.BAD_SEQUENCE, "300008"),
    ],
)
def test_a_meter_rejects_what_the_standard_does_not_allow(request_frame, fault, rejection):
    link = served(meter())
    assert faults(link.receive(request_frame)) == [fault]
    answer = from_meter(0x97, bytes.fromhex(rejection))
    assert link.outgoing() == answer
    assert link.receive(to_meter(0x11)) == []
    assert link.outgoing() == answer
    (event,) = connected(client()).receive(answer)
    assert event.fault.fault is Fault.REFUSED
    assert link.receive(SNRM) == [Connected(Parameters())]


def test_a_frame_of_another_meter_is_named_and_an_echo_passed_over():
    link = connected(client())
    request = link.send(b"\xc0")
    assert link.receive(request) == []
    assert link.stations.ignored == 1
    other = Frame(CLIENT, Address(1, 0x12, size=4), 0x30, b"\xe6\xe7\x00\xc4")
    assert faults(link.receive(FLAG_BYTE + encode(other) + FLAG_BYTE)) == [Fault.WRONG_ADDRESS]


def test_a_meter_hears_only_what_is_for_it_and_answers_in_the_length_it_was_called():
    link = meter()
    other = Frame(Address(1, 0x12, size=4), CLIENT, 0x93)
    assert link.receive(FLAG_BYTE + encode(other) + FLAG_BYTE) == []
    assert link.outgoing() == b""
    short = Frame(Address(1, 0x11, size=2), CLIENT, 0x93)
    link.receive(FLAG_BYTE + encode(short) + FLAG_BYTE)
    (answer,) = FrameReader().feed(link.outgoing())
    assert answer.source == Address(1, 0x11, size=2)


def test_a_pushed_message_comes_beside_the_answer():
    ours, theirs = connected(client()), served(meter())
    theirs.receive(ours.send(b"\xc0"))
    pushed = theirs.send_unnumbered(b"\xc2" * 200)
    answer = theirs.send(b"\xc4")
    stream = pushed + answer
    assert controls(stream)[:2] == [0x13, 0x13]
    assert ours.receive(stream) == [
        Apdu(b"\xc2" * 200, numbered=False),
        Apdu(b"\xc4", numbered=True),
    ]


def test_a_message_without_llc_header_is_refused_unless_the_make_has_none():
    bare = from_meter(0x30, b"\xc4\x01")
    link = connected(client())
    link.send(b"\xc0")
    assert faults(link.receive(bare)) == [Fault.BAD_FRAME]
    link = connected(client(quirks=Quirks(llc=False)))
    assert link.send(b"\xc0") == to_meter(0x10, b"\xc0")
    assert link.receive(bare) == [Apdu(b"\xc4\x01", numbered=True)]


def test_an_endless_message_ends_the_connection():
    link = connected(client(quirks=Quirks(apdu_bytes_max=300)))
    link.send(b"\xc0")
    frames = [from_meter(0x30 | place << 1, bytes(128), segmented=True) for place in range(3)]
    assert link.receive(frames[0] + frames[1]) == []
    assert faults(link.receive(frames[2])) == [Fault.TOO_LARGE]
    assert link.outgoing() == to_meter(0x53)


def test_flags_are_shared_where_the_make_wants_it():
    link = meter(Parameters(4, 4, 3, 3), Quirks(shared_flags=True))
    link.receive(client(Parameters(4, 4, 3, 3)).connect())
    link.outgoing()
    link.receive(to_meter(0x11))
    burst = link.send(b"abcdefgh")
    assert FLAG_BYTE * 2 not in burst
    assert controls(burst) == [0x00, 0x02, 0x14]


class Line:
    """Carries frames between two links and loses those that the draw names."""

    def __init__(self, ours, theirs, lost):
        self.ours, self.theirs, self.lost = ours, theirs, lost
        self.asked, self.answered = [], []

    def carry(self, octets, to):
        events = []
        for frame in FrameReader().feed(octets):
            if next(self.lost, False):
                continue
            events += to.receive(FLAG_BYTE + encode(frame) + FLAG_BYTE)
        return events

    def exchange(self, octets, answers):
        """Carry there, let the meter answer, carry back, until the client is at rest."""
        for _ in range(500):
            if not octets:
                return
            heard = [event for event in self.carry(octets, self.theirs) if type(event) is Apdu]
            self.asked += [event.apdu for event in heard]
            replies = b"".join(
                self.theirs.send(answer) for event in heard for answer in answers[event.apdu]
            )
            back = self.carry(replies + self.theirs.outgoing(), self.ours)
            self.answered += [event.apdu for event in back if type(event) is Apdu]
            octets = self.ours.outgoing()

    def has_answers(self, count):
        return len(self.answered) >= count

    def until(self, done, answers):
        """Let the client's time run out until this is so."""
        for _ in range(500):
            if done():
                return
            self.exchange(self.ours.timeout(), answers)
        pytest.fail("the two ends do not come on")


def losses(draws):
    """Return what happens to each frame; the line is good again when the draws are used up."""
    yield from draws


MESSAGES = st.lists(st.binary(max_size=40), min_size=1, max_size=4)
SIZES = st.builds(
    Parameters, st.integers(1, 20), st.integers(1, 20), st.integers(1, 7), st.integers(1, 7)
)


@settings(max_examples=150)
@given(SIZES, SIZES, MESSAGES, st.lists(MESSAGES, min_size=4, max_size=4), st.data())
def test_whatever_frames_are_lost_every_message_comes_once_and_in_order(
    ours, theirs, requests, replies, data
):
    draws = data.draw(st.lists(st.booleans(), max_size=60))
    patient = Quirks(repeats_max=len(draws) + 1)
    line = Line(client(ours, patient), meter(theirs), losses(draws))
    # Each request has a number in front, so that all differ and the meter knows its answers.
    asked = [bytes((place,)) + request for place, request in enumerate(requests)]
    answers = dict(zip(asked, replies, strict=False))
    line.exchange(line.ours.connect(), answers)
    line.until(lambda: line.ours.state is State.CONNECTED, answers)
    expected = []
    for request in asked:
        expected += answers[request]
        line.exchange(line.ours.send(request), answers)
        line.until(partial(line.has_answers, len(expected)), answers)
    assert line.asked == asked
    assert line.answered == expected
    line.exchange(line.ours.disconnect(), answers)
    line.until(lambda: line.ours.state is State.DISCONNECTED, answers)
    assert line.theirs.state is State.DISCONNECTED


INPUTS = st.one_of(
    st.binary(max_size=60),
    st.builds(from_meter, st.integers(0, 255), st.binary(max_size=40), segmented=st.booleans()),
    st.builds(to_meter, st.integers(0, 255), st.binary(max_size=40), segmented=st.booleans()),
    st.sampled_from([SNRM, UA]),
)


@settings(max_examples=150)
@given(st.sampled_from([client, meter]), st.lists(INPUTS, max_size=15), st.data())
def test_whatever_comes_a_link_answers_or_names_a_fault(make, inputs, data):
    link = make()
    for received in inputs:
        deed = data.draw(st.sampled_from(["connect", "send", "timeout", "disconnect", "none"]))
        try:
            if deed == "send":
                link.send(b"\xc0" * 200)
            elif deed != "none":
                getattr(link, deed)()
        except DlmsError as fault:
            assert fault.fault in {Fault.UNEXPECTED, Fault.SILENT}  # noqa: PT017 (any state)
        for event in link.receive(received):
            assert isinstance(event, (Connected, Apdu, Disconnected, Faulted))
        written = link.outgoing()
        assert all(isinstance(item, Frame) for item in FrameReader().feed(written))
