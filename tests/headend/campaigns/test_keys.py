"""New keys and passwords: sent under the old, proved by a session, and never locking us out."""

import asyncio
from dataclasses import replace

import pytest

from congto.headend.campaigns.keys import (
    Change,
    Holds,
    Phase,
    access_after,
    change_secrets,
    refuse_bad_keys,
    which_holds,
)
from congto.headend.campaigns.proof import Verdict
from congto.headend.campaigns.visit import Called
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeySet, KeyUse, SecretKey
from congto.headend.dlms.security.wrap import KeyId
from congto.headend.profiles.loader import load_profile
from congto.headend.simulator.fleet import Secured
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
MADE = secrets_of(SEED, 1)
KEYS = KeySet.of(unicast=MADE.unicast, authentication=MADE.authentication, master=MADE.master)
UNICAST, AUTHENTICATION = SecretKey(bytes(range(16))), SecretKey(bytes(range(16, 32)))
BOTH_KEYS = {KeyId.UNICAST: UNICAST, KeyId.AUTHENTICATION: AUTHENTICATION}
TRANSFER = ("act", 64, 2)


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


def low(profile=PROFILE):
    return replace(
        profile, associating=replace(profile.associating, mechanism=Mechanism.LOW, security=None)
    )


def access(upcoming=50, **changes):
    given = {"keys": KEYS, "own_title": CLIENT_TITLE, "counter": Memory(upcoming)}
    return Access(**{**given, **changes})


def visiting(world, body, profile=PROFILE, old=None):
    """Run `body(called)` with the world's meters behind a port."""

    async def serving():
        server = Server(world.fleet)
        port = await server.start("127.0.0.1", 0)
        try:
            return await body(Called(Place("127.0.0.1", port, 1), profile, old or access(), QUICK))
        finally:
            await server.stop()

    return asyncio.run(serving())


def changed(world, change, old=None, profile=PROFILE, told=None):
    told = [] if told is None else told

    async def body(called):
        return await change_secrets(called, change, Memory(0), told.append)

    return visiting(world, body, profile, old)


@pytest.mark.parametrize("keys", [BOTH_KEYS, {KeyId.UNICAST: UNICAST}])
def test_new_keys_are_sent_and_proved_by_a_session(meddler, keys):
    world, told = World(), []
    outcome = changed(world, Change(keys), told=told)
    assert (outcome.verdict, outcome.phase) == (Verdict.CONFIRMED, Phase.NEW)
    assert (outcome.found.holds, outcome.answer) == (Holds.NEW, "")
    assert told == [Phase.BOTH, Phase.NEW]
    assert meddler.sent("act", 64) == [TRANSFER]
    assert world.meter().keys.unicast == UNICAST


def test_the_counters_of_a_new_unicast_key_begin_anew():
    old = access(5_000, proved={KeyUse.UNICAST: 70, KeyUse.BROADCAST: 9})
    fresh = Memory(0)
    new = access_after(old, Change(BOTH_KEYS), fresh)
    assert new.counter is fresh
    assert new.proved == {KeyUse.BROADCAST: 9}
    assert (new.keys.unicast, new.keys.authentication) == (UNICAST, AUTHENTICATION)
    assert new.keys.master == KEYS.master


def test_under_a_unicast_key_that_stays_the_counters_go_on():
    old = access(5_000, proved={KeyUse.UNICAST: 70})
    new = access_after(old, Change({KeyId.AUTHENTICATION: AUTHENTICATION}), Memory(0))
    assert new.counter is old.counter
    assert new.proved == {KeyUse.UNICAST: 70}

    world = World()
    outcome = changed(world, Change({KeyId.AUTHENTICATION: AUTHENTICATION}))
    assert outcome.verdict is Verdict.CONFIRMED


# What the meter did, and what it said or did not say of it: the sessions after it show which hold.
@pytest.mark.parametrize(
    ("mischief", "holds"),
    [
        (Mischief.NOT_DONE, Holds.OLD),
        (Mischief.REFUSED, Holds.OLD),
        (Mischief.REQUEST_LOST, Holds.OLD),
        (Mischief.DENIED_DONE, Holds.NEW),
        (Mischief.ANSWER_LOST, Holds.NEW),
    ],
)
def test_a_session_tells_which_keys_hold_whatever_the_meter_answered(meddler, mischief, holds):
    world, told = World(), []
    meddler.plan(*TRANSFER, mischief)
    outcome = changed(world, Change(BOTH_KEYS), told=told)
    assert outcome.found.holds is holds
    assert outcome.verdict is (Verdict.CONFIRMED if holds is Holds.NEW else Verdict.NOT_DONE)
    assert told == [Phase.BOTH, Phase(holds)]
    assert (world.meter().keys.unicast == UNICAST) is (holds is Holds.NEW)


def test_a_change_killed_after_sending_is_found_again_by_trying_both():
    world = World()

    class KilledError(BaseException):
        pass

    def die(phase):
        if phase is Phase.NEW:
            raise KilledError

    async def body(called):
        with pytest.raises(KilledError):
            await change_secrets(called, Change(BOTH_KEYS), Memory(0), die)
        new = access_after(called.access, Change(BOTH_KEYS), Memory(200))
        return await which_holds(called, new)

    assert visiting(world, body).holds is Holds.NEW


def test_secrets_that_neither_hold_are_for_a_person():
    world = World()
    world.meter().take_keys(
        KeySet.of(unicast=bytes(16), authentication=bytes(16), master=bytes(16))
    )

    async def body(called):
        new = access_after(called.access, Change(BOTH_KEYS), Memory(0))
        return await which_holds(called, new)

    found = visiting(world, body)
    assert found.holds is Holds.NEITHER
    assert {found.against_new.fault, found.against_old.fault} == {Fault.REFUSED}
    assert world.meter().connections <= 6  # two visits; each may ask for the counter and again


def test_a_meter_that_is_not_reached_or_is_busy_says_nothing_of_its_keys():
    async def body():
        called = Called(Place("127.0.0.1", 1, 1), PROFILE, access(), QUICK)
        return await which_holds(called, access(keys=replace(KEYS, unicast=UNICAST)))

    found = asyncio.run(body())
    assert (found.holds, found.against_old) == (Holds.UNKNOWN, None)

    async def busy(called):
        new = access_after(called.access, Change(BOTH_KEYS), Memory(0))
        async with await open_session(*called._replace(access=access(90))):
            return await which_holds(called, new)

    assert visiting(World(), busy).holds is Holds.UNKNOWN


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, "no key"),
        ({KeyId.MASTER: UNICAST}, "master"),
        ({KeyId.BROADCAST: UNICAST}, "broadcast"),
        ({KeyId.UNICAST: SecretKey(bytes(32))}, "32 bytes"),
        ({KeyId.UNICAST: SecretKey(MADE.unicast)}, "used before"),
        ({KeyId.AUTHENTICATION: SecretKey(MADE.unicast)}, "used before"),
        ({KeyId.UNICAST: AUTHENTICATION}, "used before"),
        ({KeyId.UNICAST: UNICAST, KeyId.AUTHENTICATION: UNICAST}, "two uses"),
    ],
)
def test_keys_that_may_not_be_sent_are_refused_before_a_session(meddler, keys, found):
    change = Change(keys, former=(AUTHENTICATION,))
    with pytest.raises(DlmsError, match=found) as caught:
        refuse_bad_keys(change, KEYS)
    assert caught.value.fault is Fault.UNKNOWN_KEY
    told = []
    world = World()
    with pytest.raises(DlmsError, match=found):
        changed(world, change, told=told)
    assert (told, meddler.heard, world.meter().connections) == ([], [], 0)


def test_without_the_master_key_nothing_is_sent(meddler):
    told = []
    old = access(keys=replace(KEYS, master=None))
    with pytest.raises(DlmsError) as caught:
        changed(World(), Change(BOTH_KEYS), old=old, told=told)
    assert (caught.value.fault, told, meddler.heard) == (Fault.UNKNOWN_KEY, [], [])


def test_no_session_with_the_old_keys_no_change(meddler):
    told = []
    old = access(keys=replace(KEYS, unicast=SecretKey(bytes(16))))
    with pytest.raises(DlmsError):
        changed(World(), Change(BOTH_KEYS), old=old, told=told)
    assert (told, meddler.heard) == ([], [])


@pytest.mark.parametrize(
    ("secured", "mechanism", "sent"),
    [
        (Secured.PASSWORD, Mechanism.LOW, ("set", 15, 7)),
        (Secured.MD5, Mechanism.MD5, ("act", 15, 2)),
        (Secured.SHA256, Mechanism.SHA256, ("act", 15, 2)),
    ],
)
def test_a_password_or_secret_is_changed_and_proved(meddler, secured, mechanism, sent):
    world, told = World(secured=secured), []
    how = replace(PROFILE.associating, mechanism=mechanism)
    if secured is not Secured.SHA256:  # its messages are ciphered as those of GMAC are
        how = replace(how, security=None)
    profile = replace(PROFILE, associating=how)
    old = access(secret=MADE.password)
    outcome = changed(world, Change(secret=b"new-word"), old, profile, told)
    assert (outcome.verdict, told) == (Verdict.CONFIRMED, [Phase.BOTH, Phase.NEW])
    assert world.meter().password == b"new-word"
    assert meddler.heard == [sent]


@pytest.mark.parametrize("mischief", [Mischief.ANSWER_LOST, Mischief.REQUEST_LOST])
def test_a_password_whose_change_was_not_seen_is_found_again(meddler, mischief):
    world = World(secured=Secured.PASSWORD)
    meddler.plan("set", 15, 7, mischief)
    outcome = changed(world, Change(secret=b"new-word"), Access(MADE.password), low())
    done = mischief is Mischief.ANSWER_LOST
    assert outcome.found.holds is (Holds.NEW if done else Holds.OLD)


def test_a_mechanism_without_a_secret_has_none_to_change(meddler):
    told = []
    with pytest.raises(DlmsError, match="has no secret"):
        changed(World(), Change(secret=b"new-word"), told=told)
    assert (told, meddler.heard) == ([], [])


def test_secrets_do_not_show_in_what_is_printed():
    shown = repr(Change(BOTH_KEYS, secret=b"new-word"))
    assert "new-word" not in shown
    assert "00010203" not in shown
