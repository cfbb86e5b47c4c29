"""The price calculator as a person or another program uses it."""

import io
import json
import os
import re
import subprocess
import sys

import pytest

from congto.interfaces.cli import quote

# The example in the specification of congto quote.
REQUEST = {
    "group": "residential",
    "subgroup": None,
    "voltage": "<6kV",
    "households": "1",
    "from": "2026-06-09",
    "to": "2026-07-09",
    "reading_date": "2026-07-09",
    "kwh": {"total": "134"},
    "kvarh": "0",
    "registered_kw": "0",
}


def line(tier, kwh, price, amount):
    return {
        "charge": "energy",
        "tier": tier,
        "band": None,
        "kwh": kwh,
        "price": price,
        "amount": amount,
        "decision": "1279/QĐ-BCT",
    }


BILL = {
    "lines": [
        line(1, "50", "1984", 99200),
        line(2, "50", "2050", 102500),
        line(3, "34", "2380", 80920),
    ],
    "net": 282620,
    "vat_rate": "0.08",
    "vat": 22610,
    "gross": 305230,
}


def asked(text, arguments=()):
    """Exit code, stdout and stderr for a text on stdin."""
    stdin = io.TextIOWrapper(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    stdout, stderr = io.StringIO(), io.StringIO()
    code = quote.main(list(arguments), stdin, stdout, stderr)
    return code, stdout.getvalue(), stderr.getvalue()


def answered(request):
    code, out, err = asked(json.dumps(request))
    assert (code, err) == (0, "")
    return json.loads(out)


def without(name):
    return {key: value for key, value in REQUEST.items() if key != name}


def test_the_example_of_the_specification():
    assert answered(REQUEST) == BILL


def test_the_command_answers_in_utf_8_whatever_the_locale():
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "congto.interfaces.cli.main", "quote"],
        input=json.dumps(REQUEST).encode(),
        capture_output=True,
        env=environment,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout.decode("utf-8")) == BILL
    assert "QĐ-BCT".encode() in done.stdout
    assert done.stderr == b""


def test_the_command_says_one_sentence_and_exits_2():
    done = subprocess.run(
        [sys.executable, "-m", "congto.interfaces.cli.main", "quote"],
        input=b'{"group": "residental"}',
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1


def test_the_command_starts_without_polars_and_django():
    code = "import sys, congto.interfaces.cli.quote; print({'polars', 'django'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60
    )
    assert done.stdout == "set()\n"


def test_fields_that_need_not_be_given_have_defaults():
    few = {name: REQUEST[name] for name in ("group", "from", "to", "kwh")}
    assert answered(few) == BILL


def test_whole_numbers_need_no_quotes():
    assert answered({**REQUEST, "households": 1, "kwh": {"total": 134}, "kvarh": 0}) == BILL


def test_a_list_in_gives_a_list_out():
    assert answered([REQUEST, REQUEST]) == [BILL, BILL]
    assert answered([]) == []


def test_a_wrong_request_in_a_list_has_its_error_at_its_place():
    good, wrong, odd, last = answered([REQUEST, {**REQUEST, "kwh": {"total": "-1"}}, 7, REQUEST])
    assert good == last == BILL
    assert wrong == {"error": "kwh.total is negative (-1); expected zero or more."}
    assert odd == {"error": "the request is 7; expected a JSON object."}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({**REQUEST, "grup": "x"}, r"unknown field 'grup'.*did you mean 'group'"),
        ({**REQUEST, "x" * 99: 1}, r"unknown field 'x+…"),
        (without("group"), "lacks the field 'group'"),
        (without("from"), "lacks the field 'from'"),
        (without("kwh"), "lacks the field 'kwh'"),
        ({**REQUEST, "group": "busines"}, "'busines'.*did you mean 'business'"),
        ({**REQUEST, "group": None}, "group is null"),
        ({**REQUEST, "group": []}, "group is a list"),
        ({**REQUEST, "subgroup": "prepaid"}, "did you mean 'prepaid_card'"),
        ({**REQUEST, "voltage": "<5kV"}, "voltage is '<5kV'; expected one of"),
        ({**REQUEST, "group": "business", "voltage": None}, "voltage is missing for the group"),
        ({**REQUEST, "group": "production", "voltage": ">=6kV"}, "voltage is '>=6kV' for the"),
        ({**REQUEST, "group": "production", "subgroup": "steel"}, "null, as production has no"),
        ({**REQUEST, "group": "administrative"}, "subgroup is missing.*public_lighting"),
        ({**REQUEST, "kwh": {"total": "-1"}}, "kwh.total is negative"),
        ({**REQUEST, "kwh": {"total": 1.5}}, r"1\.5 \(not exact\)"),
        ({**REQUEST, "kwh": {"total": 134.0}}, r"134\.0 \(not exact\)"),
        ({**REQUEST, "kwh": {"total": True}}, "kwh.total is true"),
        ({**REQUEST, "kwh": {"total": "1e3"}}, "kwh.total is '1e3'"),
        ({**REQUEST, "kwh": {"total": "1.234,5"}}, "a number in quotes"),
        ({**REQUEST, "kwh": {"total": "0.0001"}}, "at most three decimals"),
        ({**REQUEST, "kwh": {"total": "9" * 50}}, "50 characters"),
        ({**REQUEST, "kwh": {"total": "9999999999"}}, "at most 1,000,000,000"),
        ({**REQUEST, "kwh": "134"}, "kwh is '134'"),
        ({**REQUEST, "kwh": {}}, "kwh is empty"),
        ({**REQUEST, "kwh": {"toal": "1"}}, "did you mean 'total'"),
        ({**REQUEST, "kwh": {"total": "1", "peak": "1"}}, "unknown field 'peak'"),
        ({**REQUEST, "kwh": {"normal": "1", "peak": "1"}}, "lacks the field 'off_peak'"),
        ({**REQUEST, "households": "0.3"}, "quarters of a household"),
        ({**REQUEST, "households": "0"}, "quarters of a household"),
        ({**REQUEST, "from": "2026-02-30"}, "from is '2026-02-30'; expected a date"),
        ({**REQUEST, "from": "20260609"}, "expected a date"),
        ({**REQUEST, "reading_date": 20260709}, "reading_date is 20260709"),
        ({**REQUEST, "to": "2026-06-09"}, "has no day"),
        ({**REQUEST, "to": "2026-06-08"}, "has no day"),
        ({**REQUEST, "from": "2010-01-01"}, "no price is in force on 2010-01-01"),
        ({**REQUEST, "reading_date": "2005-01-01"}, "no VAT rate is known for 2005-01-01"),
        ({**REQUEST, "settings": {"tier_rounding": "tens"}}, "settings.tier_rounding is 'tens'"),
        ({**REQUEST, "settings": {"rounding": "exact"}}, "settings has an unknown field"),
        ({**REQUEST, "settings": []}, "settings is a list"),
        ("text", "the request is 'text'"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_exit_code_2(request_, words):
    code, out, err = asked(json.dumps(request_))
    assert (code, out) == (2, "")
    assert re.search(words, err)
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON at line 1, column 1"),
        ('{"group":', "not JSON"),
        (b"\xff\xfe{}", "byte 1 of the input is not UTF-8"),
        ('{"group": "residential", "group": "business"}', "has 'group' twice"),
        ('{"group": NaN}', "NaN (not exact)"),
        ("[" * 100_000, "nested too deeply"),
        ('{"kwh": ' + "9" * 5_000 + "}", "a number that is too long"),
        ("[1] 2", "Extra data"),
    ],
)
def test_what_is_no_request_at_all_is_refused(text, words):
    filled = (
        text.replace('"group": NaN', '"from": "", "to": "", "kwh": {}, "group": NaN')
        if isinstance(text, str)
        else text
    )
    code, out, err = asked(filled)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_byte_order_mark_does_no_harm():
    code, out, _ = asked(b"\xef\xbb\xbf" + json.dumps(REQUEST).encode())
    assert (code, json.loads(out)) == (0, BILL)


def test_text_streams_without_bytes_are_read_too():
    out = io.StringIO()
    assert quote.main([], io.StringIO(json.dumps(REQUEST)), out, io.StringIO()) == 0
    assert json.loads(out.getvalue()) == BILL


def test_fractions_of_a_kwh_are_exact():
    # By hand: 12.5 x 1984 = 24,800; 0.125 x 1984 = 248.
    assert answered({**REQUEST, "kwh": {"total": "12.5"}})["lines"] == [
        line(1, "12.5", "1984", 24800)
    ]
    assert answered({**REQUEST, "kwh": {"total": "0.125"}})["net"] == 248


def test_bands_of_a_group_without_time_bands_are_added_up():
    bands = {"normal": "100", "peak": "30", "off_peak": "4"}
    assert answered({**REQUEST, "kwh": bands}) == BILL


def test_unknown_arguments_are_refused_and_help_is_given():
    assert asked("{}", ["--scheme"])[0] == 2
    code, out, _ = asked("", ["--help"])
    assert code == 0
    assert "usage: congto quote" in out


def test_the_schema_describes_the_example_and_names_every_field():
    code, out, _ = asked("", ["--schema"])
    assert code == 0
    request = json.loads(out)["$defs"]["request"]
    assert set(request["properties"]) == {*quote.REQUIRED, *quote.OPTIONAL}
    assert set(request["required"]) == set(quote.REQUIRED)
    assert set(REQUEST) <= set(request["properties"])
    for name in ("group", "subgroup", "voltage"):
        assert REQUEST[name] in request["properties"][name]["enum"]
    number = request["properties"]["households"]["anyOf"][0]["pattern"]
    assert re.fullmatch(number, "0.25")
    assert not re.fullmatch(number, "-1")
