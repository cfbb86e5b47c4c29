"""Bad data are refused whole, with file, place, what was found and what was expected."""

import shutil
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from congto.reference.loader import load_price_book, load_rounding, load_time_bands
from congto.vocabulary.errors import InvalidInputError

LAST = "price_decisions/2025-05-10_1279"
FIRST_TIER = "residential,tiered,,all_day,0,50,1984,confirmed"
Change = Callable[[str], str]


def swap(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def without(start: str) -> Change:
    def change(text: str) -> str:
        kept = [line for line in text.splitlines() if start not in line]
        assert len(kept) < len(text.splitlines())
        return "\n".join(kept) + "\n"

    return change


def again(line: str) -> Change:
    return swap(line, f"{line}\n{line}")


BOOK = [
    # tables
    (f"{LAST}.csv", without("all_day,51,100,2050"), "a tier is missing or overlaps"),
    (f"{LAST}.csv", swap("all_day,0,50,1984", "all_day,1,50,1984"), "the first tier begins at 1"),
    (f"{LAST}.csv", swap("all_day,401,,3460", "all_day,401,500,3460"), "an open end"),
    (f"{LAST}.csv", swap("all_day,0,50,1984", "all_day,0,60,1984"), "tiers that join"),
    (f"{LAST}.csv", without("22-<110kV,peak,,,3398"), "no price for the band peak"),
    (f"{LAST}.csv", again("production,,<6kV,peak,,,3640,confirmed"), "a second price for the band"),
    (f"{LAST}.csv", again(FIRST_TIER), "a tier is missing or overlaps"),
    (
        f"{LAST}.csv",
        lambda text: without("all_day,401,,3460")(text).replace(",301,400,3350", ",301,,3350"),
        "5 tiers that differ; expected 0-50, 51-100, 101-200, 201-300, 301-400, 401- kWh",
    ),
    (f"{LAST}.csv", swap("1984,confirmed", "1984.5,confirmed"), "found '1984.5'; expected a whole"),
    (f"{LAST}.csv", swap("1984,confirmed", "19840,confirmed"), "900 % of the average price"),
    (f"{LAST}.csv", swap("1984,confirmed", "198,confirmed"), "9 % of the average price"),
    (f"{LAST}.csv", swap("1984,confirmed", "-1984,confirmed"), "a whole number"),
    (f"{LAST}.csv", swap("1984,confirmed", ",confirmed"), "price_vnd_per_kwh"),
    (f"{LAST}.csv", swap("1984,confirmed", "1984,sure"), "one of confirmed, single source"),
    (f"{LAST}.csv", swap("production,,<6kV,peak", "farming,,<6kV,peak"), "found 'farming'"),
    (f"{LAST}.csv", swap("production,,<6kV,peak", "production,,<5kV,peak"), "unknown group"),
    (f"{LAST}.csv", swap("production,,<6kV,peak", "production,,<6kV,noon"), "found 'noon'"),
    (f"{LAST}.csv", swap("<6kV,peak,,,3640", "<6kV,all_day,,,3640"), "band all_day"),
    (f"{LAST}.csv", swap("all_day,0,50,1984", "peak,0,50,1984"), "a tier, all_day"),
    (f"{LAST}.csv", without("prepaid_card"), "no price for residential, prepaid_card"),
    (f"{LAST}.csv", swap(FIRST_TIER, FIRST_TIER + ",x"), "9 cells; expected 8 cells"),
    (f"{LAST}.csv", swap("group,", "customer_group,"), "line 1"),
    # headers
    (f"{LAST}.yaml", swap('"2025-05-10"', '"2025-05-09"'), "overlaps the one from 2024-10-11"),
    (f"{LAST}.yaml", swap('"2025-05-10"', '"2025-05-11"'), "no price decision from 2025-05-10"),
    (f"{LAST}.yaml", swap('"2025-05-10"', '"2025-02-30"'), "found '2025-02-30'; expected a date"),
    (f"{LAST}.yaml", swap('"2025-05-10"', '"10/05/2025"'), "found '10/05/2025'"),
    (f"{LAST}.yaml", swap('id: "8"', 'id: "7"'), "key id: 7 as in"),
    (f"{LAST}.yaml", swap('id: "8"', "id: 8"), "found 8; expected a text in quotes"),
    (f"{LAST}.yaml", swap('id: "8"\n', ""), "key id: the key is missing"),
    (f"{LAST}.yaml", swap('id: "8"', 'id: "8"\nid: "9"'), "the key id is given twice"),
    (f"{LAST}.yaml", swap('id: "8"', 'id: "8"\ncolour: "red"'), "key colour: unknown key"),
    (f"{LAST}.yaml", swap('"28/2014/QĐ-TTg"', '"29/2014/QĐ-TTg"'), "found '29/2014/QĐ-TTg'"),
    (f"{LAST}.yaml", swap('"2204.0655"', '"2.204,0655"'), "a number such as"),
    (f"{LAST}.yaml", lambda _: "- a list\n", "keys with values"),
    (f"{LAST}.yaml", lambda _: "a: [1\n", "valid YAML"),
    ("price_decisions/2024-10-11_2699.yaml", swap('"2025-05-10"', "null"), "an end of 2025-05-10"),
    # structures
    ("structures/28-2014.yaml", swap('from: "51"', 'from: "52"'), "tiers that join"),
    ("structures/28-2014.yaml", swap('percent: "90"', 'percent: "x"'), "key percent"),
    ("structures/28-2014.yaml", swap("prices: tiered,", "prices: stairs,"), "found 'stairs'"),
    ("structures/28-2014.yaml", swap('[">=6kV", "<6kV"]', '["6V"]'), "unknown class '6V'"),
    ("structures/28-2014.yaml", swap('required: "yes"', 'required: "maybe"'), "'maybe'"),
    ("structures/28-2014.yaml", swap("voltages: []", 'voltages: "none"'), "a list"),
    (
        "structures/28-2014.yaml",
        swap("subgroup: prepaid_card", "subgroup: tiered"),
        "residential tiered is given twice",
    ),
    ("structures/28-2014.yaml", swap('code: "28/2014', 'code: "14/2025'), "is given twice"),
    # rates
    ("vat.yaml", swap('to: "2022-02-01"', 'to: "2022-01-31"'), "no VAT rate from 2022-01-31"),
    ("vat.yaml", swap('to: "2022-02-01"', 'to: "2022-03-01"'), "overlaps"),
    ("vat.yaml", swap('rate: "0.08"', 'rate: "8"'), "at most 0.20"),
    ("vat.yaml", swap('rate: "0.08"', 'rate: "0.0825"'), "precision"),
    (
        "vat.yaml",
        swap('from: "2027-01-01", to: null', 'from: "2027-01-01", to: "2026-01-01"'),
        "an end after the start",
    ),
    ("vat.yaml", lambda _: 'unit: "x"\nsource: "x"\nrates: []\n', "the list is empty"),
    ("voltage_classes.yaml", swap('word: "110kV"', 'word: ">=110kV"'), "given twice"),
    ("voltage_classes.yaml", swap('to: "6000"', 'to: "0"'), "more than 0 V"),
    ("reactive.yaml", without('cos_phi: "0.75"'), "0.74; expected 0.75"),
    ("reactive.yaml", swap('k_percent: "20.00"', 'k_percent: "2.00"'), "more than the row above"),
    ("reactive.yaml", swap('"52.54"', '"1.00"'), "more than any row"),
    ("reactive.yaml", swap("[production, business]", "[factory]"), "found 'factory'"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with as_file(files("congto.reference") / "vn") as shipped:
        shutil.copytree(shipped, tmp_path / "vn", ignore=shutil.ignore_patterns("*.py", "__*"))
    return tmp_path / "vn"


def spoil(folder: Path, name: str, change: Change) -> None:
    file = folder / name
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_folder_like_the_shipped_one_is_accepted(folder):
    assert load_price_book(folder).decisions[-1].code == "1279/QĐ-BCT"


@pytest.mark.parametrize(("name", "change", "words"), BOOK)
def test_a_bad_price_book_is_refused_with_file_and_reason(folder, name, change, words):
    spoil(folder, name, change)
    with pytest.raises(InvalidInputError) as refusal:
        load_price_book(folder)
    sentence = refusal.value.sentence()
    assert words in sentence
    assert Path(name).name in sentence or Path(name).with_suffix(".yaml").name in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (swap('to: "11:30"', 'to: "11:45"'), "a half hour"),
        (swap('from: "17:00"', 'from: "11:00"'), "two windows at 11:00"),
        (swap("off_peak, days: all", "off_peak, days: mon-sat"), "past midnight"),
        (swap("days: mon-sat,", "days: weekdays,"), "found 'weekdays'"),
        (swap("band: peak", "band: noon"), "found 'noon'"),
        (swap("in_force_from: null", 'in_force_from: "2026-04-22"'), "overlaps"),
    ],
)
def test_bad_time_bands_are_refused(folder, change, words):
    spoil(folder, "time_bands.yaml", change)
    with pytest.raises(InvalidInputError, match=words):
        load_time_bands(folder)


def test_a_default_that_is_no_choice_is_refused(folder):
    spoil(folder, "rounding.yaml", swap('default: "whole_kwh"', 'default: "tens"'))
    with pytest.raises(InvalidInputError, match="found 'tens'"):
        load_rounding(folder)


def test_missing_files_and_other_encodings_are_refused(folder):
    (folder / f"{LAST}.csv").unlink()
    with pytest.raises(InvalidInputError, match=r"2025-05-10_1279\.csv: the file is missing"):
        load_price_book(folder)
    (folder / f"{LAST}.csv").write_bytes("giá".encode("utf-16"))
    with pytest.raises(InvalidInputError, match="not UTF-8"):
        load_price_book(folder)
    shutil.rmtree(folder / "price_decisions")
    (folder / "price_decisions").mkdir()
    with pytest.raises(InvalidInputError, match="no price decision"):
        load_price_book(folder)
