"""A small part of the fuzz run: broken frames give a value or a named fault, nothing else."""

import os
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.cosem.pushed import pushed
from congto.headend.cosem.trace.frames import Trace
from congto.headend.cosem.trace.protection import Secrets
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.counters import PeerState
from congto.interfaces.bench.dlms_frames import (
    KEYS,
    METER_TITLE,
    apdus,
    hdlc_frames,
    messages,
    proved_apdus,
    prover,
    pushes,
)
from congto.interfaces.bench.dlms_fuzz import mutated, run

EXAMPLES = int(os.environ.get("CONGTO_EXAMPLES", "40"))
FIRST = st.sampled_from(sorted({one[0] for one in apdus(protected=False)}))


def test_thousands_of_broken_frames():
    seed = int(os.environ.get("CONGTO_SEED", "20261125"))
    print("seed", seed)  # noqa: T201  (shown where the test fails)
    told = run(customers=3000, seed=seed)
    assert told["read"] + told["refused"] == 3000
    assert told["read"] > 300
    assert len(told["refused_by_fault"]) > 6


def test_whole_messages_are_read_as_they_were_written():
    for message in messages():
        assert parse(message.encode()) == message
    for apdu in pushes():
        assert pushed(apdu).rows


def test_whole_messages_of_suite_1_are_proved():
    taken = {True: 0, False: 0}
    for apdu in proved_apdus():
        for signed in taken:
            try:
                parse(prover(signed=signed).unprotect(apdu, PeerState(METER_TITLE)))
            except DlmsError as error:
                assert error.fault is Fault.UNPROTECTED  # noqa: PT017  (counted below)
            else:
                taken[signed] += 1
    # Initiate request and response, exception and service error are never signed, in two forms.
    assert taken == {True: len(messages()) + 4 * 2, False: len(messages()) * 3}
    assert proved_apdus() == proved_apdus()


def test_the_same_seed_breaks_the_same_frames():
    frames = hdlc_frames(apdus(protected=True))
    one, other = Random(7), Random(7)  # noqa: S311  (nothing secret)
    broken = [mutated(one, frames) for _ in range(50)]
    assert broken == [mutated(other, frames) for _ in range(50)]
    assert sum(frame not in frames for frame in broken) > 40


@given(FIRST, st.binary(max_size=80))
@settings(max_examples=EXAMPLES * 2, deadline=None, print_blob=True)
def test_any_bytes_are_a_message_or_a_fault(first, octets):
    try:
        message = parse(bytes((first,)) + octets)
    except DlmsError:
        return
    assert parse(message.encode()).encode() == message.encode()


@given(st.sampled_from([b"", b"\x7e\xa0", b"\x00\x01", b"\xdb\x08"]), st.binary(max_size=80))
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
def test_any_bytes_are_told(begin, octets):
    trace = Trace(Secrets(KEYS))
    for node in [*trace.feed(begin + octets), *trace.finish()]:
        assert all(line.strip() for line in node.lines())
        assert node.as_dict()["name"]
