"""Requests of the price calculator beyond kWh and group: what is accepted and what is refused."""

import csv
import io
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from congto.interfaces.cli import quote
from congto.reference.vn import price_book, side_rules
from congto.vocabulary.errors import CongtoError

SCHEMA = quote.schema(price_book(), side_rules())
CASES = Path(__file__).parents[1] / "cases" / "rating"
JUNE = {"from": "2026-06-09", "to": "2026-07-09"}
HOME = {"group": "residential", **JUNE, "kwh": {"total": "134"}}
SHOP = {"group": "business", "voltage": "<6kV"}


def validator(name):
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def requests():
    for file in sorted(CASES.glob("*/given/requests.json")):
        for number, request in enumerate(json.loads(file.read_text(encoding="utf-8"))):
            yield pytest.param(request, id=f"{file.parents[1].name}-{number}")


def test_the_schema_itself_is_valid_and_describes_every_field():
    Draft202012Validator.check_schema(SCHEMA)

    def walk(node, path):
        for name, value in node.get("properties", {}).items():
            kinds = value.keys() - {"$ref"}
            assert "description" in value or not kinds, f"{path}.{name} has no description"
        for key, value in node.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    walk(one, f"{path}.{key}")

    walk(SCHEMA["$defs"], "$defs")


@pytest.mark.parametrize("request_", list(requests()))
def test_every_case_and_its_answer_fit_the_schema(request_):
    try:
        found = quote.answer(request_, price_book())
    except CongtoError as error:
        validator("error").validate({"error": error.sentence()})
        return  # what is refused need not fit the schema of requests
    validator("request").validate(request_)
    validator("answer").validate(json.loads(json.dumps(found)))


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({**HOME, "segments": [SHOP]}, "both 'group' and 'segments'"),
        ({**JUNE, "segments": [], "kwh": {"total": "1"}}, "segments has 0 members"),
        ({**JUNE, "segments": [7], "kwh": {"total": "1"}}, r"segments\[1\] is 7"),
        ({**JUNE, "segments": [{"group": "busines"}]}, r"segments\[1\]\.group.*did you mean"),
        ({**JUNE, "segments": [{**SHOP, "shares": "1"}]}, "did you mean 'share'"),
        ({**JUNE, "segments": [{**SHOP, "share": "1", "kwh": "1"}]}, "both 'share' and 'kwh'"),
        ({**JUNE, "segments": [{**SHOP, "share": "1.5"}]}, r"share is 1\.5"),
        ({**JUNE, "segments": [{**SHOP, "share": 0.5}]}, "not exact"),
        ({**JUNE, "segments": [{**SHOP, "kwh": "1"}]}, "the last and has fixed kwh"),
        ({**JUNE, "segments": [{**SHOP, "share": "0.3"}]}, "add up to 0.3"),
        (
            {**JUNE, "segments": [{**SHOP, "share": "0.7"}, {**SHOP, "share": "0.5"}, SHOP]},
            "add up to 1.2",
        ),
        ({**HOME, "people": "4", "households": "1"}, "both 'households' and 'people'"),
        ({**HOME, "people": "0"}, "0 people"),
        ({**HOME, "people": "1.5"}, "a whole number"),
        ({**HOME, "household_changes": [{"from": "2026-06-19"}]}, "lacks the field 'households'"),
        (
            {**HOME, "household_changes": [{"from": "2026-06-09", "households": "2"}]},
            "a day after 2026-06-09 and before 2026-07-09",
        ),
        (
            {
                **HOME,
                "household_changes": [
                    {"from": "2026-06-19", "households": "2"},
                    {"from": "2026-06-19", "people": "5"},
                ],
            },
            r"household_changes\[2\]\.from is 2026-06-19; expected a day after",
        ),
        ({**HOME, "reads": [{"old": "0", "new": "1"}]}, "both 'kwh' and 'reads'"),
        ({**HOME, "additions": [{"kwh": "-1"}]}, r"additions\[1\]\.kwh is negative"),
        ({**HOME, "deductions": [{"name": 1, "kwh": "1"}]}, r"deductions\[1\]\.name is 1"),
        (
            {**HOME, **SHOP, "kwh": dict.fromkeys(("normal", "peak", "off_peak"), "9")}
            | {"deductions": [{"kwh": "1"}]},
            "one number on a three-rate meter",
        ),
        ({**HOME, "kvarh": "1", "reactive": {}}, "both 'kvarh' and 'reactive'"),
        ({**HOME, "reactive": {"kw": "1"}}, "unknown field 'kw'"),
        ({**HOME, "average_3_months_kwh": "100"}, "without several segments"),
        ({**HOME, "three_rate_refused": {"notices": ["2026-01-01"]}}, "has no time bands"),
        ({**HOME, **SHOP, "support": "poor"}, "support for the group business"),
        ({**HOME, "support": "rich"}, "support is 'rich'; expected one of poor, policy"),
        ({**HOME, "capacity": {"peak_kw": "1"}}, "switched off"),
        (
            {**HOME, "capacity": {"peak_kw": "1"}, "settings": {"two_component": "reference"}},
            "capacity for residential",
        ),
        ({**HOME, "settings": {"vat": "down"}}, "settings.vat is 'down'"),
        ({**HOME, "settings": {"price_change": "guess"}}, "one of measured, by_days"),
        (
            {
                **HOME,
                **SHOP,
                "kwh": dict.fromkeys(("normal", "peak", "off_peak"), "9"),
                "three_rate_refused": {"notices": ["2026-01-01", "2026-01-11", "2026-01-21"]},
            },
            "there is no three-rate meter",
        ),
    ],
)
def test_what_contradicts_itself_is_one_sentence(request_, words):
    out, err = io.StringIO(), io.StringIO()
    text = json.dumps({"kwh": {"total": "1"}, **request_} if "reads" not in request_ else request_)
    assert quote.main([], io.StringIO(text), out, err) == 2
    assert re.search(words, err.getvalue())
    assert err.getvalue().count("\n") == 1
    assert "Traceback" not in err.getvalue()


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ({"old": "0"}, "lacks the field 'new'"),
        ({"old": "-1", "new": "1"}, r"reads\[1\]\.old is '-1'; expected an index"),
        ({"old": "0", "new": "1", "register": "peek"}, "did you mean 'peak'"),
        ({"old": "0", "new": "1", "digits": "0"}, "from 1 to 12"),
        ({"old": "0", "new": "1", "ct": "200/0"}, "ct is '200/0'; expected more than zero"),
        ({"old": "0", "new": "1", "ct": "200/5", "multiplier": "2"}, "both 'multiplier' and 'ct'"),
        ({"old": "0", "new": "1", "meter": ""}, "meter is ''"),
        ({"old": "0", "new": "1", "meter": "A\nB"}, r"meter is 'A\\nB'"),
        ({"old": "0", "new": "1", "estimated": "yes"}, "true or false"),
        ({"old": "0", "new": "1", "to": "2026-07-10"}, "days inside the period"),
        ({"old": "0", "new": "1", "register": "peak"}, "no read of normal, off_peak"),
        ({"old": "0", "new": "9" * 20}, "a quantity of"),
        ({"old": "0", "new": "9" * 30}, "new has 30 characters"),
    ],
)
def test_a_wrong_read_is_one_sentence(read, words):
    with pytest.raises(CongtoError, match=words):
        quote.answer({"group": "residential", **JUNE, "reads": [read]}, price_book())


def test_one_segment_with_everything_is_the_plain_bill():
    plain = quote.answer(HOME, price_book())
    alone = {**JUNE, "kwh": HOME["kwh"], "segments": [{"group": "residential", "share": "1"}]}
    assert quote.answer(alone, price_book()) == plain


def test_a_voltage_of_the_request_holds_for_segments_without_one():
    shared = {**JUNE, "kwh": {"total": "10"}, "voltage": "<6kV"}
    found = quote.answer({**shared, "segments": [{"group": "business"}]}, price_book())
    assert found["net"] == 31_520  # 10 x 3152


def test_household_changes_on_the_day_of_a_new_price_belong_to_the_new_part():
    # Read on 10 May 2025, two households from then: old 9 / 31 x 50 = 14.5 -> 15, new
    # 21 / 31 x 2 x 50 = 67.7 -> 68. By hand: 10 x 1893 + 60 x 1984 = 137,970.
    found = quote.answer(
        {
            "group": "residential",
            "from": "2025-05-01",
            "to": "2025-05-31",
            "household_changes": [{"from": "2025-05-10", "households": "2"}],
            "reads": [
                {"old": "0", "new": "10", "to": "2025-05-10"},
                {"old": "10", "new": "70", "from": "2025-05-10"},
            ],
        },
        price_book(),
    )
    assert [line["tier_width"] for line in found["lines"]] == ["15", "68"]
    assert found["net"] == 137_970


def test_a_part_that_begins_in_the_next_month_keeps_the_days_of_the_first():
    # Tcal is April, in which the period begins: 50 / 30 x 10 days from 10 May = 16.7 -> 17 kWh
    # (May would give 16.1 -> 16); before it 50 / 30 x 20 = 33.3 -> 33.
    found = quote.answer(
        {
            "group": "residential",
            "from": "2025-04-20",
            "to": "2025-05-20",
            "reads": [
                {"old": "0", "new": "40", "to": "2025-05-10"},
                {"old": "40", "new": "60", "from": "2025-05-10"},
            ],
        },
        price_book(),
    )
    first_tiers = [line["tier_width"] for line in found["lines"] if line["tier"] == 1]
    assert first_tiers == ["33", "17"]


def test_a_deduction_by_band_reaches_a_part_measured_before_the_three_rate_meter_came():
    # By hand: 300 kWh in all until 10 May 2025, then 100 + 100 + 100 by band. 31 of each band off,
    # by days 9 : 21 of 30 = 9.3 -> 9 and 22: 300 - 27 = 273 x 3007; 78 x (3152 + 5422 + 1918).
    bands = ("normal", "peak", "off_peak")
    found = quote.answer(
        {
            **SHOP,
            "from": "2025-05-01",
            "to": "2025-05-31",
            "reads": [
                {"meter": "A", "old": "0", "new": "300", "to": "2025-05-10"},
                *(
                    {"meter": "B", "register": band, "old": "0", "new": "100", "from": "2025-05-10"}
                    for band in bands
                ),
            ],
            "deductions": [{"name": "lift", "kwh": dict.fromkeys(bands, "31")}],
        },
        price_book(),
    )
    assert [line["kwh"] for line in found["lines"]] == ["273", "78", "78", "78"]
    assert found["net"] == 273 * 3007 + 78 * (3152 + 5422 + 1918)
    assert found["energy"] == {"metered": "600", "deductions": "93", "billed": "507"}


def tables():
    folder = files("congto.reference") / "vn" / "price_decisions"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".csv"):
            yield pytest.param(file, id=file.name)


@pytest.mark.parametrize("table", list(tables()))
def test_every_published_price_is_reached_by_a_request(table):
    """The table's rows are the expectation; a request for each must be answered with its price."""
    start = table.name[:10]
    for row in csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))):
        band = row["band"]
        kwh = {"total": "100000"}
        if band != "all_day":
            kwh = dict.fromkeys(("normal", "peak", "off_peak"), "0") | {band: "5"}
        request = {
            "group": row["group"],
            "subgroup": row["subgroup"] or None,
            "voltage": row["voltage"] or None,
            "from": start,
            "to": f"{start[:8]}{int(start[8:]) + 1:02}",
            "kwh": kwh,
        }
        found = quote.answer(request, price_book())
        prices = {(line["band"] or "all_day", line["price"]) for line in found["lines"]}
        assert (band, row["price_vnd_per_kwh"]) in prices, row


def guide():
    text = (Path(__file__).parents[2] / "docs/guides/price-calculator.md").read_text("utf-8")
    blocks = re.findall(r"```json\n(.*?)```\n\n(.*?)\n\n", text, re.DOTALL)
    return [(json.loads(request), prose) for request, prose in blocks]


def test_the_guide_has_examples():
    assert len(guide()) == 7


@pytest.mark.parametrize(("request_", "prose"), guide())
def test_the_guide_s_examples_come_out_as_it_says(request_, prose):
    gross = quote.answer(request_, price_book())["gross"]
    assert f"{gross:,} đồng" in " ".join(prose.split())
