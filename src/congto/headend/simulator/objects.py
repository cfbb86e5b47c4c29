"""All objects of a simulated meter, and how requests reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.dlms.apdu.results import AccessResult
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.obis import obis
from congto.headend.simulator import (
    clock,
    image,
    plain_things,
    registers,
    relay,
    security,
    tariff,
)
from congto.headend.simulator.association_view import association
from congto.headend.simulator.profiles import (
    STAMP,
    STAMP_WIDTH,
    U32_WIDTH,
    Profile,
    daily_ages,
    event_ages,
    event_rows,
    load_ages,
    load_rows,
    monthly_ages,
    register_rows,
)
from congto.headend.simulator.things import Call, RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.data import Data
    from congto.headend.simulator.meter import Meter
    from congto.headend.simulator.things import Thing

LOAD_PROFILE, DAILY = obis("1.0.99.1.0.255"), obis("1.0.98.2.0.255")
MONTHLY, EVENTS = obis("1.0.98.1.0.255"), obis("0.0.99.98.0.255")
LOAD_DAYS, DAILY_DAYS, MONTHS, EVENTS_KEPT = 60, 92, 13, 500
LOAD_NAMES = tuple(
    map(registers.of_half_hour, (registers.TOTAL, registers.EXPORT, registers.REACTIVE))
)
"""Energy of the capture period: Wh taken, Wh given, varh."""

_REGISTERS = (
    registers.TOTAL,
    *registers.RATE_NAMES,
    registers.EXPORT,
    registers.REACTIVE,
)
_REGISTER_COLUMNS = (STAMP, *((3, name, 2) for name in _REGISTERS))
_REGISTER_WIDTHS = (STAMP_WIDTH, *[U32_WIDTH] * len(_REGISTERS))

PROFILES = (
    Profile(
        (STAMP, (1, plain_things.STATUS, 2), *((3, name, 2) for name in LOAD_NAMES)),
        (STAMP_WIDTH, 2, *[U32_WIDTH] * len(LOAD_NAMES)),
        1_800,
        LOAD_DAYS * 48,
        load_ages(LOAD_DAYS * 48),
        load_rows,
    ).thing(LOAD_PROFILE),
    Profile(
        _REGISTER_COLUMNS,
        _REGISTER_WIDTHS,
        86_400,
        DAILY_DAYS,
        daily_ages(DAILY_DAYS),
        register_rows,
    ).thing(DAILY),
    Profile(
        _REGISTER_COLUMNS, _REGISTER_WIDTHS, 0, MONTHS, monthly_ages(MONTHS), register_rows
    ).thing(MONTHLY),
    Profile(
        (STAMP, (1, plain_things.EVENT_CODE, 2)),
        (STAMP_WIDTH, 3),
        0,
        EVENTS_KEPT,
        event_ages(EVENTS_KEPT),
        event_rows,
    ).thing(EVENTS),
)

_MEASURED = (
    *plain_things.THINGS,
    *clock.THINGS,
    *registers.THINGS,
    *PROFILES,
    *relay.THINGS,
    *tariff.THINGS,
    *image.THINGS,
    *security.THINGS,
)
THINGS = (association(_MEASURED), *_MEASURED)
BY_NAME = {thing.name: thing for thing in THINGS}


class MeterObjects:
    """The objects of one meter as one client may use them (`dlms.meter.Objects`).

    Args:
        now: gives the age.
    """

    __slots__ = ("_client", "_meter", "_now", "_public")

    def __init__(self, meter: Meter, client: int, now: Callable[[], int], *, public: bool) -> None:
        self._meter = meter
        self._client = client
        self._now = now
        self._public = public

    def get(self, reference: Reference) -> bytes | AccessResult:
        """Return an attribute's encoded value, or why not."""
        call = self._call(reference)
        try:
            return self._thing(reference).value(reference.number, call)
        except RefusalError as refusal:
            return refusal.result

    def set(self, reference: Reference, value: Data) -> AccessResult:
        """Set an attribute."""
        if self._public:
            return AccessResult.READ_WRITE_DENIED
        try:
            self._thing(reference).take(reference.number, self._call(reference), value)
        except RefusalError as refusal:
            return refusal.result
        except DlmsError:
            return AccessResult.TYPE_UNMATCHED
        return AccessResult.SUCCESS

    def act(self, method: Reference, parameter: Data | None) -> tuple[AccessResult, Data | None]:
        """Invoke a method."""
        try:
            doing = self._thing(method).methods.get(method.number)
            if doing is None or self._public:
                return AccessResult.READ_WRITE_DENIED, None
            return AccessResult.SUCCESS, doing(self._call(method), parameter)
        except RefusalError as refusal:
            return refusal.result, None
        except DlmsError:
            return AccessResult.TYPE_UNMATCHED, None

    def _thing(self, reference: Reference) -> Thing:
        thing = BY_NAME.get(reference.name)
        if thing is None or (self._public and not thing.public):
            raise RefusalError(AccessResult.OBJECT_UNDEFINED)
        if thing.class_id != reference.class_id:
            raise RefusalError(AccessResult.OBJECT_CLASS_INCONSISTENT)
        return thing

    def _call(self, reference: Reference) -> Call:
        return Call(self._meter, self._now(), self._client, self._public, reference.selection)
