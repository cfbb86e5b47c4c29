"""The meter's end of one connection: associations by client, and the faults that befall it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.acse import (
    REJECTED_TRANSIENT,
    AssociationResponse,
    Context,
    Diagnostic,
)
from congto.headend.dlms.connection import State
from congto.headend.dlms.meter import MeterAssociation
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.fleet import PUBLIC_CLIENT, Secured
from congto.headend.simulator.objects import MeterObjects

if TYPE_CHECKING:
    from congto.headend.simulator.fleet import Fleet
    from congto.headend.simulator.meter import Meter

ASSOCIATION_REQUEST = b"\x60"
CUT_BYTES = 3
"""So many bytes at its end a message lacks that lies about its length."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client.

    Attributes:
        apdu: the message; empty where the meter stays silent.
        trouble: what has to happen to it on the line.
    """

    apdu: bytes
    trouble: Trouble | None = None


OCCUPIED = AssociationResponse(
    Context.LOGICAL_NAMES, REJECTED_TRANSIENT, Diagnostic.NO_REASON
).encode()
"""Answer to a second client: a meter has one association until that is released or hung up."""
SILENCE = Answer(b"", Trouble.SILENT)


class Station:
    """One meter on one connection."""

    __slots__ = ("_answers", "_associations", "_fleet", "_silent", "_strike", "meter")

    def __init__(self, fleet: Fleet, meter: Meter) -> None:
        self._fleet = fleet
        self.meter = meter
        self._associations: dict[int, MeterAssociation] = {}
        self._strike = fleet.troubles.strike(meter.number, meter.connections)
        self._answers = 0
        self._silent = False
        meter.connections += 1

    def answer(self, client: int, apdu: bytes) -> Answer:
        """Return the answer to a client's message."""
        asks = apdu[:1] == ASSOCIATION_REQUEST
        if asks and self._held_elsewhere():
            return self.befallen(OCCUPIED)
        association = self._associations.get(client)
        # Keys may have changed since the last association.
        if association is None or (asks and association.connection.state is State.CLOSED):
            association = self._associations[client] = self._associated(client)
        answer = association.receive(apdu)
        if asks and self.is_held:
            self.meter.holder = self
        return self.befallen(answer)

    @property
    def is_held(self) -> bool:
        """Say whether a client has an association that it has not released."""
        held = self._associations.values()
        return any(one.connection.state is not State.CLOSED for one in held)

    def forget(self) -> None:
        """Drop all associations: the link below has ended."""
        self._associations.clear()

    def _held_elsewhere(self) -> bool:
        holder = self.meter.holder
        return holder is not None and holder is not self and holder.is_held

    def _associated(self, client: int) -> MeterAssociation:
        fleet, meter = self._fleet, self.meter
        public = client == PUBLIC_CLIENT and fleet.plan.secured is not Secured.NONE
        objects = MeterObjects(meter, client, fleet.now, public=public)
        return MeterAssociation(fleet.offer(meter, client), objects)

    def befallen(self, apdu: bytes) -> Answer:
        """Let the connection's fault strike at its answer."""
        number, self._answers = self._answers, self._answers + 1
        if self._silent:
            return SILENCE
        if self._strike is None or self._strike.answer != number:
            return Answer(apdu)
        trouble = self._strike.trouble
        self._fleet.troubles.counts[trouble] += 1
        if trouble is Trouble.SILENT:
            self._silent = True
            return SILENCE
        if trouble is Trouble.LYING_LENGTH:
            return Answer(apdu[:-CUT_BYTES], trouble)
        return Answer(apdu, trouble)
