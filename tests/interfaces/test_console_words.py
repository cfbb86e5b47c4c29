"""Numbers, dates, voltages and highlights as the console writes them; examples written by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.interfaces.console.templatetags import vn
from congto.vocabulary import format_vi
from congto.vocabulary.highlight import matched_parts
from congto.vocabulary.numbers_vi import dong_in_words, in_words

WORDS = {
    0: "không",
    1: "một",
    10: "mười",
    11: "mười một",
    15: "mười lăm",
    20: "hai mươi",
    21: "hai mươi mốt",
    25: "hai mươi lăm",
    55: "năm mươi lăm",
    100: "một trăm",
    101: "một trăm linh một",
    105: "một trăm linh năm",
    115: "một trăm mười lăm",
    1000: "một nghìn",
    1001: "một nghìn không trăm linh một",
    1010: "một nghìn không trăm mười",
    305_230: "ba trăm linh năm nghìn hai trăm ba mươi",
    1_000_000: "một triệu",
    1_000_005: "một triệu không trăm linh năm",
    2_504_520: "hai triệu năm trăm linh bốn nghìn năm trăm hai mươi",
    10**9: "một tỷ",
    10**9 + 15: "một tỷ không trăm mười lăm",
    10**12: "một nghìn tỷ",
    -7: "âm bảy",
}


@pytest.mark.parametrize(("number", "words"), WORDS.items())
def test_numbers_are_read_as_people_read_them(number, words):
    assert in_words(number) == words


def test_an_amount_begins_with_a_capital_and_ends_with_the_currency():
    assert dong_in_words(305_230) == "Ba trăm linh năm nghìn hai trăm ba mươi đồng"


DIGITS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
ONES = {**{word: digit for digit, word in enumerate(DIGITS)}, "mốt": 1, "lăm": 5}


def heard(words):
    """Read the words back: a second, independent way, by what each word does to the number."""
    if words.startswith("âm "):
        return -heard(words[3:])
    total = group = pending = 0
    for word in words.split():
        if word in ONES:
            pending = ONES[word]
        elif word == "linh":
            pending = 0
        elif word == "mười":
            group, pending = group + 10, 0
        elif word == "mươi":
            group, pending = group + 10 * pending, 0
        elif word == "trăm":
            group, pending = group + 100 * pending, 0
        elif word == "tỷ":
            total, group, pending = (total + group + pending) * 10**9, 0, 0
        else:
            scale = {"nghìn": 10**3, "triệu": 10**6}[word]
            total, group, pending = total + (group + pending) * scale, 0, 0
    return total + group + pending


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_words_say_the_number_they_were_made_from(number):
    assert heard(in_words(number)) == number


def test_figures_have_dots_between_thousands_and_a_decimal_comma():
    assert format_vi.number(1_234_567) == "1.234.567"
    assert format_vi.number(Decimal("1234.5")) == "1.234,5"
    assert format_vi.number(Decimal("2.345"), 2) == "2,35"
    assert format_vi.number(-1234) == "−1.234"
    assert format_vi.kwh(134_000) == "134 kWh"
    assert format_vi.kwh(1_234_500) == "1.234,5 kWh"


def test_dates_are_day_month_year_in_local_time():
    assert format_vi.day(date(2026, 6, 9)) == "09/06/2026"
    assert format_vi.instant(datetime(2026, 6, 8, 18, 5, tzinfo=UTC)) == "09/06/2026 01:05"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("<6kV", "dưới 6\u00a0kV"),
        (">=110kV", "từ 110\u00a0kV"),
        ("22-<110kV", "từ 22 đến dưới 110\u00a0kV"),
        ("<=1kV", "đến 1\u00a0kV"),
        (">1-35kV", "trên 1 đến 35\u00a0kV"),
        ("lạ", "lạ"),
    ],
)
def test_a_voltage_class_is_said_in_words(word, said):
    assert vn.voltage(word) == said


def test_absent_values_are_a_dash():
    assert {vn.dong(None), vn.kwh(None), vn.percent(None), vn.day(None)} == {"–"}


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("Nguyễn Thị Đào", ["dao"], ["Đào"]),
        ("Nguyễn Thị Đào", ["thi", "dao"], ["Thị", "Đào"]),
        ("Trần Văn Ổn, Long Xuyên", ["on"], ["Ổn"]),
        ("PB00010000001", ["0000"], ["0000"]),
        ("Bánh Ngọt", ["xyz"], []),
        ("Bánh Ngọt", [], []),
    ],
)
def test_matched_parts_are_those_searched(text, words, marked):
    parts = matched_parts(text, words)
    assert "".join(part for part, _ in parts) == text
    assert [part for part, hit in parts if hit] == marked
