"""What the shipped data say, against the law's text and EVN's notices."""

from datetime import date
from decimal import Decimal

import pytest

from congto.reference import load_price_book, load_time_bands
from congto.reference.loader import load_rounding
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError, NotInForceError
from congto.vocabulary.groups import TimeBand
from congto.vocabulary.prices import OnePrice, ThreeRatePrice, schedule_on

BOOK = price_book()


def test_decisions_follow_each_other_with_stable_numbers():
    assert [(one.id, one.code) for one in BOOK.decisions] == [
        (1, "4887/QĐ-BCT"),
        (2, "2256/QĐ-BCT"),
        (3, "4495/QĐ-BCT"),
        (4, "648/QĐ-BCT"),
        (5, "1062/QĐ-BCT"),
        (6, "2941/QĐ-BCT"),
        (7, "2699/QĐ-BCT"),
        (8, "1279/QĐ-BCT"),
    ]
    assert BOOK.decisions[-1].effective_to is None


def test_the_day_of_a_decision_is_its_first():
    # EVNSPC, October 2024: old price to 10/10, new from 11/10.
    (before,) = BOOK.decisions_in(date(2024, 10, 10), date(2024, 10, 11))
    (after,) = BOOK.decisions_in(date(2024, 10, 11), date(2024, 10, 12))
    assert (before.code, after.code) == ("2941/QĐ-BCT", "2699/QĐ-BCT")


def test_a_decision_is_found_by_its_code():
    assert BOOK.decision("1279/QĐ-BCT").average_price == Decimal("2204.0655")
    with pytest.raises(InvalidInputError, match="1279"):
        BOOK.decision("1/QĐ-BCT")


@pytest.mark.parametrize(
    ("day", "rate_bp"),
    [
        (date(2022, 1, 31), 1000),
        (date(2022, 2, 1), 800),
        (date(2022, 12, 31), 800),
        (date(2023, 1, 1), 1000),
        (date(2023, 6, 30), 1000),
        (date(2023, 7, 1), 800),
        (date(2026, 12, 31), 800),
        (date(2027, 1, 1), 1000),
    ],
)
def test_vat_by_day(day, rate_bp):
    # NQ 43/2022, 101/2023, 110/2023, 174/2024 and 204/2025/QH15.
    assert BOOK.vat_on(day).rate_bp == rate_bp


def test_a_finer_voltage_class_pays_the_row_that_covers_it():
    last = BOOK.decisions[-1]
    assert BOOK.tariff(last, "business", None, "22-<110kV") == ThreeRatePrice(2887, 5025, 1609)
    assert BOOK.tariff(last, "business", None, ">=110kV") == ThreeRatePrice(2887, 5025, 1609)
    assert BOOK.tariff(
        last, "administrative", "hospital_kindergarten_school", "22-<110kV"
    ) == OnePrice(1940)
    # A coarser class than the table's could be several rows: none is guessed.
    assert BOOK.tariff(last, "production", None, ">=22kV") is None
    assert BOOK.tariff(last, "production", None, "no such class") is None


def test_one_voltage_class_needs_no_word_and_the_market_none_at_all():
    last = BOOK.decisions[-1]
    park = "industrial_park_110kV_busbar_over_100MVA"
    assert BOOK.tariff(last, "wholesale", park, None) == ThreeRatePrice(1744, 3197, 1117)
    assert BOOK.tariff(last, "wholesale", park, ">=110kV") == ThreeRatePrice(1744, 3197, 1117)
    assert BOOK.tariff(last, "wholesale", park, "<6kV") is None
    assert BOOK.tariff(last, "wholesale", "market", "<6kV") == OnePrice(2818)


def hours(bands, band):
    return sum(one == band for one in bands) / 2


def test_bands_in_force_are_those_of_2014():
    # TT 16/2014/TT-BCT Art. 5(1): weekdays 5 h peak, 6 h off-peak, 13 h normal; Sundays no peak.
    schedule = schedule_on(load_time_bands(), date(2026, 10, 1))
    assert schedule.code == "16/2014/TT-BCT"
    for weekday, (peak, off_peak, normal) in {1: (5, 6, 13), 6: (5, 6, 13), 7: (0, 6, 18)}.items():
        bands = schedule.bands(weekday)
        assert hours(bands, TimeBand.PEAK) == peak
        assert hours(bands, TimeBand.OFF_PEAK) == off_peak
        assert hours(bands, TimeBand.NORMAL) == normal
    monday = schedule.bands(1)
    assert monday[7:9] == (TimeBand.OFF_PEAK, TimeBand.NORMAL)  # 03:30, 04:00
    assert monday[18:20] == (TimeBand.NORMAL, TimeBand.PEAK)  # 09:00, 09:30
    assert monday[39:41] == (TimeBand.PEAK, TimeBand.NORMAL)  # 19:30, 20:00
    assert monday[43:45] == (TimeBand.NORMAL, TimeBand.OFF_PEAK)  # 21:30, 22:00


def test_bands_of_2026_are_known_and_not_in_force():
    # 963/QĐ-BCT: peak 17:30-22:30, off-peak 00:00-06:00; 5 h, 6 h, 13 h.
    (schedule,) = (one for one in load_time_bands() if one.code == "963/QĐ-BCT")
    assert schedule.start is None
    assert [hours(schedule.bands(1), band) for band in ("peak", "off_peak", "normal")] == [5, 6, 13]
    assert hours(schedule.bands(7), TimeBand.PEAK) == 0
    with pytest.raises(NotInForceError, match="2014-05-31"):
        schedule_on(load_time_bands(), date(2014, 5, 31))


def test_whole_kwh_is_the_default_rounding():
    assert load_rounding()["tier_rounding"] == ("whole_kwh", "exact")


def test_a_book_loaded_again_is_equal_in_every_price():
    again = load_price_book()
    assert [one.rows for one in again.decisions] == [one.rows for one in BOOK.decisions]
