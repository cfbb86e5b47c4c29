"""Pushes over UDP: what a meter sends unasked, as the list of its push setup (class 40) says.

The list begins with itself, so a push tells what its values are of.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.notices import DataNotification
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.data import NULL, Data, structure
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.wrapper import wrap
from congto.headend.simulator.calendars import clock_bytes
from congto.headend.simulator.fleet import READING_CLIENT
from congto.headend.simulator.objects import MeterObjects
from congto.headend.simulator.plain_things import PUSH

if TYPE_CHECKING:
    from collections import Counter

    from congto.headend.simulator.fleet import Fleet
    from congto.headend.simulator.meter import Meter

PUSH_CLASS, LOGICAL_DEVICE = 40, 1
PUSHES, UNDELIVERED = "pushes", "undelivered"
PAUSE_SECONDS, AT_ONCE = 0.01, 20
"""So many pushes at most are sent before connections are served again."""


def push_datagram(fleet: Fleet, meter: Meter) -> bytes:
    """Return what a meter pushes now: in the wrapper, ciphered where the fleet is."""
    now = fleet.now()
    objects = MeterObjects(meter, READING_CLIENT, lambda: now, public=False)
    listed = objects.get(Reference(PUSH_CLASS, PUSH, 2))
    rows = () if isinstance(listed, AccessResult) else decode(listed).items
    value = structure(*(_value(objects, row) for row in rows))
    apdu = DataNotification(now & 0xFFFFFF, clock_bytes(now + meter.clock_offset), value).encode()
    if meter.ciphered:
        apdu = meter.protection(Form.GENERAL_GLOBAL).protect(apdu)
    return wrap(LOGICAL_DEVICE, READING_CLIENT, apdu)


def _value(objects: MeterObjects, row: Data) -> Data:
    """Return the value of a row of the list; null where a client wrote nonsense into it."""
    try:
        class_id, name, attribute, _ = row.items
        raw = objects.get(Reference(class_id.number, name.octets, attribute.number))
    except (DlmsError, ValueError):
        return NULL
    return NULL if isinstance(raw, AccessResult) else decode(raw)


class Pusher(asyncio.DatagramProtocol):
    """Sends a push of every meter each so many seconds, spread evenly over them.

    Args:
        fleet: the meters.
        counts: takes pushes, and refusals of the other side.
    """

    def __init__(self, fleet: Fleet, counts: Counter[str]) -> None:
        self._fleet = fleet
        self._counts = counts

    def error_received(self, exc: Exception) -> None:
        del exc  # nobody listens there: as with true meters, the push is lost
        self._counts[UNDELIVERED] += 1

    async def run(self, host: str, port: int, every_seconds: float) -> None:
        """Push until cancelled."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=(host, port))
        try:
            while True:
                begun = loop.time()
                for number in range(1, self._fleet.plan.count + 1):
                    meter = self._fleet.meter(number)
                    assert meter is not None  # the fleet has all numbers up to its count
                    transport.sendto(push_datagram(self._fleet, meter))
                    self._counts[PUSHES] += 1
                    early = begun + every_seconds * number / self._fleet.plan.count - loop.time()
                    if early > PAUSE_SECONDS or number % AT_ONCE == 0:
                        await asyncio.sleep(max(early, 0))
        finally:
            transport.close()
