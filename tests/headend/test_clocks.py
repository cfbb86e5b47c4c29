"""Clocks with what they leave open, and OBIS codes as people write them.

Blue Book, clause 4.1.6.1 (the fields, 0xFF and 0xFFFF for "not specified", the deviation as what is
added to local time to reach UTC), IEC 62056-6-1 (codes as A-B:C.D.E*F).
"""

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.headend.cosem.obis_names import obis_name
from congto.headend.cosem.trace.values import clock_text
from congto.headend.dlms.datetimes import CosemClock, clock, clock_of
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis, obis_text

EXAMPLES = int(os.environ.get("CONGTO_EXAMPLES", "40"))
HANOI = 420
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2000, 2099))

WRITTEN = {
    # 25 November 2026, a Wednesday, 21:00 in Ha Noi: seven hours ahead, deviation -420 = 0xFE5C
    "07EA0B190315000000FE5C00": (
        "2026-11-25 21:00:00 +07:00",
        datetime(2026, 11, 25, 14, tzinfo=UTC),
    ),
    # the same without deviation and status
    "07EA0B19FF150000FF8000FF": ("2026-11-25 21:00:00", datetime(2026, 11, 25, 14, tzinfo=UTC)),
    # hundredths, and a meter an hour behind UTC (60 = 0x003C) in doubt of its time
    "07EA0B190315000032003C02": (
        "2026-11-25 21:00:00.50 -01:00 (doubtful)",
        datetime(2026, 11, 25, 22, 0, 0, 500_000, tzinfo=UTC),
    ),
    # summer time of central Europe: -120 = 0xFF88
    "07E704010615202300FF8880": (
        "2023-04-01 21:32:35 +02:00 (summer time)",
        datetime(2023, 4, 1, 19, 32, 35, tzinfo=UTC),
    ),
    # seconds not specified: the minute begins
    "07EA0B19031500FFFF FE5C00": (
        "2026-11-25 21:00:* +07:00",
        datetime(2026, 11, 25, 14, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_clock_is_read_and_written(written):
    octets = bytes.fromhex(written)
    told, instant = WRITTEN[written]
    fields = clock(octets)
    assert fields.octets() == octets
    assert clock_text(fields) == told
    assert fields.instant(HANOI) == instant


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("FFFFFFFFFFFFFFFFFF8000FF", "*-*-* *:*:*"),
        ("FFFF04FE07020000FF800000", "*-04-last 02:00:00"),  # the last Sunday of April
        ("FFFFFDFD00020000FF800000", "*-summer-ends-last-but-one 02:00:00"),
        ("07EA0D190315000000FE5C00", "2026-13-25 21:00:00 +07:00"),
        ("07EA021E0315000000FE5C00", "2026-02-30 21:00:00 +07:00"),
        ("07EA0B190318000000FE5C00", "2026-11-25 24:00:00 +07:00"),
        ("07EA0B190315000000 7FFF00", "2026-11-25 21:00:00 -546:07"),
    ],
)
def test_a_clock_that_names_no_instant_is_told_and_refused(written, told):
    fields = clock(bytes.fromhex(written))
    assert fields.octets() == bytes.fromhex(written)
    assert clock_text(fields) == told
    with pytest.raises(DlmsError) as refused:
        fields.instant(HANOI)
    assert refused.value.fault is Fault.BAD_VALUE


def test_without_a_deviation_the_zone_must_be_known():
    with pytest.raises(DlmsError):
        clock(bytes.fromhex("07EA0B19FF150000FF8000FF")).instant(None)


def test_a_maker_who_turns_the_sign():
    turned = clock(bytes.fromhex("07EA0B19031500000001A400"))  # +420
    assert turned.instant(HANOI, inverted=True) == datetime(2026, 11, 25, 14, tzinfo=UTC)


@pytest.mark.parametrize("size", [0, 4, 5, 11, 13])
def test_a_clock_has_twelve_bytes(size):
    with pytest.raises(DlmsError) as refused:
        clock(bytes(size))
    assert refused.value.fault is Fault.BAD_VALUE


@given(st.datetimes(EARLIEST, LATEST), st.integers(-720, 840), st.booleans())
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
def test_an_instant_comes_back(naive, zone, deviation):
    instant = naive.replace(tzinfo=UTC, microsecond=naive.microsecond // 10_000 * 10_000)
    fields = clock_of(instant, zone, deviation=deviation)
    assert clock(fields.octets()) == fields
    assert fields.instant(zone) == instant


@given(st.binary(min_size=12, max_size=12))
@settings(max_examples=EXAMPLES, deadline=None, print_blob=True)
def test_any_twelve_bytes_are_told_and_an_instant_or_a_fault(octets):
    fields = clock(octets)
    assert isinstance(fields, CosemClock)
    assert fields.octets() == octets
    assert clock_text(fields)
    try:
        found = fields.instant(HANOI)
    except DlmsError as refused:
        fault = refused.fault
    else:
        fault = None
        assert found.tzinfo is UTC
    assert fault in {None, Fault.BAD_VALUE}


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("1-0:1.8.0*255", (1, 0, 1, 8, 0, 255), "1-0:1.8.0*255"),
        ("1.0.1.8.0.255", (1, 0, 1, 8, 0, 255), "1-0:1.8.0*255"),
        ("1-0:1.8.0.255", (1, 0, 1, 8, 0, 255), "1-0:1.8.0*255"),
        ("1-0:1.8.0&255", (1, 0, 1, 8, 0, 255), "1-0:1.8.0*255"),
        ("1.8.2", (1, 0, 1, 8, 2, 255), "1-0:1.8.2*255"),
        ("1.8", (1, 0, 1, 8, 0, 255), "1-0:1.8.0*255"),
        ("0-0:96.1.0", (0, 0, 96, 1, 0, 255), "0-0:96.1.0*255"),
        ("1-1:1.8.0*1", (1, 1, 1, 8, 0, 1), "1-1:1.8.0*1"),
    ],
)
def test_a_code_is_read_as_people_write_it(text, code, told):
    assert obis(text) == bytes(code)
    assert obis_text(bytes(code)) == told


@pytest.mark.parametrize("text", ["", "1", "1-0:1.8.0*256", "1.0.1.8.0", "a.b", "1.0.1.8.0.255.1"])
def test_what_is_no_code_is_refused(text):
    with pytest.raises(DlmsError) as refused:
        obis(text)
    assert refused.value.fault is Fault.BAD_VALUE


@pytest.mark.parametrize(
    ("code", "vi", "en"),
    [
        ("1-0:1.8.0", "Điện năng tác dụng chiều giao", "Energy, active import (+P)"),
        (
            "1-0:2.8.3",
            "Điện năng tác dụng chiều nhận, biểu 3",
            "Energy, active export (-P), rate 3",
        ),
        (
            "1-0:1.8.0*1",
            "Điện năng tác dụng chiều giao, kỳ chốt 1",
            "Energy, active import (+P), billing period 1",
        ),
        (
            "1-0:61.7.0",
            "Công suất tức thời tác dụng chiều giao, pha C",
            "Power now, active import (+P), L3",
        ),
        ("1-0:32.7.0", "Điện áp, pha A", "Voltage, L1"),
        ("1-0:91.7.0", "Dòng điện trung tính", "Neutral current"),
        ("1-0:99.1.0", "Biểu đồ phụ tải", "Load profile"),
        ("0-0:96.3.10", "Rơ-le đóng cắt", "Disconnect control"),
        ("0-1:96.3.10", "Rơ-le đóng cắt", "Disconnect control"),
    ],
)
def test_a_code_has_a_name_in_both_languages(code, vi, en):
    assert obis_name(obis(code)) == (vi, en)


@pytest.mark.parametrize(
    "code", ["1-0:200.8.0", "0-0:200.1.0", "1-0:32.8.0", "7-0:3.0.0", "1-0:1.99.0"]
)
def test_a_code_without_a_name_known_here(code):
    assert obis_name(obis(code)) is None
