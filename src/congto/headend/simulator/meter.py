"""One simulated meter: what it is by its number, and the little that commands have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from congto.headend.dlms.security.agreement import NO_CURVE_KEYS
from congto.headend.dlms.security.control import BOTH, control_of
from congto.headend.dlms.security.counters import OwnCounter, PeerState, counter_from
from congto.headend.dlms.security.forms import Form
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.dlms.security.protection import Policy, Protection
from congto.headend.simulator.calendars import (
    DAY_SECONDS,
    HALF_HOUR_SECONDS,
    Calendar,
)
from congto.headend.simulator.certificates import meter_keys
from congto.headend.simulator.dice import chance, dice
from congto.headend.simulator.events import EventCode
from congto.headend.simulator.faults import Trouble
from congto.headend.simulator.load import HOME, ROOF, SHIFTS, SHOP, WORKSHOP, Load, parts_of
from congto.headend.simulator.secrets import secrets_of, serial_of, system_title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from congto.headend.dlms.security.keys import KeySet
    from congto.headend.simulator.faults import Troubles
    from congto.headend.simulator.image import Image
    from congto.headend.simulator.quirks import Quirk
    from congto.headend.simulator.relay import Relay
    from congto.headend.simulator.station import Station

# User, least and most Wh of a mean day, thousandths of reactive energy; by share of the meters.
USERS = (
    (0.85, HOME, 3_000, 25_000, 150),
    (0.95, SHOP, 15_000, 120_000, 350),
    (1.00, WORKSHOP, 80_000, 500_000, 480),
)
ROOFS = 0.06
"""Share of meters with a solar roof."""
DRIFT_SECONDS = (60, 900)
COUNTER_AHEAD = 1_000_000


class Energies(NamedTuple):
    """Registers at an instant, in Wh and varh; the total is the sum of the rates."""

    rates: tuple[int, ...]
    export_wh: int
    reactive_varh: int

    @property
    def total_wh(self) -> int:
        """Return the register of all rates."""
        return sum(self.rates)


class HalfHours(NamedTuple):
    """Columns of consecutive half-hours: Wh taken, Wh given, varh, whether dark meanwhile."""

    import_wh: NDArray[np.int64]
    export_wh: NDArray[np.int64]
    reactive_varh: NDArray[np.int64]
    dark: NDArray[np.bool_]


class Event(NamedTuple):
    """Something in the event log."""

    age: int
    code: int


class Meter:
    """One meter; all that it has measured follows from its number and the age asked for.

    Args:
        seed, number: which meter it is.
        start: age at which the fleet was started; outages lie before it.
        troubles: lasting faults of the fleet.
        calendar: the time bands it was delivered with.
        suite: the security suite of its keys.

    Attributes:
        clock_offset: seconds that the clock is ahead of true time.
        calendars: (age, calendar) from when each counts.
        calendar_tables: (age, attributes 2 to 5 of the activity calendar) from when each counts.
        dark: [from, to) without voltage or with the relay open, ages in order; to None = still.
        holder: the connection that had the last association.
        mechanism, pdu_max, ciphered: what it offers the reading client.
        quirks: its habits.
        keys, curve_keys: its secrets, and the public keys of the head end (suites 1 and 2).
        written: (class, name, attribute) -> encoded value that a client has set.
    """

    def __init__(  # noqa: PLR0913  (what a meter is made of)
        self,
        seed: int,
        number: int,
        start: int,
        troubles: Troubles,
        calendar: Calendar,
        *,
        suite: int = 0,
    ) -> None:
        self.seed, self.number = seed, number
        self.title = system_title(seed, number)
        self.serial = serial_of(seed, number)
        self.troubles = troubles
        self.load, self.roof, self.reactive = _loads(seed, number)
        self.calendars = [(0, calendar)]
        self.calendar_tables: list[tuple[int, dict[int, bytes]]] = []
        self.dark: list[tuple[int, int | None]] = []
        self.events: list[Event] = []
        self.written: dict[tuple[int, bytes, int], bytes] = {}
        self.clock_offset = 0
        self.mechanism, self.pdu_max, self.ciphered = Mechanism.GMAC, 1024, True
        self.suite = suite
        self.quirks: frozenset[Quirk] = frozenset()
        self.connections = 0
        self.holder: Station | None = None
        self.relay: Relay | None = None
        self.image: Image | None = None
        self._befall(start)
        self.password = secrets_of(seed, number).password
        keyed = seed + troubles.has(Trouble.WRONG_KEY, number)
        self.keys: KeySet = secrets_of(keyed, number, suite).keys()
        self.curve_keys = meter_keys(keyed, number, suite) if suite else NO_CURVE_KEYS
        self.peer = PeerState()
        self.counter: OwnCounter = counter_from(1)
        if troubles.has(Trouble.COUNTER_AHEAD, number):
            self.peer = PeerState(known={KeyUse.UNICAST: COUNTER_AHEAD})
        self._read: tuple[int, tuple[int, ...]] | None = None

    def take_keys(self, keys: KeySet) -> None:
        """Take new keys for associations to come; a new unicast key begins new counters.

        Under the same one they go on: a number under one key twice would reveal it.
        """
        if keys.unicast != self.keys.unicast:
            self.peer = PeerState()
            self.counter = counter_from(1)
        self.keys = keys

    def protection(self, form: Form = Form.SERVICE_GLOBAL, *, in_kind: bool = False) -> Protection:
        """Return the protection of an association to come, or of a push."""
        policy = Policy(control_of(BOTH.byte | self.suite))
        return Protection(
            self.title,
            self.keys,
            self.own_counter() if in_kind else self.counter,
            form,
            policy,
            curve_keys=self.curve_keys,
            in_kind=in_kind,
        )

    def own_counter(self) -> OwnCounter:
        """Return the invocation counter for an association to come."""
        if self.troubles.has(Trouble.COUNTER_RESET, self.number):
            self.counter = counter_from(1)
        return self.counter

    def happened(self, age: int, *codes: int) -> None:
        """Write events into the log."""
        self.events.extend(Event(age, code) for code in codes)
        self.events.sort(key=lambda event: event.age)

    def changed(self) -> None:
        """Forget what was worked out before the relay, a calendar or the clock changed."""
        self._read = None

    # What it measures

    def energies(self, age: int) -> Energies:
        """Return the registers."""
        return Energies(self.rates(age), self.export_wh(age), self.reactive_varh(age))

    def rates(self, age: int) -> tuple[int, ...]:
        """Return the registers of the rates; those of the last age asked for are kept."""
        if self._read is None or self._read[0] != age:
            self._read = (age, tuple(self._flowed(self.load, age).tolist()))
        return self._read[1]

    def export_wh(self, age: int) -> int:
        """Return the register of energy given."""
        return 0 if self.roof is None else int(self._flowed(self.roof, age).sum())

    def reactive_varh(self, age: int) -> int:
        """Return the reactive register."""
        return int(self._flowed(self.reactive, age).sum())

    def half_hours(self, first: int, count: int) -> HalfHours:
        """Return `count` half-hours from the one of number `first` since the installation."""
        given = np.zeros(count, np.int64)
        if self.roof is not None:
            given = self.roof.half_hours(first, count)
        full = (
            self.load.half_hours(first, count),
            given,
            self.reactive.half_hours(first, count),
        )
        if not self.dark:
            return HalfHours(*full, np.zeros(count, np.bool_))
        return self._darkened(full, first)

    def is_dark(self, age: int) -> bool:
        """Say whether nothing flows."""
        return any(begin <= age and (end is None or age < end) for begin, end in self.dark)

    def calendar(self, age: int) -> Calendar:
        """Return the calendar in force."""
        return next(calendar for since, calendar in reversed(self.calendars) if since <= age)

    def _flowed(self, load: Load, age: int) -> NDArray[np.int64]:
        """Return the energy by rate since the installation, without dark times."""
        flowed = self._between(load, 0, age)
        for begin, end in self._dark_until(age):
            flowed -= self._between(load, begin, end)
        return flowed

    def _between(self, load: Load, begin: int, end: int) -> NDArray[np.int64]:
        """Return the energy by rate that would have flowed in [begin, end)."""
        energy = np.zeros(3, np.int64)
        for place, (since, calendar) in enumerate(self.calendars):
            after = self.calendars[place + 1][0] if place + 1 < len(self.calendars) else end
            low, high = max(since, begin), min(after, end)
            if low < high:
                energy += load.energy(high, calendar)
                if low:
                    energy -= load.energy(low, calendar)
        return energy

    def _dark_until(self, age: int) -> list[tuple[int, int]]:
        return [
            (begin, age if end is None else min(end, age))
            for begin, end in self.dark
            if begin < age
        ]

    def _darkened(self, full: tuple[NDArray[np.int64], ...], first: int) -> HalfHours:
        """Take away what did not flow, to the second, as the registers do."""
        whole = np.stack(full)
        count = whole.shape[1]
        lost, dark = np.zeros_like(whole), np.zeros(count, np.bool_)
        starts = np.arange(first, first + count) * HALF_HOUR_SECONDS
        for begin, end in self._dark_until((first + count) * HALF_HOUR_SECONDS):
            low = np.clip(begin - starts, 0, HALF_HOUR_SECONDS)
            high = np.clip(end - starts, 0, HALF_HOUR_SECONDS)
            lost += parts_of(whole, high) - parts_of(whole, low)
            dark |= low < high
        taken, given, reactive = whole - lost
        return HalfHours(taken, given, reactive, dark)

    def _befall(self, start: int) -> None:
        """Let lasting faults befall the meter that leave a trace before the start."""
        has, seed, number = self.troubles.has, self.seed, self.number
        if has(Trouble.OUTAGE, number):
            days, seconds = divmod(dice(seed, number, 31), DAY_SECONDS)
            begin = max(start - (2 + days % 5) * DAY_SECONDS - seconds, 0)
            end = min(begin + 1_800 + seconds % 20_000, start)
            self.dark.append((begin, end))
            self.happened(begin, EventCode.POWER_DOWN)
            self.happened(end, EventCode.POWER_UP)
        if has(Trouble.TAMPER, number):
            age = max(start - 1 - dice(seed, number, 37) % (10 * DAY_SECONDS), 0)
            self.happened(age, EventCode.METER_COVER_REMOVED)
            self.happened(age + 40, EventCode.STRONG_FIELD)
        if has(Trouble.CLOCK_DRIFT, number):
            least, most = DRIFT_SECONDS
            drift = least + dice(seed, number, 41) % (most - least)
            self.clock_offset = drift if dice(seed, number, 43) & 1 else -drift


def _loads(seed: int, number: int) -> tuple[Load, Load | None, Load]:
    """Return what a meter measures: energy taken, given by a roof, and reactive energy."""
    place = chance(seed, number, 1)
    _, user, least, most, reactive = next(row for row in USERS if place < row[0])
    day_wh, weeks = least + dice(seed, number, 2) % (most - least), dice(seed, number, 3) % SHIFTS
    roof = None
    if chance(seed, number, 4) < ROOFS:
        roof = Load(ROOF, 4_000 + dice(seed, number, 5) % 20_000, dice(seed, number, 6) % SHIFTS)
    share = reactive + dice(seed, number, 7) % 100
    return Load(user, day_wh, weeks), roof, Load(user, day_wh, weeks, share)
