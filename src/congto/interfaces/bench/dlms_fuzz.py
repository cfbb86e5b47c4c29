"""`congto bench dlms_fuzz`: millions of broken frames through all that reads a meter's bytes.

Whole messages of every kind, plain and ciphered, in HDLC and in the wrapper; each is broken (bits,
bytes, lengths, cuts, doubles, pieces of another) and given to a reader. What comes of it must be a
value or a named fault: any other exception ends the run and says the frame; so does a frame that
takes longer than the limit. Of memory is told what the process held after the first tenth and at
the end.
"""

from __future__ import annotations

import signal
from collections import Counter
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from congto.headend.cosem.profile_rows import profile_rows
from congto.headend.cosem.pushed import pushed
from congto.headend.cosem.trace.frames import Trace
from congto.headend.cosem.trace.protection import Secrets
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.client import Client, Settings
from congto.headend.dlms.connection import State
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.encoding import encode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.hdlc.address import Address, address_size
from congto.headend.dlms.hdlc.checksum import check_sequence
from congto.headend.dlms.hdlc.frame import FLAG_BYTE, LENGTH_MAX
from congto.headend.dlms.hdlc.link import HdlcLink
from congto.headend.dlms.hdlc.push import PushReader
from congto.headend.dlms.hdlc.states import Role
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.protection import Protection
from congto.headend.dlms.wrapper import WrapperReader, unwrap
from congto.interfaces.bench.dlms_frames import (
    CLIENT_TITLE,
    KEYS,
    METER_TITLE,
    REGISTER,
    apdus,
    hdlc_frames,
    proved_apdus,
    prover,
    pushes,
    values,
    wrapper_frames,
)
from congto.interfaces.bench.machine import cores, peak_rss_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Target = tuple[list[bytes], Callable[[bytes], None]]
    """Frames, and the reader that gets them broken."""

CHUNK = 1000
CHUNK_SECONDS_MAX = 20
"""A chunk takes a tenth of a second; one that takes so long holds a frame that never ends."""
LONG = 0xFF
SLOW_ONE_IN = 5
"""Telling a frame as a tree costs as much as reading fifty: one in 51 frames is told."""


class HangError(Exception):
    """A frame took longer than the limit."""


def run(customers: int, seed: int = 1) -> dict[str, Any]:
    """Break so many frames; return how many were read and refused, by fault, and the memory."""
    targets = _targets()
    told: Counter[str] = Counter()
    first_tenth_bytes = 0
    begun = perf_counter()
    for chunk in range(-(-customers // CHUNK)):
        count = min(CHUNK, customers - chunk * CHUNK)
        told.update(_chunk(targets, seed, chunk, count))
        if (chunk + 1) * CHUNK * 10 >= customers and not first_tenth_bytes:
            first_tenth_bytes = peak_rss_bytes(0)
    seconds = perf_counter() - begun
    last_bytes = peak_rss_bytes(0)
    return {
        "benchmark": "dlms_fuzz",
        "frames": customers,
        "seed": seed,
        "seconds": round(seconds, 1),
        "frames_per_second": round(customers / seconds),
        "read": told.pop("read", 0),
        "refused": sum(told.values()),
        "refused_by_fault": {str(fault): count for fault, count in told.most_common()},
        "peak_rss_bytes_first_tenth": first_tenth_bytes,
        "peak_rss_bytes": last_bytes,
        "peak_rss_growth_bytes": last_bytes - first_tenth_bytes,
        "cores": cores(),
    }


def _chunk(targets: list[Target], seed: int, chunk: int, count: int) -> Counter[str]:
    """Break `count` frames; the same seed and chunk give the same frames."""
    random = Random(f"{seed}:{chunk}")  # noqa: S311  (nothing is kept secret with it)
    told: Counter[str] = Counter()
    broken = b""
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(CHUNK_SECONDS_MAX)
    try:
        for _ in range(count):
            frames, read = targets[int(random.random() * len(targets))]
            broken = mutated(random, frames)
            try:
                read(broken)
                told["read"] += 1
            except DlmsError as refused:
                told[refused.fault] += 1
    except Exception as error:
        error.add_note(f"seed {seed}, chunk {chunk}, frame {broken.hex()}")
        raise
    finally:
        signal.alarm(0)
    return told


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError(f"a chunk of frames took more than {CHUNK_SECONDS_MAX} s")


def mutated(random: Random, frames: list[bytes]) -> bytes:
    """Return one of the frames, broken at one to four places; one in fifty stays whole."""
    frame = bytearray(frames[int(random.random() * len(frames))])
    if random.random() < 0.02:
        return bytes(frame)
    for _ in range(1 + int(random.random() * random.random() * 4)):
        if not frame:
            break
        place = int(random.random() * len(frame))
        _break(random, frame, place, frames)
    return bytes(frame)


def _break(random: Random, frame: bytearray, place: int, frames: list[bytes]) -> None:
    kind = int(random.random() * 8)
    if kind == 0:
        frame[place] ^= 1 << int(random.random() * 8)
    elif kind == 1:
        frame[place] = int(random.random() * 256)
    elif kind == 2:
        del frame[place:]
    elif kind == 3:
        del frame[place : place + 1 + int(random.random() * 8)]
    elif kind == 4:
        frame[place:place] = random.randbytes(1 + int(random.random() * 8))
    elif kind == 5:
        frame[place:place] = frame[place : place + 1 + int(random.random() * 64)]
    elif kind == 6:  # a length that lies
        frame[place : place + 1] = (b"\x84" + bytes((LONG,)) * 4, b"\x82\xff\xff", b"\x7f")[
            int(random.random() * 3)
        ]
    else:
        other = frames[int(random.random() * len(frames))]
        frame[place:] = other[int(random.random() * len(other)) :]


def _targets() -> list[Target]:
    """Return frames and the reader that gets them broken."""
    plain, ciphered = apdus(protected=False), apdus(protected=True)
    framed, wrapped = hdlc_frames(plain + ciphered), wrapper_frames(plain + ciphered)
    quick: list[Target] = [
        (plain, _message),
        (plain, _answer),
        (plain, _sealed),
        (ciphered, _opened),
        (values(), _value),
        (pushes(), _push),
        (framed, _pushed_frames),
        (framed, _mended),
        (framed, _link),
        (wrapped, _wrapper),
    ]
    proved = proved_apdus()
    told = framed + wrapped + plain + ciphered + proved
    return quick * SLOW_ONE_IN + [(told, _told), (proved, _proved)]


def _message(octets: bytes) -> None:
    """A message that was read is written in one form only."""
    written = parse(octets).encode()
    _same(parse(written).encode(), written)


def _value(octets: bytes) -> None:
    written = encode(decode(octets))
    _same(encode(decode(written)), written)
    profile_rows(octets)


def _same(again: bytes, written: bytes) -> None:
    if again != written:
        raise AssertionError(f"written as {written.hex()}, read and written as {again.hex()}")


def _push(octets: bytes) -> None:
    for row in pushed(octets).rows:
        _ = row.number


def _sealed(octets: bytes) -> None:
    """A broken message, sealed rightly: what is inside is reached."""
    _opened(Protection(METER_TITLE, KEYS, counter_from(1)).protect(octets))


def _opened(octets: bytes) -> None:
    receiver = Protection(CLIENT_TITLE, KEYS, counter_from(1))
    parse(receiver.unprotect(octets, PeerState(METER_TITLE)))


def _proved(octets: bytes) -> None:
    """A message of suite 1: whatever is broken of it, nothing is taken that was not vouched for."""
    for signed in (True, False):
        try:
            parse(prover(signed=signed).unprotect(octets, PeerState(METER_TITLE)))
        except DlmsError:
            if not signed:
                raise


def _answer(octets: bytes) -> None:
    """What breaks the trust of a client closes its association."""
    client = Client(Settings())
    client.connection.state = State.OPEN
    exchange = client.get_data(REGISTER)
    next(exchange)
    try:
        exchange.send(octets)
    except StopIteration:
        pass
    except DlmsError as refused:
        if refused.fault != "service-refused" and client.connection.state is not State.CLOSED:
            raise AssertionError("a lie left the association open") from refused
        raise


def _pushed_frames(octets: bytes) -> None:
    for found in PushReader().feed(octets):
        if isinstance(found, DlmsError):
            raise found


def _mended(octets: bytes) -> None:
    """A broken frame with right check sequences: what is behind them is reached."""
    frame = octets.strip(FLAG_BYTE)[:LENGTH_MAX]
    header = 2 + address_size(frame, 2)
    header += address_size(frame, header) + 1
    if len(frame) < header + 2:
        return
    head = bytes((frame[0] & 0xF8 | len(frame) >> 8, len(frame) & 0xFF)) + frame[2:header]
    head += check_sequence(head)
    if len(frame) > header + 4:
        whole = head + frame[header + 2 : -2]
        head = whole + check_sequence(whole)
    _link(FLAG_BYTE + head + FLAG_BYTE)


def _link(octets: bytes) -> None:
    link = HdlcLink(Role.CLIENT, Address(16), Address(1))
    link.connect()
    link.receive(octets)
    link.outgoing()


def _wrapper(octets: bytes) -> None:
    WrapperReader().feed(octets)
    unwrap(octets)


def _told(octets: bytes) -> None:
    trace = Trace(Secrets(KEYS))
    for node in [*trace.feed(octets), *trace.finish()]:
        "\n".join(node.lines())
