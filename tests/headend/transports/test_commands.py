"""Commands over a real line: pauses are kept, and an answer that is lost becomes an outcome."""

import asyncio
import time

import pytest

from congto.headend.campaigns.proof import Verdict
from congto.headend.campaigns.relay import Order, Why, look_again, switch
from congto.headend.dlms.client import Pause
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.loader import load_profile
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.secrets import secrets_of
from congto.headend.simulator.server import Server
from congto.headend.transports.access import Access
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from small_meter import CLIENT_TITLE, Memory
from world_commands import Mischief, meddled
from world_simulator import SEED, World

PROFILE = load_profile("congto-simulator")
QUICK = Habits(Deadlines(2.0, 0.3, 0.3))
LOOKS = (0, 0.01, 0.02)


def visiting(world, *bodies):
    """Hold a session for each body, one after another; return what each gave."""

    async def serving():
        server = Server(world.fleet)
        port = await server.start("127.0.0.1", 0)
        access = Access(keys=secrets_of(SEED, 1).keys(), own_title=CLIENT_TITLE, counter=Memory(1))
        try:
            found = []
            for body in bodies:
                place = Place("127.0.0.1", port, 1)
                async with await open_session(place, PROFILE, access, QUICK) as session:
                    found.append(await session.run(body(session.client)))
            return found
        finally:
            await server.stop()

    return asyncio.run(serving())


def cut(client):
    return switch(client, Order.DISCONNECT, looks=LOOKS)


def test_a_relay_is_cut_and_seen_to_be():
    (outcome,) = visiting(World(), cut)
    assert (outcome.verdict, outcome.why) == (Verdict.CONFIRMED, Why.SHOWN)


def test_a_stuck_relay_is_looked_at_between_pauses():
    (outcome,) = visiting(World(faults={Trouble.RELAY_STUCK: 1.0}), cut)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, Why.STUCK)


@pytest.mark.parametrize(
    ("mischief", "verdict"),
    [
        (Mischief.ANSWER_LOST, Verdict.CONFIRMED),
        (Mischief.REQUEST_LOST, Verdict.NOT_DONE),
    ],
)
def test_an_answer_that_never_comes_is_uncertain_and_the_next_session_looks(
    monkeypatch, mischief, verdict
):
    meddler = meddled(monkeypatch)
    meddler.plan("act", 70, 1, mischief)

    def look(client):
        return look_again(client, Order.DISCONNECT, looks=LOOKS)

    first, second = visiting(World(), cut, look)
    assert (first.verdict, first.why) == (Verdict.UNCERTAIN, Why.UNSEEN)
    assert "no answer" in first.answer
    assert second.verdict is verdict
    assert len(meddler.sent("act", 70)) <= 1


def test_a_pause_takes_its_time_and_is_answered_with_nothing():
    def waits(_client):
        began = time.monotonic()
        answer = yield Pause(0.05)
        return answer, time.monotonic() - began

    ((answer, seconds),) = visiting(World(), waits)
    assert answer == b""
    assert seconds >= 0.05


def test_an_exchange_that_does_not_catch_ends_with_the_error_of_the_line(monkeypatch):
    meddler = meddled(monkeypatch)

    def asks(client):
        meddler.gone = True
        return client.get_data(PROFILE.clock)

    with pytest.raises(DlmsError) as caught:
        visiting(World(), asks)
    assert caught.value.fault is Fault.SILENT
