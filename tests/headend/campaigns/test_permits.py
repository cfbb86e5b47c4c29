"""Token buckets in whole thousandths: never more than the rate, nothing lost in between."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from congto.headend.campaigns.permits import Limit, Permits, denied_wait

AT = datetime(2026, 11, 5, tzinfo=UTC)


def permits(*, sessions_max=100, starts=60, burst=10, tokens=0, sessions=0):
    return Permits(Limit(sessions_max, starts, burst), tokens, AT, sessions)


def test_sixty_a_minute_is_one_a_second():
    held = permits()
    held.refill(AT + timedelta(seconds=3))
    assert (held.tokens_milli, held.free) == (3_000, 3)


def test_a_burst_is_all_that_a_quiet_night_leaves():
    held = permits()
    held.refill(AT + timedelta(hours=9))
    assert held.free == 10
    assert held.refilled_at == AT + timedelta(hours=9)


def test_sessions_at_once_bound_the_starts():
    held = permits(sessions_max=3, tokens=10_000, sessions=1)
    assert held.free == 2
    held.take()
    held.take()
    assert (held.free, held.tokens_milli) == (0, 8_000)


def test_a_clock_set_back_gives_nothing_and_takes_nothing():
    held = permits(tokens=2_500)
    held.refill(AT - timedelta(hours=1))
    assert (held.tokens_milli, held.refilled_at) == (2_500, AT)


@given(
    starts=st.integers(1, 100_000),
    steps=st.lists(st.integers(0, 10_000_000), min_size=1, max_size=30),
)
def test_many_small_refills_give_what_one_gives_and_never_more_than_the_rate(starts, steps):
    held = permits(starts=starts, burst=10**9)
    at = AT
    for step in steps:
        at += timedelta(microseconds=step)
        held.refill(at)
    exact, rest = divmod(sum(steps) * starts, 60_000)
    # Each refill may leave less than a microsecond's worth behind.
    lost = len(steps) * starts // 60_000 + 1
    assert exact - lost <= held.tokens_milli <= exact, rest


def test_who_is_denied_comes_again_after_50_to_70_seconds_and_not_all_together():
    waits = {denied_wait(device, AT, urgent=False) for device in range(100)}
    assert (min(waits), max(waits)) == (timedelta(seconds=50), timedelta(seconds=70))
    assert len(waits) == 21


def test_who_is_urgent_comes_again_after_two_seconds():
    assert denied_wait(7, AT, urgent=True) == timedelta(seconds=2)
