"""Invocation counters: ours are used once each, the peer's may not come again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.gcm import COUNTER_MAX
from congto.headend.dlms.security.keys import KeyUse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RESERVED_AT_ONCE = 64
"""So many numbers are written down as used before the first is sent; a crash wastes them."""
ONE_TIME_KEPT = 64
"""Of so many keys made for one exchange a peer's counters are remembered."""
COUNTER_ALARM = 2_000_000_000
"""From here on the key should be changed: that resets the counter."""


class OwnCounter:
    """Gives each invocation counter once, in rising order, also across crashes.

    Args:
        reserve: writes down, durably and before it returns, that the next `count` numbers are
            used, and returns the first of them. It is called before any of them is sent.
        at_once: how many to reserve in one call.
    """

    __slots__ = ("_at_once", "_next", "_reserve", "_until")

    def __init__(self, reserve: Callable[[int], int], *, at_once: int = RESERVED_AT_ONCE) -> None:
        self._reserve = reserve
        self._at_once = at_once
        self._next = 0
        self._until = 0

    def take(self) -> int:
        """Return the next counter.

        Raises:
            DlmsError: COUNTER_SPENT after 2^32 - 1, or if the store gave numbers a second time.
        """
        number = self._next
        if number >= self._until:
            number = self._more()
        if number > COUNTER_MAX:
            raise DlmsError(
                Fault.COUNTER_SPENT,
                f"invocation counter {number}",
                expected=f"at most {COUNTER_MAX}",
                action="Change the meter's key: a new key starts a new counter.",
            )
        self._next = number + 1
        return number

    @property
    def alarming(self) -> bool:
        """Return whether the key should be changed soon."""
        return self._next >= COUNTER_ALARM

    def _more(self) -> int:
        first = self._reserve(self._at_once)
        if first < self._next:
            raise DlmsError(
                Fault.COUNTER_SPENT,
                f"the counter's store gave {first} after {self._next - 1} was used",
                expected="numbers never given before",
                action="Raise the stored counter; one number under one key twice reveals the key.",
            )
        self._until = first + self._at_once
        return first


def counter_from(first: int) -> OwnCounter:
    """Return a counter kept in memory only: for a dedicated key, which dies with the process."""
    upcoming = first

    def reserve(count: int) -> int:
        nonlocal upcoming
        start = upcoming
        upcoming += count
        return start

    return OwnCounter(reserve)


@dataclass(frozen=True, slots=True)
class ReplayPolicy:
    """How strictly a peer's counters must rise.

    Attributes:
        window: 0 = each must exceed all before (the Green Book's rule); n = a number up to n below
            the highest is taken once, for datagrams that overtake each other.
        checked: False takes any number, for decoding old captures only.
    """

    window: int = 0
    checked: bool = True


STRICT = ReplayPolicy()


class PeerCounter:
    """The invocation counters seen from one peer under one key.

    `highest` counts for this association; `proved` is the highest that an authentication tag
    stands behind, and the only one to keep: a forged message without a tag could otherwise
    lock the true meter out for ever.
    """

    __slots__ = ("_seen", "highest", "policy", "proved")

    def __init__(self, policy: ReplayPolicy = STRICT, known: int = -1) -> None:
        self.policy = policy
        self.highest = known
        self.proved = known
        self._seen = -1  # bit n: number highest - n was seen; before our time all count as seen

    def refuse_replay(self, counter: int) -> None:
        """Refuse a number seen before or too old to tell.

        Raises:
            DlmsError: REPLAYED.
        """
        if counter > self.highest or not self.policy.checked:
            return
        behind = self.highest - counter
        if behind <= self.policy.window and not self._seen >> behind & 1:
            return
        raise DlmsError(
            Fault.REPLAYED,
            f"invocation counter {counter} after {self.highest}",
            expected=f"more than {self.highest - self.policy.window}, and each only once",
            action="Discard the message; if the meter was reset, change its key.",
        )

    def accept(self, counter: int, *, proved: bool) -> None:
        """Remember a number whose message was accepted."""
        if counter > self.highest:
            if self.policy.window:
                self._seen = self._shifted(counter - self.highest)
            self.highest = counter
        elif self.policy.window:
            behind = self.highest - counter
            if behind <= self.policy.window:
                self._seen |= 1 << behind
        if proved and counter > self.proved:
            self.proved = counter

    def _shifted(self, ahead: int) -> int:
        bits = self.policy.window + 1
        kept = (self._seen << ahead) & ((1 << bits) - 1) if ahead < bits else 0
        return kept | 1


class PeerState:
    """Who the peer is and which counters it has used, for each key apart.

    Args:
        system_title: the peer's 8 bytes, or None until a message or the association names it.
        policy: how strictly counters must rise.
        known: the proved counters kept from earlier associations.

    Attributes:
        signed: the transaction ids under its signature, which rise as counters do.
        once: those of messages under keys made for one exchange. Each of these keys has a counter
            of its own, so that only the order of exchanges tells an old message from a new one.
    """

    __slots__ = ("counters", "once", "policy", "signed", "system_title")

    def __init__(
        self,
        system_title: bytes | None = None,
        policy: ReplayPolicy = STRICT,
        known: Mapping[KeyUse, int] | None = None,
    ) -> None:
        self.system_title = system_title
        self.policy = policy
        self.signed, self.once = PeerCounter(policy), PeerCounter(policy)
        self.counters: dict[KeyUse | bytes, PeerCounter] = {
            use: PeerCounter(policy, highest) for use, highest in (known or {}).items()
        }

    def counter(self, use: KeyUse | bytes) -> PeerCounter:
        """Return the counters under a key, `bytes` for one made for this exchange.

        New ones are kept by `keep` only, once a message was accepted.
        """
        found = self.counters.get(use)
        return PeerCounter(self.policy) if found is None else found

    def keep(self, use: KeyUse | bytes, counter: PeerCounter) -> None:
        """Keep counters; the oldest of the keys made for one exchange is forgotten."""
        if use in self.counters:
            return
        self.counters[use] = counter
        once = [held for held in self.counters if not isinstance(held, KeyUse)]
        if len(once) > ONE_TIME_KEPT:
            del self.counters[once[0]]

    def begin(self, use: KeyUse) -> None:
        """Begin anew under a key that was never used before."""
        self.counters.pop(use, None)

    @property
    def proved(self) -> dict[KeyUse, int]:
        """Return the proved counters, to be kept for the next association."""
        return {
            use: held.proved
            for use, held in self.counters.items()
            if isinstance(use, KeyUse) and use is not KeyUse.DEDICATED and held.proved >= 0
        }
