"""Our counters are given once; the peer's are taken once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.counters import (
    ONE_TIME_KEPT,
    OwnCounter,
    PeerCounter,
    PeerState,
    ReplayPolicy,
    counter_from,
)
from congto.headend.dlms.security.keys import KeyUse


class Store:
    """A counter's row in a database: the next number that nobody was given."""

    def __init__(self, upcoming: int) -> None:
        self.upcoming = upcoming

    def reserve(self, count: int) -> int:
        first = self.upcoming
        self.upcoming += count
        return first


@given(st.lists(st.integers(0, 200), max_size=20), st.integers(1, 64))
def test_no_number_is_given_twice_however_often_the_process_dies(lives, at_once):
    store, given_out = Store(7), []
    for taken in lives:
        counter = OwnCounter(store.reserve, at_once=at_once)
        given_out += [counter.take() for _ in range(taken)]
    assert given_out == sorted(set(given_out))
    assert not given_out or given_out[0] == 7
    assert store.upcoming > max(given_out, default=0)


def test_a_number_is_written_down_before_it_is_given():
    store = Store(100)
    counter = OwnCounter(store.reserve, at_once=10)
    assert store.upcoming == 100
    assert counter.take() == 100
    assert store.upcoming == 110


def test_a_store_set_back_is_refused():
    answers = iter([100, 50])
    counter = OwnCounter(lambda _: next(answers), at_once=1)
    counter.take()
    with pytest.raises(DlmsError) as error:
        counter.take()
    assert error.value.fault is Fault.COUNTER_SPENT


def test_the_last_number_is_given_and_none_after_it():
    counter = counter_from(0xFFFFFFFE)
    assert [counter.take(), counter.take()] == [0xFFFFFFFE, 0xFFFFFFFF]
    assert counter.alarming
    for _ in range(2):
        with pytest.raises(DlmsError) as error:
            counter.take()
        assert error.value.fault is Fault.COUNTER_SPENT


def accepted(counter: PeerCounter, numbers: list[int]) -> list[int]:
    taken = []
    for number in numbers:
        try:
            counter.refuse_replay(number)
        except DlmsError:
            continue
        counter.accept(number, proved=True)
        taken.append(number)
    return taken


def test_strictly_only_a_rising_number_is_taken():
    assert accepted(PeerCounter(), [5, 5, 4, 6, 9, 7, 10]) == [5, 6, 9, 10]
    assert accepted(PeerCounter(), [0, 0, 1]) == [0, 1]


def test_what_was_proved_before_stays_refused():
    state = PeerState(known={KeyUse.UNICAST: 1000})
    assert accepted(state.counter(KeyUse.UNICAST), [999, 1000, 1001]) == [1001]
    windowed = PeerState(policy=ReplayPolicy(window=50), known={KeyUse.UNICAST: 1000})
    assert accepted(windowed.counter(KeyUse.UNICAST), [990, 1000, 1002, 1001, 999]) == [1002, 1001]


@given(st.lists(st.integers(0, 60), max_size=60), st.integers(0, 20))
def test_a_window_takes_each_number_once_and_none_older_than_it(numbers, window):
    """Against the plain definition: a set of what was taken and the highest of it."""
    expected, highest = [], -1
    for number in numbers:
        if number > highest or (highest - number <= window and number not in expected):
            expected.append(number)
            highest = max(highest, number)
    assert accepted(PeerCounter(ReplayPolicy(window=window)), numbers) == expected


def test_a_message_without_tag_does_not_lock_the_true_meter_out():
    state = PeerState()
    counter = state.counter(KeyUse.UNICAST)
    counter.accept(10, proved=True)
    counter.accept(0xFFFFFFFF, proved=False)
    state.keep(KeyUse.UNICAST, counter)
    assert state.proved == {KeyUse.UNICAST: 10}


def test_counters_of_keys_made_for_one_exchange_do_not_pile_up():
    state = PeerState()
    state.keep(KeyUse.UNICAST, state.counter(KeyUse.UNICAST))
    for number in range(3 * ONE_TIME_KEPT):
        made_of = number.to_bytes(8)
        counter = state.counter(made_of)
        counter.accept(0, proved=True)
        state.keep(made_of, counter)
    assert len(state.counters) == ONE_TIME_KEPT + 1
    assert KeyUse.UNICAST in state.counters
