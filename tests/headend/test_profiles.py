"""Models of meters as data, and values of meters in whole units."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.datetimes import clock
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.profiles.half_hours import range_of
from congto.headend.profiles.loader import load_profile, profile_names
from congto.headend.profiles.model import Deviation, Stamp, Times
from congto.headend.profiles.scaling import SCALER_MAX, completed_units, whole_units
from congto.vocabulary.errors import InvalidInputError

BEGIN, END = datetime(2026, 10, 31, 17, tzinfo=UTC), datetime(2026, 11, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_that_comes_with_congto_loads_and_has_a_clock_column(name):
    profile = load_profile(name)
    assert profile.source
    if profile.local is None:
        assert [str(column.kind) for column in profile.load.columns].count("clock") == 1


def test_an_unknown_profile_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInputError, match=r"generic"):
        load_profile("nobody")


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("mechanism: gmac", "mechanism: magic", "mechanism"),
        ('scaler: "0"', 'scaler: "0.5"', "scaler"),
        ('"1-0:1.8.0*255"', '"1"', "object"),
        ("order: listed", "order: any", "order"),
        ("make: Congto", "maker: Congto", "maker"),
        ("log: standard", "log: any", "log"),
        ("is: code", "is: other", "columns"),
        ('{"13": tamper}', '{"13": theft}', "13"),
        ('{"13": tamper}', '{"x": tamper}', "bits"),
    ],
)
def test_what_is_wrong_in_a_profile_is_told_with_file_and_key(tmp_path, right, wrong, told):
    text = files("congto.headend.profiles").joinpath("congto-simulator.yaml").read_text()
    assert right in text
    (tmp_path / "mine.yaml").write_text(text.replace(right, wrong, 1))
    with pytest.raises(InvalidInputError) as caught:
        load_profile("mine", tmp_path)
    assert "mine.yaml" in caught.value.sentence()
    assert told in caught.value.sentence()


def test_a_character_that_yaml_does_not_allow_is_one_sentence(tmp_path):
    text = files("congto.headend.profiles").joinpath("generic.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace("make: any", "make: an\x7fy"))
    with pytest.raises(InvalidInputError, match=r"mine.yaml: .*#x007f.*; expected valid YAML"):
        load_profile("mine", tmp_path)


@given(st.integers(0, 2**64 - 1), st.integers(-SCALER_MAX, SCALER_MAX))
def test_scaled_values_are_exact_or_refused(value, scaler):
    exact = value * Fraction(10) ** scaler
    assert completed_units(value, scaler) == exact.numerator // exact.denominator
    if exact.denominator == 1:
        assert whole_units(value, scaler) == exact
    else:
        with pytest.raises(DlmsError) as caught:
            whole_units(value, scaler)
        assert caught.value.fault is Fault.BAD_VALUE


@pytest.mark.parametrize("scaler", [SCALER_MAX + 1, -SCALER_MAX - 1, 127, -128])
def test_a_scaler_that_no_meter_has_is_refused(scaler):
    for scaled in (whole_units, completed_units):
        with pytest.raises(DlmsError):
            scaled(1, scaler)


# The bytes are worked out by hand from the Blue Book, 4.1.6.1: 2026 = 07EA, Sunday = 7,
# -420 minutes = FE5C, not specified = 8000 and FF.
@pytest.mark.parametrize(
    ("deviation", "inverted", "tail"),
    [
        (Deviation.SEND, False, "FE5C00"),
        (Deviation.SEND, True, "01A400"),
        (Deviation.SKIP, False, "8000FF"),
        (Deviation.UNSPECIFIED, False, "800000"),
    ],
)
def test_bounds_of_a_range_are_written_as_the_model_wants_them(deviation, inverted, tail):
    load = load_profile("congto-simulator").load
    asked = range_of(load, Times(420, deviation, inverted), BEGIN, END)
    restricting, first, last, columns = asked.selection.parameter.items
    assert asked.selection.selector == 1
    assert [item.value for item in restricting.items] == [8, obis("0-0:1.0.0*255"), 2, 0]
    assert first.octets == bytes.fromhex("07EA0B0107001E0000" + tail)
    assert last.octets == bytes.fromhex("07EA0B020100000000" + tail)
    assert columns.items == ()


def test_rows_stamped_at_their_begin_are_asked_for_by_it():
    load = replace(load_profile("congto-simulator").load, stamp=Stamp.BEGIN)
    asked = range_of(load, Times(420, Deviation.SEND, inverted=False), BEGIN, END)
    _, first, last, _ = asked.selection.parameter.items
    assert clock(first.octets)[:6] == (2026, 11, 1, 7, 0, 0)
    assert clock(last.octets)[:6] == (2026, 11, 1, 7, 23, 30)
