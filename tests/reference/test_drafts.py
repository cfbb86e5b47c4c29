"""A draft decision under the five-tier structure: loaded, rated under, withdrawn."""

from datetime import date
from pathlib import Path

import pytest

from congto.reference import load_price_book
from congto.reference.vn import price_book
from congto.vocabulary.errors import InvalidInputError
from engines.rating.comparison import fast, slow, usage

HEADER = """
id: "{id}"
code: "draft of five tiers"
issued: "2026-12-01"
effective_from: "{day}"
effective_to: null
structure: "14/2025/QĐ-TTg"
unit: "đồng/kWh, VAT not included"
average_price: "2204.0655"
average_price_confidence: "inference"
source: "percentages of 14/2025/QĐ-TTg on the average price of 1279/QĐ-BCT"
confidence: "inference"
"""
# tariffs.md 1.4: on 2,204.0655 the five tiers would be 1984/2380/2998/3571/3967.
TABLE = """group,subgroup,voltage,band,from_kwh,to_kwh,price_vnd_per_kwh,confidence
residential,tiered,,all_day,0,100,1984,inference
residential,tiered,,all_day,101,200,2380,inference
residential,tiered,,all_day,201,400,2998,inference
residential,tiered,,all_day,401,700,3571,inference
residential,tiered,,all_day,701,,3967,inference
production,,>35kV,normal,,,1811,inference
production,,>35kV,peak,,,3266,inference
production,,>35kV,off_peak,,,1146,inference
"""


def draft(folder: Path, number: str = "9", day: str = "2026-12-15") -> Path:
    header = folder / "draft.yaml"
    header.write_text(HEADER.format(id=number, day=day), encoding="utf-8")
    header.with_suffix(".csv").write_text(TABLE, encoding="utf-8")
    return header


def test_a_draft_prices_bills_from_its_day_and_is_gone_when_withdrawn(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    january = usage(energy_wh=250_000, start=date(2027, 1, 1), end=date(2027, 2, 1))
    # By hand: 100 x 1984 + 100 x 2380 + 50 x 2998 = 586,300; VAT 10 % from 2027 = 58,630.
    lines, totals = slow([january], book)[1]
    assert [line[8:11] for line in lines] == [
        (100_000, 1984, 198_400),
        (100_000, 2380, 238_000),
        (50_000, 2998, 149_900),
    ]
    assert totals == (586_300, 1000, 58_630, 644_930)
    assert fast([january], book) == slow([january], book)
    # Withdrawn: 50 x 1984 + 50 x 2050 + 100 x 2380 + 50 x 2998 = 589,600.
    assert slow([january], price_book())[1][1][0] == 589_600


def test_a_month_in_which_the_tiers_change_uses_each_part_s_own(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    december = usage(energy_wh=310_000, start=date(2026, 12, 1), end=date(2027, 1, 1))
    # By hand: T 31, Nc 14: 140 old, 170 new. Old widths 22.6 -> 23, 23, 45.2 -> 45, 45; new widths
    # 100 x 17 / 31 = 54.8 -> 55, 55, 109.7 -> 110.
    lines, _ = slow([december], book)[1]
    assert [(line[5], line[8] // 1000, line[9], line[11]) for line in lines] == [
        (1, 23, 1984, 8),
        (2, 23, 2050, 8),
        (3, 45, 2380, 8),
        (4, 45, 2998, 8),
        (5, 4, 3350, 8),
        (1, 55, 1984, 9),
        (2, 55, 2380, 9),
        (3, 60, 2998, 9),
    ]
    assert fast([december], book) == slow([december], book)


def test_undeclared_tenants_keep_the_101_to_200_price_under_five_tiers(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    tenants = usage(
        subgroup="undeclared_tenants",
        energy_wh=10_000,
        start=date(2027, 1, 1),
        end=date(2027, 2, 1),
    )
    (line,) = slow([tenants], book)[1][0]
    assert (*line[5:7], *line[8:10]) == (2, None, 10_000, 2380)


def test_the_new_voltage_classes_take_the_old_words_that_fit(tmp_path):
    book = load_price_book(draft=draft(tmp_path))
    last = book.decisions[-1]
    assert book.tariff(last, "production", None, ">=110kV").normal_vnd == 1811
    # 22 to 110 kV lies on both sides of 35 kV: no row is guessed.
    assert book.tariff(last, "production", None, "22-<110kV") is None


@pytest.mark.parametrize(
    ("change", "words"),
    [({"number": "8"}, "an id not in use"), ({"day": "2025-05-10"}, "a day after 2025-05-10")],
)
def test_a_draft_that_does_not_follow_is_refused(tmp_path, change, words):
    with pytest.raises(InvalidInputError, match=words):
        load_price_book(draft=draft(tmp_path, **change))
