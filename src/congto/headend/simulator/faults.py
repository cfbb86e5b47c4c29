"""What goes wrong in a simulated fleet: each fault by its name, for whom by the seed, counted."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.simulator.dice import chance, dice
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Trouble(StrEnum):
    """A fault by its name on the command line."""

    # of one connection: another try may go well
    SILENT = "silent"  # no answer from one message on
    SLOW = "slow"  # one answer comes late
    HALF_FRAME = "half-frame"  # half of an answer, then the line is cut
    WRONG_CHECK = "wrong-fcs"  # HDLC: a frame whose check sequence is wrong
    LYING_LENGTH = "lying-length"  # a message that ends before its lengths say
    # of one meter, for good
    COUNTER_RESET = "counter-reset"  # the meter's invocation counter begins anew each time
    COUNTER_AHEAD = "counter-ahead"  # the meter awaits a counter far above the client's
    WRONG_KEY = "wrong-key"  # the meter has other keys than the shipment says
    CLOCK_DRIFT = "clock-drift"  # the clock is minutes off until it is set
    MISSING_ROWS = "missing-rows"  # half-hours that the load profile lacks
    DOUBLE_ROWS = "duplicate-rows"  # half-hours that it has twice
    OUTAGE = "outage"  # some hours without voltage, a few days before the start
    TAMPER = "tamper"  # cover and magnet events, the alarm bit
    RELAY_STUCK = "relay-stuck"  # the relay answers success and stays as it is


OF_CONNECTIONS = (
    Trouble.SILENT,
    Trouble.SLOW,
    Trouble.HALF_FRAME,
    Trouble.WRONG_CHECK,
    Trouble.LYING_LENGTH,
)
STRIKES_WITHIN = 6
"""A fault of a connection strikes at one of its first six answers."""
_NUMBERS = {trouble: place for place, trouble in enumerate(Trouble, start=1)}


class Strike(NamedTuple):
    """A fault that befalls one connection at its answer of this number, from 0."""

    trouble: Trouble
    answer: int


class Troubles:
    """The shares of meters or connections that each fault befalls.

    Args:
        seed: of the fleet.
        shares: fault -> share from 0 to 1; of connections or of meters.

    Attributes:
        counts: how often each fault struck: connections, and meters that were connected to.
    """

    def __init__(self, seed: int, shares: Mapping[Trouble, float] | None = None) -> None:
        self.shares = dict(shares or {})
        self.counts: Counter[Trouble] = Counter()
        self._seed = seed
        self._passing = [trouble for trouble in OF_CONNECTIONS if self.shares.get(trouble)]

    def has(self, trouble: Trouble, meter: int) -> bool:
        """Say whether a meter has a lasting fault."""
        share = self.shares.get(trouble, 0.0)
        return share > 0 and chance(self._seed, _NUMBERS[trouble], meter) < share

    def strike(self, meter: int, connection: int) -> Strike | None:
        """Return what befalls a meter's connection of this number; at most one fault."""
        for trouble in self._passing:
            place = _NUMBERS[trouble]
            if chance(self._seed, place, meter, connection) < self.shares[trouble]:
                answer = dice(self._seed, place, meter, connection, 1) % STRIKES_WITHIN
                return Strike(trouble, answer)
        return None


def parse_shares(text: str) -> dict[Trouble, float]:
    """Read faults as `silent=0.01,relay-stuck=0.05`.

    Raises:
        InvalidInputError: an unknown fault, or a share outside 0 to 1.
    """
    return {Trouble(name): share for name, share in shares_of(text, list(Trouble)).items()}


def shares_of(text: str, names: Collection[str]) -> dict[str, float]:
    """Read shares of faults that have these names.

    Raises:
        InvalidInputError: another name, or a share outside 0 to 1.
    """
    shares: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, share = part.strip().partition("=")
        if name not in names:
            raise InvalidInputError(f"fault {name!r}", expected=f"one of {', '.join(names)}")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise InvalidInputError(
                f"share {share!r} of fault {name}", expected="a number from 0 to 1, as 0.01"
            )
        shares[name] = value
    return shares
