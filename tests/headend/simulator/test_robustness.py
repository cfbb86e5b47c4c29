"""Whatever a client sends, a simulated meter answers it: a value, a result or an exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.dlms.apdu.action import ActionRequest
from congto.headend.dlms.apdu.get import GetRequest
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.apdu.references import Reference, Selection
from congto.headend.dlms.apdu.set import SetRequest
from congto.headend.dlms.data import Data
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.tags import Tag
from congto.headend.simulator.fleet import Secured
from congto.headend.simulator.objects import THINGS
from congto.headend.simulator.station import Station
from world_simulator import World, by_entry, by_range

INVOKE = 0xC1

plain = st.one_of(
    st.just(Data(Tag.NULL, None)),
    st.integers(-128, 127).map(lambda value: Data(Tag.INT8, value)),
    st.integers(0, 255).map(lambda value: Data(Tag.UINT8, value)),
    st.integers(0, 255).map(lambda value: Data(Tag.ENUM, value)),
    st.integers(0, 0xFFFF).map(lambda value: Data(Tag.UINT16, value)),
    st.integers(0, 0xFFFFFFFF).map(lambda value: Data(Tag.UINT32, value)),
    st.binary(max_size=14).map(lambda value: Data(Tag.OCTET_STRING, value)),
)
values = st.recursive(
    plain,
    lambda inner: st.tuples(
        st.sampled_from((Tag.ARRAY, Tag.STRUCTURE)), st.lists(inner, max_size=5).map(tuple)
    ).map(lambda one: Data(*one)),
    max_leaves=12,
)
things = st.sampled_from(THINGS)


@pytest.fixture(scope="module")
def session():
    """Return a session that all examples share: what one of them breaks, the next one meets."""
    return World(secured=Secured.NONE).visit()


def sent(session, message):
    session.world.age += 7
    return parse(session.station.answer(1, message.encode()).apdu)


@settings(max_examples=120, deadline=None)
@given(thing=things, number=st.integers(1, 12), value=values)
def test_any_value_may_be_set(session, thing, number, value):
    sent(session, SetRequest(INVOKE, Reference(thing.class_id, thing.name, number), value))
    readable(session, thing)


@settings(max_examples=120, deadline=None)
@given(thing=things, number=st.integers(1, 12), value=st.none() | values)
def test_any_method_may_be_invoked(session, thing, number, value):
    if (thing.class_id, number) == (15, 1):
        return  # the answer to a challenge, never asked for in this association
    sent(session, ActionRequest(INVOKE, Reference(thing.class_id, thing.name, number), value))
    readable(session, thing)


@settings(max_examples=80, deadline=None)
@given(thing=things, selector=st.integers(0, 3), value=values)
def test_any_selection_may_be_asked_for(session, thing, selector, value):
    reference = Reference(thing.class_id, thing.name, 2, Selection(selector, value))
    sent(session, GetRequest(INVOKE, reference))


@settings(max_examples=80, deadline=None)
@given(
    first=st.integers(0, 3000),
    last=st.integers(0, 0xFFFFFFFF),
    columns=st.tuples(st.integers(0, 9), st.integers(0, 0xFFFF)),
    ends=st.tuples(*[st.integers(-(10**9), 10**9)] * 2),
)
def test_any_range_and_any_entries_may_be_asked_for(session, first, last, columns, ends):
    for thing in THINGS:
        if thing.class_id == 7:
            for selection in (by_entry(first, last, *columns), by_range(*ends)):
                sent(session, GetRequest(INVOKE, Reference(7, thing.name, 2, selection)))


def readable(session, thing):
    """Read all of an object: nothing that was taken may break it."""
    for number in thing.read:
        found = sent(session, GetRequest(INVOKE, Reference(thing.class_id, thing.name, number)))
        if getattr(found, "raw", None):
            decode(found.raw)


@settings(max_examples=100, deadline=None)
@given(octets=st.binary(max_size=60), secured=st.sampled_from(list(Secured)))
def test_any_bytes_are_answered(octets, secured):
    world = World(secured=secured)
    station = Station(world.fleet, world.meter())
    assert station.answer(1, octets).apdu
    assert station.answer(16, octets).apdu
