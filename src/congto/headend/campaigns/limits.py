"""The load limit of a customer: written, read back, and proved by the threshold that is active."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.campaigns.proof import Verdict, told, tried, untold
from congto.headend.cosem.classes.exchange import read, write
from congto.headend.cosem.classes.limiter import Limiter
from congto.headend.cosem.classes.parts import SCALER_UNIT
from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.connection import State
from congto.headend.dlms.data import Data
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.tags import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.cosem.classes.limiter import MonitoredValue
    from congto.headend.dlms.client import Client, Exchange

LIMITER = Limiter(obis("0-0:17.0.0*255"))
"""Where the standard has it (IEC 62056-6-1)."""
SCALER_AT = {3: 3, 4: 3, 5: 4}
"""Class of a quantity -> its attribute scaler_unit; demand registers have two values before it."""
WATT, VOLT_AMPERE, AMPERE = 27, 28, 33


class LimitUnit(StrEnum):
    """What a limiter compares."""

    WATT = "W"
    VOLT_AMPERE = "VA"
    AMPERE = "A"


UNITS = {
    WATT: LimitUnit.WATT,
    VOLT_AMPERE: LimitUnit.VOLT_AMPERE,
    AMPERE: LimitUnit.AMPERE,
}
"""Units by the Blue Book's number (Table 4)."""


class Limit(NamedTuple):
    """A load limit.

    Attributes:
        value: W, VA or A as the limiter compares, exact; None: no limit.
        over_seconds: so long above it before the relay opens.
        under_seconds: so long below it before the relay may close.
    """

    value: int | Decimal | None
    over_seconds: int
    under_seconds: int


class LimitView(NamedTuple):
    """A limiter as read.

    Attributes:
        limit: the one that holds in normal times.
        active: the value that holds now; None: none.
        unit: of the values. emergency: another threshold holds for a time.
    """

    limit: Limit
    active: Decimal | None
    unit: LimitUnit
    emergency: bool


@dataclass(frozen=True, slots=True)
class LimitOutcome:
    """What is known of a limit that was written.

    Attributes:
        verdict: CONFIRMED where all was read back as asked.
        sent: whether something was written.
        before, after: the limiter as read; `after` None where it was not read again.
        answer: what the meter answered against it; empty for success.
    """

    verdict: Verdict
    sent: bool
    before: LimitView
    after: LimitView | None = None
    answer: str = ""


class _Scale(NamedTuple):
    """How a threshold is written: tag of its type, power of ten, unit."""

    tag: int
    scaler: int
    unit: LimitUnit

    @property
    def most(self) -> int:
        """Return the highest number of the type: a threshold that is never reached."""
        size, signed = INTEGERS[self.tag]
        return (1 << size * 8 - signed) - 1

    def told(self, threshold: Data) -> Decimal | None:
        """Return a threshold in units, exact; None where it is never reached."""
        if threshold.number == self.most:
            return None
        return Decimal(threshold.number).scaleb(self.scaler)

    def data(self, value: int | Decimal | None) -> Data:
        """Return a threshold as the meter takes it.

        Raises:
            DlmsError: BAD_VALUE, the meter's steps or type cannot say it.
        """
        if value is None:
            return Data(self.tag, self.most)
        number = Decimal(value).scaleb(-self.scaler)
        if number % 1 or not 0 <= number < self.most:
            raise DlmsError(
                Fault.BAD_VALUE,
                f"a limit of {value} {self.unit}",
                expected=f"steps of 10^{self.scaler} {self.unit}, below {self.most} of them",
                action="Choose a limit that the meter can hold",
            )
        return Data(self.tag, int(number))


def view_limit(client: Client, limiter: Limiter = LIMITER) -> Exchange[LimitView]:
    """Read a limiter.

    Raises:
        DlmsError: the meter has none, it compares another quantity, or the session cannot go on.
    """
    return (yield from _view(client, limiter, (yield from _scale(client, limiter))))


def limit_load(
    client: Client,
    limit: Limit,
    limiter: Limiter = LIMITER,
    tell: Callable[[LimitView], None] = untold,
) -> Exchange[LimitOutcome]:
    """Write a limit and read it back; nothing is written where it holds already.

    The durations are written first, so that a lower threshold never meets the old ones.

    Args:
        client: associated.
        limit: what is asked.
        limiter: the object.
        tell: takes the limiter as it was before something is written.

    Raises:
        DlmsError: the limiter could not be read, or cannot hold this limit; nothing was written.
    """
    scale = yield from _scale(client, limiter)
    before = yield from _view(client, limiter, scale)
    threshold = scale.data(limit.value)
    if before.limit == limit:
        return LimitOutcome(Verdict.CONFIRMED, sent=False, before=before)
    tell(before)
    against = yield from tried(_write(client, limiter, limit, threshold))
    after = None
    if client.connection.state is State.OPEN:
        try:
            after = yield from _view(client, limiter, scale)
        except DlmsError as error:
            against = against or error
    return LimitOutcome(_verdict(limit, after), True, before, after, told(against))


def _verdict(limit: Limit, after: LimitView | None) -> Verdict:
    if after is None:
        return Verdict.UNCERTAIN
    holds = after.emergency or after.active == limit.value
    return Verdict.CONFIRMED if after.limit == limit and holds else Verdict.NOT_DONE


def _write(client: Client, limiter: Limiter, limit: Limit, threshold: Data) -> Exchange[None]:
    over, under = Limiter.min_over_threshold_duration, Limiter.min_under_threshold_duration
    yield from write(client, limiter, over, limit.over_seconds)
    yield from write(client, limiter, under, limit.under_seconds)
    yield from write(client, limiter, Limiter.threshold_normal, threshold)


def _view(client: Client, limiter: Limiter, scale: _Scale) -> Exchange[LimitView]:
    normal = yield from read(client, limiter, Limiter.threshold_normal)
    active = yield from read(client, limiter, Limiter.threshold_active)
    over = yield from read(client, limiter, Limiter.min_over_threshold_duration)
    under = yield from read(client, limiter, Limiter.min_under_threshold_duration)
    emergency = yield from read(client, limiter, Limiter.emergency_profile_active)
    limit = Limit(scale.told(normal), over, under)
    return LimitView(limit, scale.told(active), scale.unit, emergency)


def _scale(client: Client, limiter: Limiter) -> Exchange[_Scale]:
    """Ask what is compared and in which steps: a limit in the wrong unit would cut the customer."""
    monitored = yield from read(client, limiter, Limiter.monitored_value)
    normal = yield from read(client, limiter, Limiter.threshold_normal)
    scaler, unit = yield from _scaler_unit(client, monitored)
    if unit not in UNITS or normal.tag not in INTEGERS:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"{limiter!r} compares values of unit {unit} with tag {normal.tag:#04x}",
            expected="whole numbers of " + ", ".join(LimitUnit),
            action="Set the limiter's quantity at the meter",
        )
    return _Scale(normal.tag, scaler, UNITS[unit])


def _scaler_unit(client: Client, monitored: MonitoredValue) -> Exchange[tuple[int, int]]:
    attribute = SCALER_AT.get(monitored.class_id)
    if attribute is None:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"the limiter compares an object of class {monitored.class_id}",
            expected="a register",
            action="Set the limiter's quantity at the meter",
        )
    reference = Reference(monitored.class_id, monitored.logical_name, attribute)
    told_unit = SCALER_UNIT.read((yield from client.get_data(reference)))
    return told_unit.scaler, told_unit.unit
