"""How each engine's cases are run: (given, then) folders in, assertions out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from congto.interfaces.cli.quote import answer_all
from congto.interfaces.cli.quote.request import read_request
from congto.reference.vn import price_book, side_rules
from congto.vocabulary.errors import CongtoError
from engines.rating.comparison import fast, slow

Runner = Callable[[Path, Path], None]


def run_rating(given: Path, then: Path) -> None:
    """Requests of `congto quote` in, bills out; the fast engine must give the same bills.

    then/bills.json holds what is published of each bill, not always all of it; differences.json
    what one bill is above another.
    """
    requests = _read(given / "requests.json")
    expected = _read(then / "bills.json")
    answers = answer_all(requests, price_book())
    assert len(answers) == len(expected)
    for number, (answer, wanted) in enumerate(zip(answers, expected, strict=True), start=1):
        assert_holds(answer, wanted, f"bill {number}")
    if (then / "differences.json").exists():
        for difference in _read(then / "differences.json"):
            first, second = answers[difference["from"]], answers[difference["to"]]
            assert second["net"] - first["net"] == difference["net"]
    for request in requests:
        assert_engines_agree(request)


def assert_engines_agree(request: dict) -> None:
    """The fast engine rates a request of one plain row as the slow one; others: properties."""
    try:
        asked = read_request(request, price_book(), side_rules())
    except CongtoError:
        return  # the case says with which sentence it is refused
    (first, *others) = asked.rows
    if others or first.household_changes or first.peak_for_all:
        return
    found = fast([first], price_book(), asked.tier_rounding)
    assert found == slow([first], price_book(), asked.tier_rounding)


def assert_holds(found: object, wanted: object, place: str) -> None:
    """Assert that `found` has everything that `wanted` names; lists in full length."""
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            assert key in found, f"{place}: no {key} in {found}"
            assert_holds(found[key], value, f"{place}, {key}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), f"{place}: {found}"
        for number, (one, value) in enumerate(zip(found, wanted, strict=True), start=1):
            assert_holds(one, value, f"{place}[{number}]")
    else:
        assert found == wanted, f"{place}: found {found!r}, expected {wanted!r}"


def _read(file: Path) -> list:
    return json.loads(file.read_text(encoding="utf-8"))


RUNNERS: dict[str, Runner] = {"rating": run_rating}
