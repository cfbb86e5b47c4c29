"""Whatever is missing, the sums are exact and what was measured stays. Source: meterdata c.4, E-99.

Any gap pattern, outage, relay, register (rollover included) and span of 1 to 7 days; seeds and
blobs are printed by hypothesis.
"""

from dataclasses import fields, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from congto.engines.intervals.block import ABSENT_WH
from congto.engines.intervals.estimation import Sources, estimate_span
from congto.engines.intervals.registers import advance_wh
from congto.vocabulary.intervals import ABSENT, HALF_HOURS, DayType, Method
from congto.vocabulary.quality import Quality
from world_estimation import facts, span

POINTS = 6
DIGITS = 4
DIAL = 10**DIGITS * 1000
SIZES = [0, 1, 40, 3_000, 2_000_000, 2**31 - 1]


@st.composite
def worlds(draw):
    """Draw a span, its sources, and what the dials show at both ends."""
    days = draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.sampled_from(SIZES[:5]))
    shape = (POINTS, days * HALF_HOURS)
    truth = rng.integers(0, size + 1, shape, np.int32)
    multiplier = int(draw(st.sampled_from([1, 20, 1200])))
    usable = rng.random(shape) >= draw(st.sampled_from([0.02, 0.3, 0.9, 1.0]))
    if draw(st.booleans()):  # one long gap as well
        first = draw(st.integers(0, shape[1] - 1))
        usable[:, first : first + draw(st.integers(1, shape[1]))] = False
    values = np.where(usable, truth, np.where(rng.random(shape) < 0.5, ABSENT, truth))
    dials = facts(
        POINTS,
        dial_digits=DIGITS,
        multiplier=multiplier,
        opening_wh=rng.integers(0, DIAL, POINTS),
        closing_wh=rng.integers(0, DIAL, POINTS),
    )
    around = rng.integers(0, 3, POINTS)  # rolled over, a plausible advance, anything
    advance = truth.sum(axis=1, dtype=np.int64) // multiplier
    late = DIAL - rng.integers(1, 1000, POINTS)
    opening = np.where(around == 0, late, np.where(around == 1, 7, dials.opening_wh))
    closing = np.where(around == 2, dials.closing_wh, (opening + advance) % DIAL)
    closing[rng.random(POINTS) < 0.2] = ABSENT_WH
    dials = replace(dials, opening_wh=opening, closing_wh=closing)
    made = span(
        values.astype(np.int32),
        advance_wh(dials),
        usable=usable,
        day_types=tuple(draw(st.sampled_from(list(DayType))) for _ in range(days)),
        relay_open=rng.random((POINTS, days)) < draw(st.sampled_from([0.0, 0.3, 1.0])),
        outage=rng.random(shape) < draw(st.sampled_from([0.0, 0.1, 1.0])),
        step_wh=np.full(POINTS, draw(st.sampled_from([1, 10, 1000])) * multiplier),
    )
    return made, sources(draw, rng, days), dials


def sources(draw, rng, days):
    """Draw some of the sources, each half-hour of them absent now and then."""

    def some(*shape):
        if draw(st.booleans()):
            return None
        size = draw(st.sampled_from(SIZES))
        known = rng.random(shape) < draw(st.sampled_from([0.3, 0.9, 1.0]))
        return np.where(known, rng.integers(0, size + 1, shape), ABSENT).astype(np.int32)

    def sums():
        known = rng.random(POINTS) < 0.8
        return np.where(known, rng.integers(0, 10**13, POINTS), ABSENT_WH)

    return Sources(
        like_days=some(POINTS, days, 4, HALF_HOURS),
        nearest=some(POINTS, days, HALF_HOURS),
        last_year=some(POINTS, days, HALF_HOURS),
        recent_wh=sums(),
        year_ago_wh=sums(),
        class_days=some(4, 4, HALF_HOURS),
        daily_wh=draw(st.sampled_from([None, sums(), sums() // 10**6])),
        check=some(POINTS, days * HALF_HOURS),
        main_wh=sums(),
        check_wh=sums(),
        before=some(POINTS),
        after=some(POINTS),
    )


def dial_difference(dials, row):
    """Return the advance of one dial, counted on whole numbers of any size; None if not known."""
    old, new = int(dials.opening_wh[row]), int(dials.closing_wh[row])
    if ABSENT_WH in (old, new):
        return None
    if new < old:
        if not (old > 0.9 * DIAL and new < 0.1 * DIAL):
            return None
        new += DIAL
    return (new - old) * int(dials.multiplier[row])


def carried(made, row, total):
    """Tell whether the half-hours that may be estimated can hold the register's energy at all."""
    places = int((~made.usable[row]).sum())
    return total - measured_wh(made, row) <= places * (2**31 - 1)


def measured_wh(made, row):
    """Return the sum of what was measured, in whole numbers of any size."""
    return sum(int(one) for one in made.values[row][made.usable[row]])


@settings(max_examples=150)
@given(worlds())
def test_the_sum_is_the_registers_difference_to_the_last_wh(world):
    made, known, dials = world
    done = estimate_span(made, known)
    for row in range(POINTS):
        total = dial_difference(dials, row)
        if total is None or made.usable[row].all() or not carried(made, row, total):
            continue
        over = measured_wh(made, row) - total
        hidden = over if 0 < over < made.step_wh[row] else 0  # by the last digit of the dial
        assert sum(int(one) for one in done.values[row]) == total + hidden
        estimated = done.methods[row] != Method.NONE
        assert set(done.qualities[row][estimated].tolist()) == {Quality.FINAL_ESTIMATED}


@settings(max_examples=150)
@given(worlds())
def test_what_was_measured_stays_unless_the_register_contradicts_it(world):
    made, known, dials = world
    done = estimate_span(made, known)
    for row in range(POINTS):
        usable = made.usable[row]
        total = dial_difference(dials, row)
        over = 0 if total is None else measured_wh(made, row) - total
        if over >= made.step_wh[row] and not usable.all():
            assert (done.methods[row] != Method.NONE).all()
            continue
        assert (done.values[row] == made.values[row])[usable].all()
        assert (done.methods[row] == Method.NONE)[usable].all()
        assert (done.qualities[row] == Quality.MEASURED)[usable].all()


@settings(max_examples=150)
@given(worlds())
def test_no_negative_value_is_made_and_the_unknown_is_said_to_be_unknown(world):
    made, known, _ = world
    done = estimate_span(made, known)
    unknown = done.values == ABSENT
    assert (done.values[~unknown] >= 0).all()
    assert (unknown == (done.qualities <= Quality.REJECTED)).all()
    assert not unknown[made.usable].any()


@settings(max_examples=150)
@given(worlds(), st.permutations(range(POINTS)))
def test_the_order_of_rows_does_not_matter(world, order):
    made, known, _ = world
    done = estimate_span(made, known)
    moved = estimate_span(permuted(made, order), permuted(known, order))
    for name in ("values", "methods", "qualities"):
        assert (getattr(moved, name) == getattr(done, name)[list(order)]).all()


def permuted(what, order):
    """Return a span or sources with the rows in another order."""
    rows = {
        one.name: getattr(what, one.name)[list(order)]
        for one in fields(what)
        if one.name not in ("day_types", "class_days", "rows")
        and getattr(what, one.name) is not None
    }
    return replace(what, **rows)


@settings(max_examples=150)
@given(worlds())
def test_a_completed_span_is_left_as_it_is(world):
    made, known, _ = world
    done = estimate_span(made, known)
    whole = (done.values != ABSENT).all(axis=1)
    again = estimate_span(replace(made, values=done.values, usable=done.values != ABSENT), known)
    assert (again.values[whole] == done.values[whole]).all()
