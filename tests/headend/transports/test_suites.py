"""Sessions with simulated meters of every suite, mechanism and envelope, over true sockets."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.agreement import NO_CURVE_KEYS
from congto.headend.dlms.security.certificates import (
    CertifiedUse,
    certified_key,
    read_certificate,
)
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.signatures import P256, P384, private_key
from congto.headend.profiles.loader import AGREED_SCHEMES, ENVELOPES, load_profile
from congto.headend.profiles.readout import Span, read_meter
from congto.headend.simulator.certificates import authority, certificate, client_keys
from congto.headend.simulator.fleet import MECHANISMS, Secured
from congto.headend.simulator.secrets import secrets_of, system_title
from congto.headend.simulator.server import Server
from congto.headend.transports.access import Access, reading_client
from congto.headend.transports.outlook import Outlook, outlook_of
from congto.headend.transports.session import Deadlines
from congto.headend.transports.visit import Habits, Place, open_session
from congto.vocabulary.intervals import Channel
from small_meter import CLIENT_TITLE, Memory
from world_simulator import DAY, SEED, World, instant_of

PROFILE = load_profile("congto-simulator")
QUICK = Habits(Deadlines(5.0, 5.0, 5.0))
AT = datetime(2026, 11, 25, tzinfo=UTC)
METER = 3
SECURED = [one for one in Secured if one is not Secured.NONE]
COMBINATIONS = [
    (suite, secured)
    for suite in (0, 1, 2)
    for secured in SECURED
    if not (suite == 0 and secured is Secured.ECDSA)
]


@asynccontextmanager
async def serving(suite, secured, pdu_max=1024):
    world = World(secured=secured, suite=suite, pdu_max=pdu_max)
    server = Server(world.fleet)
    port = await server.start("127.0.0.1", 0)
    try:
        yield world, Place("127.0.0.1", port, METER)
    finally:
        await server.stop()


def profile_of(suite, mechanism, envelope="glo", *, signed=False):
    form, scheme = ENVELOPES[envelope]
    how = replace(
        PROFILE.associating, suite=suite, mechanism=mechanism, form=form, scheme=scheme,
        signed=signed,
    )  # fmt: skip
    return replace(PROFILE, associating=how)


def access(suite, counter, **changes):
    made = secrets_of(SEED, METER, suite)
    given = Access(
        made.password,
        made.keys(),
        CLIENT_TITLE,
        counter,
        system_title(SEED, METER),
        curve_keys=client_keys(SEED, METER, suite) if suite else NO_CURVE_KEYS,
    )
    return replace(given, **changes)


def day(world):
    end = instant_of(world.age // DAY * DAY)
    return Span(end - timedelta(days=1), end)


async def read(world, place, profile, given):
    async with await open_session(place, profile, given, QUICK) as session:
        told = await session.run(read_meter(session.client, profile, day(world)))
    assert session.release_fault is None
    return told


def refusal(suite, secured, profile, given):
    async def reading():
        async with serving(suite, secured) as (world, place):
            await read(world, place, profile, given)

    with pytest.raises(DlmsError) as caught:
        asyncio.run(reading())
    return caught.value


@pytest.mark.parametrize(("suite", "secured"), COMBINATIONS)
def test_every_envelope_reads_what_the_meter_has_measured(suite, secured):
    """Registers and a day of half-hours, in blocks, also signed where there are certificates."""

    async def reading():
        async with serving(suite, secured) as (world, place):
            given = access(suite, Memory())
            for name, (_, scheme) in ENVELOPES.items():
                if scheme in AGREED_SCHEMES and not suite:
                    continue
                for signed in (False, True) if suite else (False,):
                    profile = profile_of(suite, MECHANISMS[secured], name, signed=signed)
                    told = await read(world, place, profile, given)
                    assert told.refused == {}, (name, signed)
                    found = told.half_hours
                    assert len(found.rows) == 48
                    measured = world.meter(METER).half_hours(world.age // DAY * 48 - 48, 48)
                    assert list(found.values[0]) == measured.import_wh.tolist()
                    total = {one[:2]: one.value for one in told.readings}
                    assert total[Channel.ACTIVE_IMPORT, 0] == sum(
                        world.meter(METER).rates(world.age)
                    )

    asyncio.run(reading())


@pytest.mark.parametrize("envelope", ["glo", "general-ciphering-1e1s"])
def test_long_values_are_cut_so_that_signatures_and_keys_fit_the_meters_messages(envelope):
    async def reading():
        async with serving(1, Secured.ECDSA, pdu_max=512) as (world, place):
            profile = profile_of(1, Mechanism.ECDSA, envelope, signed=True)
            sizes = []
            habits = traced(sizes)
            async with await open_session(place, profile, access(1, Memory()), habits) as session:
                await session.run(read_meter(session.client, profile, day(world)))
            assert max(sizes) <= 512 + 8  # and the wrapper's header

    asyncio.run(reading())


def traced(sizes):
    return QUICK._replace(trace=lambda sent, octets: None if sent else sizes.append(len(octets)))


def test_signatures_may_stand_without_any_ciphering():
    async def reading():
        async with serving(1, Secured.ECDSA) as (world, place):
            profile = profile_of(1, Mechanism.ECDSA, signed=True)
            how = replace(profile.associating, security=None)
            return await read(world, place, replace(profile, associating=how), given)

    given = access(1, Memory(), keys=None)
    with pytest.raises(DlmsError) as caught:
        asyncio.run(reading())
    assert caught.value.fault is Fault.REFUSED  # this meter wants its messages ciphered


# What is wrong is refused by name, and is a matter of security.


@pytest.mark.parametrize("envelope", ["glo", "ded", "general-ciphering-1e1s"])
@pytest.mark.parametrize("suite", [1, 2])
def test_a_wrong_symmetric_key_is_refused(suite, envelope):
    other = secrets_of(SEED, METER + 1, suite).keys()
    profile = profile_of(suite, Mechanism.GMAC, envelope)
    error = refusal(suite, Secured.GMAC, profile, access(suite, Memory(), keys=other))
    assert outlook_of(error) is Outlook.SECURITY
    assert "deciphering" in error.sentence().lower()


def test_a_client_that_signs_with_another_key_is_refused():
    keys = replace(client_keys(SEED, METER, 1), signing=private_key(P256, bytes(range(1, 33))))
    error = refusal(
        1, Secured.ECDSA, profile_of(1, Mechanism.ECDSA), access(1, Memory(), curve_keys=keys)
    )
    assert outlook_of(error) is Outlook.SECURITY


def test_a_meter_that_signs_with_another_key_is_refused():
    other = client_keys(SEED, METER + 1, 1).peer_signing
    keys = replace(client_keys(SEED, METER, 1), peer_signing=other)
    error = refusal(
        1, Secured.ECDSA, profile_of(1, Mechanism.ECDSA), access(1, Memory(), curve_keys=keys)
    )
    assert error.fault is Fault.BAD_TAG
    assert "signature" in error.sentence()


@pytest.mark.parametrize("envelope", ["general-ciphering-1e1s", "general-ciphering-0e2s"])
def test_a_meter_with_another_agreement_key_cannot_be_spoken_with(envelope):
    other = client_keys(SEED, METER + 1, 2).peer_static
    keys = replace(client_keys(SEED, METER, 2), peer_static=other)
    profile = profile_of(2, Mechanism.GMAC, envelope)
    error = refusal(2, Secured.GMAC, profile, access(2, Memory(), curve_keys=keys))
    assert outlook_of(error) is Outlook.SECURITY


@pytest.mark.parametrize(
    ("missing", "envelope", "told"),
    [
        ("signing", "general-ciphering-1e1s", "own private signature key"),
        ("peer_static", "general-ciphering-0e2s", "key agreement key of the peer"),
        ("static", "general-ciphering-0e2s", "own private key agreement key"),
    ],
)
def test_a_key_that_is_not_there_is_named(missing, envelope, told):
    keys = replace(client_keys(SEED, METER, 1), **{missing: None})
    profile = profile_of(1, Mechanism.GMAC, envelope)
    error = refusal(1, Secured.GMAC, profile, access(1, Memory(), curve_keys=keys))
    assert error.fault is Fault.UNKNOWN_KEY
    assert told in error.sentence()


def test_a_key_on_another_curve_is_refused_before_anything_is_sent():
    keys = replace(client_keys(SEED, METER, 1), signing=private_key(P384, bytes(range(1, 49))))
    error = refusal(
        1, Secured.GMAC, profile_of(1, Mechanism.GMAC), access(1, Memory(), curve_keys=keys)
    )
    assert error.fault is Fault.UNKNOWN_KEY
    assert "secp384r1 in security suite 1" in error.sentence()


@pytest.mark.parametrize(("meter", "client"), [(1, 0), (0, 1), (1, 2)])
def test_a_client_of_another_suite_is_refused(meter, client):
    profile = profile_of(client, Mechanism.GMAC)
    error = refusal(meter, Secured.GMAC, profile, access(client, Memory()))
    assert error.fault is Fault.REFUSED


# Certificates.


def test_our_certificate_travels_with_the_request_for_an_association():
    given = access(1, Memory(), certificate=b"certificate")
    exchange = reading_client(profile_of(1, Mechanism.ECDSA), given).associate()
    assert parse(next(exchange)).qualifier == b"certificate"


GIVEN = {"title": system_title(SEED, METER), "use": CertifiedUse.SIGNATURE, "suite": 1, "at": AT}


def own(use=CertifiedUse.SIGNATURE):
    return read_certificate(certificate(SEED, METER, 1, use))


def test_a_certified_key_is_the_meters():
    root = read_certificate(authority(SEED, 1))
    held = client_keys(SEED, METER, 1)
    assert certified_key(own(), root, **GIVEN) == held.peer_signing
    agreed = {**GIVEN, "use": CertifiedUse.AGREEMENT}
    assert certified_key(own(CertifiedUse.AGREEMENT), root, **agreed) == held.peer_static


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"suite": 2}, "security suite 2"),
        ({"title": system_title(SEED, METER + 1)}, system_title(SEED, METER + 1).hex().upper()),
        ({"use": CertifiedUse.AGREEMENT}, "for key agreement"),
        ({"at": datetime(2050, 1, 1, tzinfo=UTC)}, "2049-01-01"),
        ({"at": datetime(2023, 1, 1, tzinfo=UTC)}, "2024-01-01"),
    ],
)
def test_a_certificate_that_does_not_fit_is_refused_with_the_reason(changed, told):
    with pytest.raises(DlmsError) as caught:
        certified_key(own(), read_certificate(authority(SEED, 1)), **{**GIVEN, **changed})
    assert caught.value.fault is Fault.CERTIFICATE
    assert told in caught.value.sentence()
    assert outlook_of(caught.value) is Outlook.SECURITY


def test_a_certificate_of_another_authority_of_the_same_name_is_refused():
    with pytest.raises(DlmsError) as caught:
        certified_key(own(), read_certificate(authority(SEED + 1, 1)), **GIVEN)
    assert caught.value.fault is Fault.CERTIFICATE
    assert "issued by CN=Congto simulated authority" in caught.value.sentence()


def test_bytes_that_are_no_certificate_are_refused():
    with pytest.raises(DlmsError) as caught:
        read_certificate(certificate(SEED, METER, 1, CertifiedUse.SIGNATURE)[:-1])
    assert caught.value.fault is Fault.CERTIFICATE
