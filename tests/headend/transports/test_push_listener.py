"""Pushes over UDP: read plain and ciphered, refused by name, never more kept than the bound."""

import asyncio

from congto.headend.dlms.apdu.notices import DataNotification
from congto.headend.dlms.data import u8
from congto.headend.dlms.faults import Fault
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.protection import Protection
from congto.headend.dlms.wrapper import wrap
from congto.headend.transports.push_listener import DROPPED, RECEIVED, TAKEN, PushListener
from small_meter import METER_TITLE, keys


def notice(number):
    return DataNotification(number, b"", u8(number))


def meter():
    return Protection(METER_TITLE, keys(), counter_from(1), Form.GENERAL_GLOBAL)


def opener():
    """Return what finds the one meter's keys; its counters are kept between messages."""
    ours = Protection(b"CONGTO01", keys(), counter_from(1), Form.GENERAL_GLOBAL)
    peer = PeerState(METER_TITLE)
    return lambda title: (ours, peer) if title == METER_TITLE else None


def pushed(datagrams, *, wanted, waiting_max=100, opens=None):
    """Send datagrams, then take so many pushes; return them and the counts."""

    async def listening():
        listener = PushListener(opens or opener(), waiting_max)
        port = await listener.listen("127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port)
        )
        for datagram in datagrams:
            sender.sendto(datagram)
        async with asyncio.timeout(5):
            for _ in range(500):
                if listener.counts[RECEIVED] == len(datagrams):
                    break
                await asyncio.sleep(0.005)
            found = [await listener.receive() for _ in range(wanted)]
        sender.close()
        listener.close()
        return found, listener.counts

    return asyncio.run(listening())


def test_a_plain_push_is_read_and_not_called_proved():
    raw = notice(5).encode()
    found, counts = pushed([wrap(1, 102, raw)], wanted=1)
    push = found[0]
    assert (push.source, push.destination, push.notice, push.raw) == (1, 102, notice(5), raw)
    assert (push.title, push.proved) == (None, False)
    assert counts == {RECEIVED: 1, TAKEN: 1}


def test_a_ciphered_push_is_proved_by_its_meters_key():
    found, _ = pushed([wrap(1, 102, meter().protect(notice(6).encode()))], wanted=1)
    assert (found[0].notice, found[0].title, found[0].proved) == (notice(6), METER_TITLE, True)


def test_a_push_sent_again_by_somebody_is_refused_as_replayed():
    sealed = wrap(1, 102, meter().protect(notice(6).encode()))
    found, counts = pushed([sealed, sealed, wrap(1, 102, notice(7).encode())], wanted=2)
    assert [one.notice for one in found] == [notice(6), notice(7)]
    assert counts[Fault.REPLAYED] == 1


def test_what_is_wrong_with_a_datagram_is_counted_by_its_name():
    sealed = meter().protect(notice(6).encode())
    spoilt = wrap(1, 102, sealed[:-1] + bytes((sealed[-1] ^ 1,)))
    stranger = Protection(b"OTHER\x00\x00\x01", keys(), counter_from(1), Form.GENERAL_GLOBAL)
    unknown = wrap(1, 102, stranger.protect(notice(1).encode()))
    request = wrap(1, 102, bytes.fromhex("C001C100080000010000FF0200"))
    last = wrap(1, 102, notice(9).encode())
    found, counts = pushed([b"\x00\x01", spoilt, unknown, request, last], wanted=1)
    assert found[0].notice == notice(9)
    faults = {fault: counts[fault] for fault in Fault if counts[fault]}
    assert faults == {
        Fault.TRUNCATED: 1,
        Fault.BAD_TAG: 1,
        Fault.UNKNOWN_KEY: 1,
        Fault.UNEXPECTED: 1,
    }


def test_more_than_the_bound_is_dropped_and_counted():
    datagrams = [wrap(1, 102, notice(number).encode()) for number in range(20)]
    found, counts = pushed(datagrams, wanted=8, waiting_max=8)
    assert [one.notice.invoke for one in found] == list(range(8))
    assert (counts[RECEIVED], counts[DROPPED], counts[TAKEN]) == (20, 12, 8)
