"""Simulated meters that take commands badly: they answer what they did not do, or are mute."""

from enum import StrEnum

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.client import Pause
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.simulator import station
from congto.headend.simulator.calendars import instant_of
from congto.headend.simulator.objects import MeterObjects


class Mischief(StrEnum):
    """What befalls one request."""

    NOT_DONE = "answers success, does nothing"
    DENIED_DONE = "does it, answers an error"
    BUSY_DONE = "does it, answers a temporary failure"
    REFUSED = "does nothing, answers an error"
    ANSWER_LOST = "does it, the answer is lost and the line with it"
    REQUEST_LOST = "the request is lost and the line with it"


class Meddler:
    """Mischief by (service, class, attribute or method), each used once, in order.

    `told` holds raw values that a GET gives in place of the true ones, likewise; `heard` every
    request to set or act that reached the meter.
    """

    def __init__(self):
        self.planned = {}
        self.told = {}
        self.heard = []
        self.gone = False

    def plan(self, service, class_id, number, *mischief):
        self.planned[service, class_id, number] = list(mischief)

    def tell(self, class_id, number, *raws):
        self.told[class_id, number] = list(raws)

    def sent(self, service, class_id):
        return [one for one in self.heard if one[:2] == (service, class_id)]

    def change(self, service, reference, do):
        waiting = self.planned.get((service, reference.class_id, reference.number))
        mischief = waiting.pop(0) if waiting else None
        self.gone = mischief in {Mischief.ANSWER_LOST, Mischief.REQUEST_LOST}
        if mischief is not Mischief.REQUEST_LOST:
            self.heard.append((service, reference.class_id, reference.number))
        if mischief in {Mischief.NOT_DONE, Mischief.REQUEST_LOST}:
            return AccessResult.SUCCESS
        if mischief is Mischief.REFUSED:
            return AccessResult.OTHER_REASON
        do()
        if mischief is Mischief.DENIED_DONE:
            return AccessResult.OTHER_REASON
        if mischief is Mischief.BUSY_DONE:
            return AccessResult.TEMPORARY_FAILURE
        return None


def meddled(monkeypatch):
    """Let a meddler stand before the objects of all meters; return it."""
    meddler = Meddler()

    class Meddled(MeterObjects):
        __slots__ = ()

        def get(self, reference):
            waiting = meddler.told.get((reference.class_id, reference.number))
            return waiting.pop(0) if waiting else super().get(reference)

        def set(self, reference, value):
            done = []
            answer = meddler.change(
                "set", reference, lambda: done.append(MeterObjects.set(self, reference, value))
            )
            return done[0] if answer is None else answer

        def act(self, method, parameter):
            done = []
            answer = meddler.change(
                "act", method, lambda: done.append(MeterObjects.act(self, method, parameter))
            )
            return done[0] if answer is None else (answer, None)

    heard = station.Station.answer

    def answer(self, client, apdu):
        if apdu[:1] == station.ASSOCIATION_REQUEST:
            meddler.gone = False  # another connection
        told = heard(self, client, apdu)
        return station.SILENCE if meddler.gone else told

    monkeypatch.setattr(station, "MeterObjects", Meddled)
    monkeypatch.setattr(station.Station, "answer", answer)
    return meddler


def carry(session, steps, seconds_each_way=0):
    """Carry out steps with a meter as a session does: lost answers are thrown in.

    Pauses and the ways of messages let the world's time pass.
    """
    world = session.world
    try:
        step = next(steps)
        while True:
            if isinstance(step, Pause):
                world.age += round(step.seconds)
                step = steps.send(b"")
                continue
            world.age += seconds_each_way
            apdu = session.station.answer(session.number_of_client, step).apdu
            world.age += seconds_each_way
            if not apdu:
                step = steps.throw(DlmsError(Fault.BROKEN, "the connection ended"))
                continue
            step = steps.send(apdu)
    except StopIteration as done:
        return done.value


def clock_of_world(world):
    """Return a function that gives our time."""
    return lambda: instant_of(world.age)
