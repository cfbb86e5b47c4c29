"""The rules beside the price table: what is shipped, what is refused, what stays in force."""

import shutil
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from congto.interfaces.cli.quote import answer
from congto.reference import load_time_bands
from congto.reference.books import PriceBooks
from congto.reference.side_rules import load_side_rules
from congto.reference.vn import price_book, side_rules
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.prices import Confidence, schedule_on
from congto.vocabulary.side_rules import TwoComponentPrice

BAD = [
    ("support.yaml", 'kwh: "30"', 'kwh: "0"', "found 0; expected one or more"),
    ("support.yaml", 'from: "2014-06-01"', 'from: "3000-06-01"', "a year from 1990 to 2100"),
    ("support.yaml", 'household: "policy"', 'household: "poor"', "open and overlaps the next"),
    ("support.yaml", 'paid_by: "state', 'payer: "state', "key payer: unknown key"),
    ("support.yaml", 'kwh_most: "50"', 'kwh_most: "-50"', "found '-50'; expected a whole number"),
    ("two_component.yaml", '">=110kV"', '">=111kV"', "unknown class '>=111kV'"),
    ("two_component.yaml", '"22-<110kV"', '">=110kV"', "given twice"),
    ("two_component.yaml", '"209459"', '"20945900"', "from 1 to 2,000,000"),
    ("two_component.yaml", '"1253"', '"0"', "from 1 to 20,000"),
    ("two_component.yaml", "[production]", "[factory]", "found 'factory'"),
    ("refused_meter.yaml", 'notices: "3"', 'notices: "0"', "one or more"),
    ("mixed_use.yaml", 'kwh_below: "200"', 'kwh_below: "x"', "a whole number"),
    ("rounding.yaml", 'default: "whole_kwh"', 'default: "tens"', "found 'tens'"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("congto.reference") / "vn") as shipped:
        shutil.copytree(shipped, tmp_path / "vn", ignore=shutil.ignore_patterns("*.py", "__*"))
    return tmp_path / "vn"


def spoil(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("name", "old", "new", "words"), BAD)
def test_bad_rules_are_refused_with_file_and_reason(folder, name, old, new, words):
    spoil(folder / name, old, new)
    with pytest.raises(InvalidInputError) as refusal:
        load_side_rules(folder)
    assert words in refusal.value.sentence()
    assert name in refusal.value.sentence()


def test_what_is_only_recalled_says_so():
    rules = side_rules()
    assert {one.confidence for one in rules.support} == {Confidence.RECALLED}
    assert rules.refused_meter.confidence is Confidence.RECALLED
    assert rules.mixed_use.confidence is Confidence.RECALLED


def test_the_two_component_table_is_the_pilot_s_and_not_in_force():
    # EVNNPC, 7646/BCT-ĐL of 09/10/2025: four voltage classes, Cp and Ca by band.
    rule = side_rules().two_component
    assert dict(rule.by_voltage) == {
        ">=110kV": TwoComponentPrice(209_459, 1253, 2162, 843),
        "22-<110kV": TwoComponentPrice(235_414, 1275, 2182, 859),
        "6-<22kV": TwoComponentPrice(240_050, 1280, 2189, 871),
        "<6kV": TwoComponentPrice(286_153, 1332, 2251, 904),
    }
    assert rule.start is None
    assert not rule.in_force_on(date(2026, 11, 1))


def test_a_date_in_the_data_switches_the_two_component_price_on_beside_the_bill(folder):
    request = {
        "group": "production",
        "voltage": "<6kV",
        "from": "2027-02-01",
        "to": "2027-03-01",
        "kwh": {"total": "1000"},
        "capacity": {"peak_kw": "12.5"},
    }
    with pytest.raises(InvalidInputError, match="switched off"):
        answer(request, price_book())
    spoil(folder / "two_component.yaml", "in_force_from: null", 'in_force_from: "2027-01-01"')
    found = answer(request, price_book(), load_side_rules(folder))
    # By hand: 12.5 x 286,153 = 3,576,912.5 -> 3,576,913; 1000 x 1332 in normal hours.
    shown = found["reference"]["two_component"]
    assert (shown["in_force"], shown["capacity"], shown["net"]) == (True, 3_576_913, 4_908_913)
    assert found["net"] == 1_987_000


def test_a_date_in_the_data_switches_the_new_hours_on_and_without_it_they_are_off(folder):
    # 963/QĐ-BCT: peak 17:30-22:30, so 21:00 is peak and 10:00 is not; TT 16/2014 the other way.
    day, nine, ten = date(2027, 3, 1), 42, 20
    old = schedule_on(load_time_bands(folder), day).bands(1)
    assert (old[nine], old[ten]) == ("normal", "peak")
    file = folder / "time_bands.yaml"
    text = file.read_text(encoding="utf-8")
    first, second = text.split("963/QĐ-BCT", 1)
    first = first.replace("in_force_to: null", 'in_force_to: "2027-01-01"')
    second = second.replace("in_force_from: null", 'in_force_from: "2027-01-01"', 1)
    file.write_text(f"{first}963/QĐ-BCT{second}", encoding="utf-8")
    new = schedule_on(load_time_bands(folder), day).bands(1)
    assert (new[nine], new[ten]) == ("peak", "normal")
    assert schedule_on(load_time_bands(), day).bands(1) == old


def test_a_bad_new_book_leaves_the_old_one_in_force(folder):
    books = PriceBooks(price_book())
    spoil(folder / "vat.yaml", 'rate: "0.08"', 'rate: "8"')
    with pytest.raises(InvalidInputError, match=r"vat\.yaml"):
        books.reload(folder)
    assert books.current is price_book()


def test_a_good_new_book_is_in_force_at_once(folder):
    books = PriceBooks(price_book())
    spoil(folder / "price_decisions/2025-05-10_1279.csv", "all_day,0,50,1984", "all_day,0,50,1985")
    loaded = books.reload(folder)
    assert books.current is loaded
    assert loaded.decisions[-1].rows != price_book().decisions[-1].rows


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("vat.yaml", 'rate: "0.08"', 'rate: "1.08"', "at most 0.20"),
        ("vat.yaml", 'from: "2027-01-01"', 'from: "3027-01-01"', "a year from 1990 to 2100"),
        (
            "price_decisions/2025-05-10_1279.yaml",
            'effective_from: "2025-05-10"',
            'effective_from: "3025-05-10"',
            "a year from 1990 to 2100",
        ),
    ],
)
def test_impossible_years_and_rates_are_refused(folder, name, old, new, words):
    spoil(folder / name, old, new)
    with pytest.raises(InvalidInputError, match=words):
        PriceBooks(price_book()).reload(folder)
