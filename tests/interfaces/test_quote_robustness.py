"""Whatever stands in a request, the price calculator answers or says one sentence."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from congto.interfaces.cli import quote
from congto.interfaces.cli.quote.fields import Inexact
from congto.reference.vn import price_book
from congto.vocabulary.errors import CongtoError

CASES = Path(__file__).parents[1] / "cases" / "rating"
REQUESTS = [
    request
    for file in sorted(CASES.glob("*/given/requests.json"))
    for request in json.loads(file.read_text(encoding="utf-8"))
]
WORDS = sorted({*quote.REQUIRED, *quote.OPTIONAL, "share", "from", "old", "new", "meter", "total"})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.decimals(0, 10**12, places=3).map(str),
    st.just(Inexact("1.5")),
    st.sampled_from(
        ["", "0", "1", "-1", "0.25", "99999999999", "2026-06-20", "3026-06-20", "peak"]
    ),
    st.dates().map(str),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=6,
)


def answer_or_sentence(request):
    try:
        found = quote.answer(request, price_book())
    except CongtoError as error:
        said = error.sentence()
    else:
        said = ""
    assert "\n" not in said
    if said:
        return None
    assert found["net"] == sum(line["amount"] for line in found["lines"])
    assert found["gross"] == found["net"] + found["vat"]
    json.dumps(found)
    return found


def places(value, path=()):
    """Every place inside a JSON value, as the keys that lead to it."""
    inner = {dict: dict.items, list: enumerate}.get(type(value), lambda _: ())
    for key, one in inner(value):
        yield (*path, key)
        yield from places(one, (*path, key))


@settings(max_examples=300, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES)
def test_any_value_is_answered_or_refused(value):
    answer_or_sentence(value)


@settings(max_examples=1500, print_blob=True, deadline=None)
@given(st.data())
def test_any_change_of_a_good_request_is_answered_or_refused(data):
    request = copy.deepcopy(data.draw(st.sampled_from(REQUESTS)))
    path = data.draw(st.sampled_from(list(places(request))))
    holder = request
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(VALUES)
    answer_or_sentence(request)


@settings(max_examples=100, print_blob=True, deadline=None)
@given(st.data())
def test_two_requests_joined_are_answered_or_refused(data):
    first, second = (data.draw(st.sampled_from(REQUESTS)) for _ in range(2))
    answer_or_sentence({**first, **second})


@settings(max_examples=100, print_blob=True, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_reads_changes_no_line(order):
    reads = [
        {"meter": "A", "old": "0", "new": "41", "to": "2025-05-10"},
        {"meter": "B", "old": "9", "new": "30", "from": "2025-05-10", "multiplier": "3"},
        {"meter": "C", "old": "5", "new": "17", "to": "2025-05-10"},
        {"meter": "C", "old": "17", "new": "99", "from": "2025-05-10"},
    ]
    request = {"group": "residential", "from": "2025-05-01", "to": "2025-06-01"}
    plain = quote.answer({**request, "reads": reads}, price_book())
    shuffled = quote.answer({**request, "reads": [reads[one] for one in order]}, price_book())
    assert shuffled["lines"] == plain["lines"]
    # By hand: 41 + 12 = 53 kWh before 10 May, 21 x 3 + 82 = 145 after; nothing is lost.
    assert plain["energy"] == {"metered": "198", "billed": "198"}


@pytest.mark.parametrize("request_", REQUESTS[:5])
def test_the_same_request_gives_the_same_answer(request_):
    assert answer_or_sentence(request_) == answer_or_sentence(request_)
