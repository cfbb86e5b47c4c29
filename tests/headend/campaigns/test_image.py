"""Firmware images: sent in blocks, gone on with after any end, activated only where they fit."""

import pytest

from congto.headend.campaigns.image import (
    FirmwareImage,
    ImageWhy,
    Progress,
    missing_blocks,
    send_image,
)
from congto.headend.campaigns.proof import Verdict
from congto.headend.dlms.data import Bits, octets, structure, u32
from congto.headend.dlms.faults import DlmsError
from world_commands import Mischief, carry, meddled
from world_simulator import World

IMAGE = FirmwareImage(
    b"CONGTO-SIM-2.0",
    bytes(number % 251 for number in range(1_000)),  # three blocks of 256 bytes and a part
    version=b"CONGTO-SIM-2.0",
    replaces=(b"CONGTO-SIM-1.",),
)
INITIATE, BLOCK, VERIFY, ACTIVATE = (("act", 18, number) for number in (1, 2, 3, 4))


@pytest.fixture
def meddler(monkeypatch):
    return meddled(monkeypatch)


@pytest.fixture
def world():
    return World()


def sent(session, image=IMAGE, told=None, **given):
    told = [] if told is None else told
    return carry(session, send_image(session.client, image, tell=told.append, **given))


def firmware(session):
    return session.get(1, "1.0.0.2.0.255")


def test_an_image_is_sent_verified_activated_and_runs(world, meddler):
    session, told = world.visit(), []
    outcome = sent(session, told=told)
    assert (outcome.verdict, outcome.why, outcome.goes_on) == (
        Verdict.CONFIRMED, ImageWhy.SHOWN, False,
    )  # fmt: skip
    assert outcome.firmware == firmware(session) == b"CONGTO-SIM-2.0"
    assert meddler.heard == [INITIATE, *[BLOCK] * 4, VERIFY, ACTIVATE]
    assert [one.there for one in told] == [0, 0, 1, 2, 3, 4, 4]
    assert told[0] == Progress(begun=True)


def test_a_version_that_runs_is_not_sent_again(world, meddler):
    sent(world.visit())
    meddler.heard.clear()
    outcome = sent(world.visit())
    assert (outcome.verdict, outcome.why, meddler.heard) == (
        Verdict.CONFIRMED, ImageWhy.ALREADY, [],
    )  # fmt: skip


@pytest.mark.parametrize("replaces", [(), (b"OTHER-",), (b"CONGTO-SIM-2.",)])
def test_an_image_of_another_model_is_not_begun(world, meddler, replaces):
    other = FirmwareImage(IMAGE.identification, IMAGE.octets, IMAGE.version, replaces)
    outcome = sent(world.visit(), other)
    assert (outcome.verdict, outcome.why, meddler.heard) == (
        Verdict.NOT_DONE, ImageWhy.MODEL, [],
    )  # fmt: skip


def test_an_image_that_the_meter_does_not_take_is_not_done(world):
    other = FirmwareImage(b"OTHER-2.0", IMAGE.octets, IMAGE.version, IMAGE.replaces)
    outcome = sent(world.visit(), other)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.REFUSED)
    assert not outcome.progress.begun


def test_a_meter_that_takes_no_images_is_left(world, meddler):
    off = b"\x03\x00"
    meddler.tell(18, 5, off, off)
    outcome = sent(world.visit())
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.DISABLED)
    assert meddler.sent("act", 18) == []


PLACES = [
    (INITIATE, 0),
    *((BLOCK, number) for number in range(4)),
    (VERIFY, 0),
    (ACTIVATE, 0),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mischief", [Mischief.ANSWER_LOST, Mischief.REQUEST_LOST])
def test_a_transfer_goes_on_where_its_line_ended(world, meddler, place, mischief):
    request, number = place
    meddler.plan(*request, *[None] * number, mischief)
    told = []
    outcome = sent(world.visit(), told=told)
    assert (outcome.verdict, outcome.goes_on) == (Verdict.UNCERTAIN, True)
    begun = told[-1].begun if told else False
    again = sent(world.visit(), begun=begun)
    assert (again.verdict, again.firmware) == (Verdict.CONFIRMED, b"CONGTO-SIM-2.0")
    # Every block reached the meter once: what it has is not sent again.
    assert meddler.heard.count(BLOCK) == 4
    assert meddler.heard.count(ACTIVATE) == 1


def test_a_visit_sends_no_more_blocks_than_it_may(world, meddler):
    begun, visits = False, 0
    for _ in range(4):
        told = []
        outcome = sent(world.visit(), begun=begun, blocks_max=1, told=told)
        begun, visits = told[-1].begun, visits + 1
        if not outcome.goes_on:
            break
        assert outcome.why is ImageWhy.INTERRUPTED
        assert outcome.progress.there == visits
    assert (visits, outcome.verdict) == (4, Verdict.CONFIRMED)
    assert meddler.heard.count(BLOCK) == 4


@pytest.mark.parametrize("mischief", [Mischief.REFUSED, Mischief.NOT_DONE])
def test_a_block_that_did_not_arrive_is_sent_in_the_next_pass(world, meddler, mischief):
    meddler.plan(*BLOCK, None, mischief)
    assert sent(world.visit()).verdict is Verdict.CONFIRMED
    assert meddler.heard.count(BLOCK) == 5


def test_blocks_that_never_arrive_end_the_visit_and_leave_it_to_another(world, meddler):
    meddler.plan(*BLOCK, *[Mischief.NOT_DONE] * 12)
    outcome = sent(world.visit())
    assert (outcome.verdict, outcome.why) == (Verdict.UNCERTAIN, ImageWhy.INCOMPLETE)
    assert meddler.heard.count(BLOCK) == 12  # three passes of four
    assert VERIFY not in meddler.heard


@pytest.mark.parametrize("request_", [VERIFY, ACTIVATE])
def test_a_step_that_takes_time_is_looked_at(world, meddler, request_):
    meddler.plan(*request_, Mischief.BUSY_DONE)
    begun = world.age
    going = {VERIFY: b"\x16\x02", ACTIVATE: b"\x16\x05"}[request_]
    # The first status is read before anything is sent; verification is read once where it is done.
    true = {VERIFY: [b"\x16\x00"], ACTIVATE: [b"\x16\x00", b"\x16\x03"]}[request_]
    meddler.tell(18, 6, *true, going, going)
    outcome = sent(world.visit())
    assert outcome.verdict is Verdict.CONFIRMED
    assert world.age - begun == 3  # looks after 0, 1 and 2 seconds


@pytest.mark.parametrize(("number", "request_"), [(2, VERIFY), (5, ACTIVATE)])
def test_a_step_that_takes_longer_than_the_visit_is_looked_at_in_another(
    world, meddler, number, request_
):
    going = bytes((0x16, number))
    true = {VERIFY: [b"\x16\x00"], ACTIVATE: [b"\x16\x00", b"\x16\x03"]}[request_]
    meddler.tell(18, 6, *true, *[going] * 7)
    outcome = sent(world.visit())
    assert (outcome.verdict, outcome.why) == (Verdict.UNCERTAIN, ImageWhy.BUSY)
    meddler.heard.clear()
    meddler.tell(1, 2, b"\x09\x0e" + b"CONGTO-SIM-1.0")  # it does not run yet
    meddler.tell(18, 6, going)
    again = sent(world.visit(), begun=True)
    assert again.verdict is Verdict.CONFIRMED
    assert request_ not in meddler.heard


def test_an_image_that_the_meter_finds_bad_is_not_activated_and_begins_anew(world, meddler):
    meddler.plan(*VERIFY, Mischief.REFUSED)
    meddler.tell(18, 6, b"\x16\x00", b"\x16\x04")
    told = []
    outcome = sent(world.visit(), told=told)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.VERIFICATION)
    assert not told[-1].begun
    assert ACTIVATE not in meddler.heard


def test_another_image_in_the_meter_is_never_activated(world, meddler):
    told = []
    assert sent(world.visit(), blocks_max=2, told=told).goes_on
    session = world.visit()
    session.act(18, "0.0.44.0.0.255", 1, structure(octets(b"CONGTO-SIM-9.9"), u32(1_000)))
    outcome = sent(session, begun=told[-1].begun)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.OTHER_IMAGE)
    assert ACTIVATE not in meddler.heard
    assert sent(world.visit(), begun=outcome.progress.begun).verdict is Verdict.CONFIRMED


def test_another_image_of_another_size_is_seen_before_a_block_is_sent(world, meddler):
    session = world.visit()
    session.act(18, "0.0.44.0.0.255", 1, structure(octets(b"CONGTO-SIM-9.9"), u32(300)))
    outcome = sent(session, begun=True)
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.OTHER_IMAGE)
    assert BLOCK not in meddler.heard


def test_a_success_after_which_the_old_version_runs_is_not_done(world, meddler):
    meddler.plan(*ACTIVATE, Mischief.NOT_DONE)
    # Verified stays verified: the meter says neither success nor failure of the activation.
    meddler.tell(18, 6, b"\x16\x00", b"\x16\x03", b"\x16\x06")
    outcome = sent(world.visit())
    assert (outcome.verdict, outcome.why) == (Verdict.NOT_DONE, ImageWhy.ACTIVATION)
    assert outcome.firmware == b"CONGTO-SIM-1.0"


@pytest.mark.parametrize("number", [4, 6, 7])
def test_what_failed_since_the_last_visit_is_told_and_not_sent_again(world, meddler, number):
    old = b"\x09\x0e" + b"CONGTO-SIM-1.0"
    meddler.tell(1, 2, old, old)
    meddler.tell(18, 6, *[bytes((0x16, number))] * 3)
    outcome = sent(world.visit(), begun=True)
    why = ImageWhy.VERIFICATION if number == 4 else ImageWhy.ACTIVATION
    assert (outcome.verdict, outcome.why, meddler.heard) == (Verdict.NOT_DONE, why, [])
    assert not outcome.progress.begun


def test_a_line_that_ends_before_sending_is_an_error(world, meddler):
    session = world.visit()
    meddler.gone, told = True, []
    with pytest.raises(DlmsError, match="connection ended"):
        sent(session, told=told)
    assert told == []


def test_missing_blocks_are_counted_from_the_first_bit():
    # Blue Book, class 18: the first bit of the string is that of block 0.
    assert missing_blocks(Bits(10, 0b1110111101)) == [3, 8]
    assert missing_blocks(Bits(0, 0)) == []
