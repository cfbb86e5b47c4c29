"""Estimates against the truth of real series, beside another library's of the same gaps."""

from pathlib import Path

import pytest

from engines.intervals.estimation_error import (
    HOURS,
    buildings,
    contradicted_by_dial,
    errors,
    households,
    table,
)

pytestmark = [pytest.mark.shared, pytest.mark.slow]

PAGE = Path(__file__).parents[3] / "docs" / "validation" / "estimation.md"
AS_CHOSEN = "E-04, E-06: as chosen, with register"
LIBRARY = ("Polars: interpolate", "Polars: mean of 4 like days")


@pytest.fixture(scope="module", params=[households, buildings], ids=lambda load: load.__name__)
def measured(request, pytestconfig):
    """Return the name of a set and its errors; registers' sums are checked while it runs."""
    every = request.param(pytestconfig.rootpath.parent / "shared")
    return request.param.__name__, {(name, gap): cell for name, gap, cell in errors(every)}


def test_with_a_register_estimates_are_nearer_than_a_line_or_a_mean(measured):
    _, cells = measured
    for length in HOURS:
        best = min(cells[name, length].mean_wh for name in LIBRARY)
        assert cells[AS_CHOSEN, length].mean_wh < best


def shown_between(mark):
    """Return what the page has between two equal marks."""
    parts = PAGE.read_text(encoding="utf-8").split(f"<!-- {mark} -->")
    assert len(parts) == 3, f"{PAGE.name} has nothing between two marks {mark}"
    return parts[1].strip()


def test_the_page_shows_the_errors_of_this_run(measured):
    name, cells = measured
    assert shown_between(name) == table(cells)


def test_a_coarse_dial_contradicts_nothing_that_was_measured(shared):
    assert set(contradicted_by_dial(households(shared)).values()) == {0}
