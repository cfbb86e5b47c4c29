"""Rows of a load profile: times left out, types that are wrong, any bytes."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.profiles.half_hours import half_hours
from congto.headend.profiles.loader import load_profile
from small_meter import START, buffer, row

PROFILE = load_profile("congto-simulator")


def read(raw):
    return half_hours(raw, PROFILE.load, PROFILE.times, PROFILE.load.columns)


def without_time(place, wh):
    """A row whose clock is null: its period follows the one before it (Blue Book, class 7)."""
    whole = row(place, wh)
    return whole[:2] + b"\x00" + whole[2 + 14 :]


def test_rows_without_time_follow_the_row_before():
    found = read(buffer([row(4, 1), without_time(5, 2), without_time(6, 3), row(9, 4)]))
    halves = [4, 5, 6, 9]
    assert list(found.begins) == [START + timedelta(minutes=30 * half) for half in halves]
    assert list(found.values[0]) == [1, 2, 3, 4]


def test_a_first_row_without_time_is_refused():
    with pytest.raises(DlmsError, match="a time"):
        read(buffer([without_time(0, 1), row(1, 2)]))


def test_a_value_that_is_missing_stays_missing():
    whole = row(0, 7)
    assert whole[18:23] == b"\x06\x00\x00\x00\x07"
    found = read(buffer([whole[:18] + b"\x00" + whole[23:], row(1, 8)]))
    assert [one.values for one in found.rows] == [(None, 2, 3), (8, 2, 3)]


@pytest.mark.parametrize("value", [b"\x09\x01\x07", b"\x03\x01", b"\x17\x3f\x80\x00\x00"])
def test_a_value_of_another_type_is_refused(value):
    whole = row(0, 7)
    with pytest.raises(DlmsError) as caught:
        read(buffer([whole[:18] + value + whole[23:]]))
    assert caught.value.fault is Fault.BAD_VALUE


def test_rows_of_other_columns_are_refused():
    with pytest.raises(DlmsError, match="5 columns"):
        read(b"\x01\x01\x02\x02\x11\x01\x11\x02")


def test_an_empty_buffer_has_no_rows():
    found = read(b"\x01\x00")
    assert (found.rows, len(found.channels)) == ([], 3)


def test_a_time_that_does_not_exist_is_refused():
    whole = bytearray(row(0, 7))
    whole[2 + 4] = 13  # the month
    with pytest.raises(DlmsError, match="that exist"):
        read(buffer([bytes(whole)]))


def test_viet_nams_midnight_is_17_hours_of_the_day_before():
    assert read(buffer([row(0, 7)])).begins[0] == datetime(2026, 10, 31, 17, tzinfo=UTC)


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_named_fault(raw):
    with suppress(DlmsError):  # any other exception fails
        found = read(raw)
        assert len(found.begins) == len(found.statuses)


@given(st.data())
def test_a_buffer_with_bytes_changed_is_rows_or_a_named_fault(data):
    whole = bytearray(buffer([row(place, place) for place in range(5)]))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(DlmsError):  # any other exception fails
        read(bytes(whole))
