"""Simulated meters push: our listener opens the datagrams, and a push says what it holds."""

import asyncio
from collections import Counter

import pytest

from congto.headend.cosem.pushed import Layout, pushed
from congto.headend.dlms.data import array, octets, structure, u8
from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.control import BOTH, control_of
from congto.headend.dlms.security.counters import PeerState, counter_from
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.simulator.fleet import CIPHERED, Secured
from congto.headend.simulator.push import PUSHES, Pusher, push_datagram
from congto.headend.simulator.secrets import secrets_of
from congto.headend.transports.push_listener import PushListener
from world_simulator import CLIENT_TITLE, NOW, SEED, World

PUSH = "0.0.25.9.0.255"


def opens(suite=0):
    """Return how a listener finds keys: those of the shipment, each meter's counters kept."""
    known = {}

    def found(title):
        number = int.from_bytes(title[4:])
        if number not in known:
            keys = secrets_of(SEED, number, suite).keys()
            policy = Policy(control_of(BOTH.byte | suite))
            opened = Protection(CLIENT_TITLE, keys, counter_from(1), policy=policy)
            known[number] = (opened, PeerState(title))
        return known[number]

    return found


async def heard(world, count):
    """Return the first pushes that a listener takes."""
    listener = PushListener(opens(world.plan.security_suite))
    port = await listener.listen("127.0.0.1", 0)
    counts = Counter()
    pushing = asyncio.create_task(Pusher(world.fleet, counts).run("127.0.0.1", port, 0.1))
    try:
        pushes = [await asyncio.wait_for(listener.receive(), 5) for _ in range(count)]
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        listener.close()
    assert counts[PUSHES] >= count
    return pushes


@pytest.mark.parametrize("secured", list(Secured))
def test_every_meter_pushes_name_clock_and_registers(secured):
    world = World(count=5, secured=secured)
    pushes = asyncio.run(heard(world, 12))
    assert {push.proved for push in pushes} == {secured in CIPHERED}
    names = [push.notice.value.items[1].value for push in pushes]
    serials = [f"SIM007000000{number}".encode() for number in range(1, 6)]
    assert names == (serials * 3)[:12]
    for push, number in zip(pushes, [1, 2, 3, 4, 5] * 2, strict=False):
        energies = world.meter(number).energies(world.age)
        values = [item.value for item in push.notice.value.items[4:]]
        assert values == [energies.total_wh, *energies.rates]
        assert clock(push.notice.time).instant(None) == NOW


def test_a_push_describes_itself():
    world = World(secured=Secured.NONE)
    found = pushed(push_datagram(world.fleet, world.meter(3))[8:])  # behind the wrapper's header
    assert found.layout is Layout.DESCRIBED
    total = next(row for row in found.rows if row.code == obis("1.0.1.8.0.255"))
    assert total.value.value == world.meter(3).energies(world.age).total_wh
    assert total.class_id == 3


def test_nonsense_in_the_list_is_pushed_as_nothing():
    world = World()
    session = world.visit(2)
    session.set(40, PUSH, 2, array((u8(1), structure(u8(1), octets(b"x")))))
    assert push_datagram(world.fleet, world.meter(2))
