"""Readings by mode C of IEC 62056-21 of meters whose lines were published, and their errors.

E350: Landis+Gyr, user manual of the E350 series 2 (D000027979), figure 5.7, whole dialogue.
M23: wiki.volkszaehler.org, page of the E350, lines of a true meter.
EM4T: LEM, EM4T II, protocol diagram of clause 4.2.1: sign-on, 051, P0, P1, R5, B0.
Their block checks are not printed; here they are the exclusive or of each byte, in a loop.
"""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.cosem.trace.local import LocalTrace
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.local_dialogue import sign_off
from congto.headend.dlms.local_readout import command
from congto.headend.profiles.loader import load_profile
from congto.headend.profiles.local_meter import read_local
from congto.headend.profiles.model import Local, LocalMode
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel

PROFILE = load_profile("iec-mode-c")
IMPORT, EXPORT, REACTIVE = (
    Channel.ACTIVE_IMPORT,
    Channel.ACTIVE_EXPORT,
    Channel.REACTIVE_IMPORT,
)
E350 = (
    "F.F(00)",
    "C.1.1(0000000074892473)",
    "1.8.0(000065.3*kWh)",
    "2.8.0(000003.5*kWh)",
    "1.8.1(000021.5*kWh)",
    "1.8.2(00043.8*kWh)",
    "2.8.1(000001.5*kWh)",
    "2.8.2(00000.0*kWh)",
    "C.5.0(03)",
)
M23 = (
    "F.F(00)",
    "C.1.0(12314330)",
    "0.0(00188123        )",
    "C.1.1(        )",
    "1.8.1(001234.120*kWh)",
    "1.8.0(001234.120*kWh)",
    "2.8.0(000000.000*kWh)",
    "15.8.0(001234.120*kWh)",
    "32.7(229*V)",
    "31.7(000.03*A)",
    "0.2.0(M23)",
    "16.7(000.00*kW)",
)
COMMANDS = Local(mode=LocalMode.COMMANDS, command="R5")


def checked(body: bytes) -> bytes:
    return body + bytes((reduce(xor, body[1:]),))


def block(lines) -> bytes:
    text = "".join(f"{line}\r\n" for line in lines) + "!\r\n"
    return checked(b"\x02" + text.encode() + b"\x03")


def value(text: str) -> bytes:
    return checked(b"\x02" + text.encode() + b"\x03")


def played(exchange, answers):
    """Play a dialogue; return what came of it and what was sent."""
    sent = []
    answers = iter(answers)
    try:
        out = next(exchange)
        while True:
            sent.append(out)
            out = exchange.send(next(answers))
    except StopIteration as end:
        return end.value, sent


def read_out(lines, identification=b"/LGZ0ZMF100AC.MXX\r\n", local=PROFILE.local):
    return played(read_local(PROFILE, local), [identification, block(lines)])


def test_the_printed_dialogue_of_an_e350_is_read():
    read, sent = read_out(E350)
    assert sent == [b"/?!\r\n", b"\x06000\r\n"]  # <ACK>0Z0 with Z 0, the speed that it offers
    assert read.readings == [
        (IMPORT, Register.TOTAL, 65_300),
        (IMPORT, Register.NORMAL, 21_500),
        (IMPORT, Register.PEAK, 43_800),
        (EXPORT, Register.TOTAL, 3_500),
    ]
    assert read.refused == dict.fromkeys(("1.8.3", "3.8.0", "0.9.1"), read.refused["1.8.3"]) | {
        "0.9.1": "not shown by the meter"
    }
    assert "not shown" in read.refused["1.8.3"]
    assert read.clock is None


def test_lines_of_a_true_meter_with_short_names_and_blanks_are_read():
    read, sent = read_out(M23, b"/LGZ4ZMF100AC.M23\r\n")
    assert sent[1] == b"\x06040\r\n"
    assert read.readings == [
        (IMPORT, Register.TOTAL, 1_234_120),
        (IMPORT, Register.NORMAL, 1_234_120),
        (EXPORT, Register.TOTAL, 0),
    ]


def test_a_meter_is_called_by_its_address_at_the_speed_of_the_profile():
    local = replace(PROFILE.local, address="001511420141", speed="0")
    assert read_out(E350, local=local)[1] == [b"/?001511420141!\r\n", b"\x06000\r\n"]


@pytest.mark.parametrize(
    ("line", "wh"),
    [
        ("1-0:1.8.0*255(001234.120*kWh)", 1_234_120),
        ("1-1:1.8.0(1.5*MWh)", 1_500_000),
        ("1.8.0(65300*Wh)", 65_300),
        ("1.8.0(000065.3*KWH)", 65_300),
        ("1.8(000065.3*kWh)", 65_300),
        ("1.8.0(000065.3456*kWh)", 65_345),  # parts of a Wh wait for the next reading
    ],
)
def test_units_and_names_are_read_exactly(line, wh):
    assert read_out([line])[0].readings == [(IMPORT, Register.TOTAL, wh)]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1.8.0(000065.3*kvarh)", "kvarh"),
        ("1.8.0(000065.3)", "65.3"),
        ("1.8.0(------*kWh)", "------"),
        ("1.8.0(-00065.3*kWh)", "-00065.3"),
        ("1.8.0*01(000060.0*kWh)", "not shown"),  # the register of the last billing period
    ],
)
def test_what_is_no_energy_of_now_is_refused_by_name(line, told):
    read, _ = read_out([line, "2.8.0(1*kWh)"])
    assert read.readings == [(EXPORT, Register.TOTAL, 1_000)]
    assert told in read.refused["1.8.0"]


def test_a_register_of_now_is_not_replaced_by_one_of_the_past():
    read, _ = read_out(["1.8.0(2*kWh)", "1.8.0*12(1*kWh)", "1.8.0(9*kWh)"])
    assert read.readings == [(IMPORT, Register.TOTAL, 2_000)]


@pytest.mark.parametrize(
    ("time", "date", "order", "instant"),
    [
        ("184300", "130512", "ymd", datetime(2013, 5, 12, 11, 43, tzinfo=UTC)),
        ("18:43:00", "12-05-13", "dmy", datetime(2013, 5, 12, 11, 43, tzinfo=UTC)),
        ("0184300", "0130512", "ymd", datetime(2013, 5, 12, 11, 43, tzinfo=UTC)),  # VDEW's season
        ("18:43", "2013-05-12", "ymd", datetime(2013, 5, 12, 11, 43, tzinfo=UTC)),
    ],
)
def test_clocks_are_local_times_of_viet_nam(time, date, order, instant):
    local = replace(PROFILE.local, date_order=order)
    read, _ = read_out([f"0.9.1({time})", f"0.9.2({date})"], local=local)
    assert read.clock == instant


@pytest.mark.parametrize(("time", "date"), [("250000", "130512"), ("184300", "131312"), ("1", "")])
def test_a_clock_that_is_none_is_refused(time, date):
    read, _ = read_out([f"0.9.1({time})", f"0.9.2({date})", "1.8.0(1*kWh)"])
    assert read.clock is None
    assert "clock" in read.refused["0.9.1"]
    assert len(read.readings) == 1


# Commands.

EMH, P0, ACK = b"/EMH5\\@D4EM4TWII001--\r\n", checked(b"\x01P0\x02()\x03"), b"\x06"


def by_command(answers):
    few = replace(PROFILE, registers=PROFILE.registers[:2])
    return played(read_local(few, COMMANDS, "00000000"), [EMH, P0, *answers])


def test_registers_are_read_by_command_as_an_em4t_is():
    read, sent = by_command([ACK, value("1.8.0(000065.3*kWh)"), value("(000021.5*kWh)")])
    assert sent == [
        b"/?!\r\n",
        b"\x06051\r\n",
        b"\x01P1\x02(00000000)\x03\x61",  # its check as captured: gist.github.com/4231981
        checked(b"\x01R5\x021.8.0()\x03"),
        checked(b"\x01R5\x021.8.1()\x03"),
    ]
    assert [one.value for one in read.readings] == [65_300, 21_500]
    assert sign_off() == b"\x01B0\x03\x71"


def test_a_register_that_a_command_does_not_give_is_named_and_the_next_one_read():
    read, _ = by_command([ACK, value("(ER01)"), value("1.8.1(1*kWh)")])
    assert read.readings == [(IMPORT, Register.NORMAL, 1_000)]
    assert "ER01" in read.refused["1.8.0"]


@pytest.mark.parametrize("answer", [value("(ER05)"), checked(b"\x01B0\x03")])
def test_a_password_that_is_not_accepted_ends_the_reading(answer):
    with pytest.raises(DlmsError) as caught:
        by_command([answer])
    assert caught.value.fault in {Fault.REFUSED, Fault.UNEXPECTED}
    assert "password" in caught.value.sentence()
    assert "00000000" not in caught.value.sentence()


# What goes wrong on the line.


def test_a_block_with_a_wrong_check_is_asked_for_again():
    good = block(E350)
    wrong = good[:-1] + bytes((good[-1] ^ 1,))
    exchange = read_local(PROFILE, PROFILE.local)
    read, sent = played(exchange, [b"/LGZ0ZMF100AC.MXX\r\n", wrong, wrong, good])
    assert sent[2:] == [b"\x15", b"\x15"]
    assert len(read.readings) == 4


def test_after_three_tries_it_is_given_up():
    wrong = block(E350)[:-1] + b"\xff"
    with pytest.raises(DlmsError) as caught:
        played(read_local(PROFILE, PROFILE.local), [b"/LGZ0ZMF\r\n", *[wrong] * 3])
    assert caught.value.fault is Fault.BAD_CHECKSUM


def test_a_request_that_was_not_understood_is_sent_again():
    answers = [b"/LGZ0ZMF100AC.MXX\r\n", b"\x15", block(E350)]
    read, sent = played(read_local(PROFILE, PROFILE.local), answers)
    assert sent == [b"/?!\r\n", b"\x06000\r\n", b"\x06000\r\n"]
    assert len(read.readings) == 4


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=12, max_size=12), st.booleans())
def test_any_answers_give_a_reading_or_a_named_fault(answers, commands):
    local = COMMANDS if commands else PROFILE.local
    with contextlib.suppress(DlmsError):
        played(read_local(PROFILE, local, "1"), [EMH, *answers])


LINE = st.text("0123456789.*()-:kWhvarF&CABCDE!\r\n ", max_size=40)


@given(st.lists(LINE, max_size=8))
def test_any_lines_give_readings_or_named_faults(lines):
    with contextlib.suppress(DlmsError):
        read, _ = read_out(lines)
        assert all(one.value >= 0 for one in read.readings)


@pytest.mark.parametrize(
    ("stamp", "at"),
    [
        ("2611010000", datetime(2026, 10, 31, 17, tzinfo=UTC)),  # 1 November, 00:00 in Viet Nam
        ("26-11-01 00:00", datetime(2026, 10, 31, 17, tzinfo=UTC)),
        ("02611010000", datetime(2026, 10, 31, 17, tzinfo=UTC)),  # a season in front
        ("261101000030", datetime(2026, 10, 31, 17, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_register_of_a_past_period_stood_so_at_the_stamp_beside_it(stamp, at):
    read, _ = read_out([f"0.1.2*01({stamp})", "1.8.0*01(000065.3*kWh)", "1.8.0*02(000060.0*kWh)"])
    assert read.kept == [(at, IMPORT, Register.TOTAL, 65_300)]


@pytest.mark.parametrize(("stamp", "named"), [("261301", True), ("00-00-00 00:00", False)])
def test_a_stamp_that_is_none_brings_no_register(stamp, named):
    read, _ = read_out([f"0.1.2*01({stamp})", "1.8.0*01(000065.3*kWh)"])
    assert read.kept == []
    assert ("0.1.2*01" in read.refused) is named


def test_a_session_is_told_without_its_password():
    first = b"/?!\r\n"
    assert LocalTrace.begins(first)
    trace = LocalTrace(first)
    told = [*trace.feed(first, sent=True), *trace.feed(command("P1", "(87654321)"), sent=True)]
    assert [node.value for node in told] == ["whichever meter is there", "P1 not shown"]
    assert trace.feed(b"\x06", sent=False)[0].name == "ACK"
