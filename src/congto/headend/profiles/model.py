"""A model of meters: how to reach it, what it holds, and in what it differs from others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.apdu.references import Reference
from congto.headend.dlms.hdlc.parameters import STANDARD, Parameters, Quirks
from congto.headend.dlms.security.control import control_of
from congto.headend.dlms.security.general import Scheme
from congto.headend.profiles.event_logs import NO_EVENTS, Events

if TYPE_CHECKING:
    from congto.headend.dlms.security.control import SecurityControl
    from congto.headend.dlms.security.forms import Form
    from congto.headend.dlms.security.hls import Mechanism
    from congto.vocabulary.groups import Register
    from congto.vocabulary.intervals import Channel, Status
    from congto.vocabulary.prices import Confidence

DATA_CLASS, REGISTER_CLASS, EXTENDED_CLASS, PROFILE_CLASS, CLOCK_CLASS = 1, 3, 4, 7, 8
VALUE, SCALER_UNIT = 2, 3


class Framing(StrEnum):
    """How messages travel over TCP."""

    WRAPPER = "wrapper"
    HDLC = "hdlc"
    MODE_C = "mode-c"  # no DLMS: lines of text by IEC 62056-21


class Deviation(StrEnum):
    """How the bounds of a range are written: some meters refuse one form, some another."""

    SEND = "send"  # the zone's minutes, status 0
    SKIP = "skip"  # deviation and status not specified (8000, FF)
    UNSPECIFIED = "0x8000"  # deviation not specified, status 0


class Stamp(StrEnum):
    """What the time of a row names."""

    BEGIN = "begin"
    END = "end"


class Parts(StrEnum):
    """What to do with a register that shows parts of a Wh."""

    REFUSE = "refuse"
    COMPLETED = "completed"  # take the Wh that are complete


class Unit(StrEnum):
    """Units of energy; their numbers are those of the Blue Book, clause 4.3.2."""

    WH = "Wh"
    VARH = "varh"

    @property
    def number(self) -> int:
        """Return the Blue Book's number."""
        return 30 if self is Unit.WH else 32


class Counted(NamedTuple):
    """A register of energy.

    Attributes:
        reference: class, logical name and attribute of the value.
        channel, register: what it is in Congto's words.
        unit: what it counts.
        scaler: value x 10^scaler is in `unit`; None: the meter is asked each time.
        parts: what to do with parts of a unit.
    """

    reference: Reference
    channel: Channel
    register: Register
    unit: Unit
    scaler: int | None
    parts: Parts = Parts.REFUSE

    @property
    def scaler_unit(self) -> Reference:
        """Return where the meter says scaler and unit."""
        return self.reference._replace(number=SCALER_UNIT)


class Kind(StrEnum):
    """What a column of the load profile holds, where it is no energy."""

    CLOCK = "clock"
    STATUS = "status"
    OTHER = "other"  # not read by Congto


class Column(NamedTuple):
    """A column of the load profile; energy has a channel, unit and scaler (None: ask the meter)."""

    reference: Reference
    kind: Kind | Channel
    unit: Unit | None = None
    scaler: int | None = None


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """The profile of half-hours.

    Attributes:
        reference: its buffer.
        period_seconds: from row to row.
        stamp: whether a row's time is when its period begins or ends.
        sort_object: what a range is asked by; not always the first column.
        depth_days: so many days it keeps; older half-hours are gone.
        asks_columns: the meter is asked which columns it has, in which order; `columns` then only
            says what each of them is.
        statuses: bit of the meter's status -> what Congto calls it.
    """

    reference: Reference
    period_seconds: int
    stamp: Stamp
    sort_object: Reference
    columns: tuple[Column, ...]
    asks_columns: bool
    depth_days: int
    statuses: tuple[tuple[int, Status], ...] = ()

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return the channels that it may have."""
        return tuple(one.kind for one in self.columns if not isinstance(one.kind, Kind))

    @property
    def captured(self) -> Reference:
        """Return where the meter says its columns."""
        return self.reference._replace(number=3)


@dataclass(frozen=True, slots=True)
class RegisterProfile:
    """A profile of registers as they stood at the begin of days or months: daily, or of billing.

    Attributes:
        reference: its buffer.
        sort_object: what a range is asked by.
        columns: of a row, in the meter's order; a register is a Counted whose scaler is known.
        days_back: rows so old are asked for each time; those in the books already change nothing.
    """

    reference: Reference
    sort_object: Reference
    columns: tuple[Column | Counted, ...]
    days_back: int


@dataclass(frozen=True, slots=True)
class Times:
    """How the model writes times.

    Attributes:
        zone_minutes: ahead of UTC, where it sends no deviation.
        deviation: how the bounds of a range are written.
        inverted: it writes deviations with the other sign.
    """

    zone_minutes: int
    deviation: Deviation
    inverted: bool


@dataclass(frozen=True, slots=True)
class Associating:
    """How clients associate.

    Attributes:
        public_client, reading_client: client numbers.
        mechanism: how the reading client proves itself.
        security: protection of messages whatever the suite; None: plain.
        form: envelope of protected messages.
        counter: where the meter says the last invocation counter it took, for the public client;
            None where it does not say.
        association: the object that answers challenges.
        pdu_max, list_max: see dlms.client.Settings.
        suite: security suite: 0 with shared keys alone, 1 (P-256) and 2 (P-384) with certificates.
        scheme: the key of messages in general-ciphering.
        signed: messages are signed inside their envelope.
    """

    public_client: int
    reading_client: int
    mechanism: Mechanism
    security: SecurityControl | None
    form: Form
    counter: Reference | None
    association: bytes
    pdu_max: int
    list_max: int
    suite: int = 0
    scheme: Scheme = Scheme.IDENTIFIED
    signed: bool = False

    @property
    def protection(self) -> SecurityControl | None:
        """Return the security control of what the reading client sends; None: all is plain."""
        if self.security is None:
            return control_of(self.suite) if self.signed else None
        return control_of(self.security.byte | self.suite)


class LocalMode(StrEnum):
    """How a meter of mode C is read."""

    READ_OUT = "readout"  # one data block with all that it shows
    COMMANDS = "commands"  # register by register, after a password


@dataclass(frozen=True, slots=True)
class Local:
    """How the model is read by IEC 62056-21, mode C.

    Attributes:
        address: the meter's in the request; empty: whichever meter is there.
        mode: of reading. command: R1 or R5, to read a register.
        speed: the character to acknowledge; empty: the one that the meter offers.
        parity_bits: the gateway hands over the parity bit of each byte.
        date, time: addresses of the clock; empty where it shows none.
        date_order: of the six digits of a date, as ymd.
        serial: address of the number on the plate; empty where it shows none.
        billing: address of the stamps of past billing periods; empty where it shows none.
        days_back: registers of periods that ended before are left alone.
    """

    address: str = ""
    mode: LocalMode = LocalMode.READ_OUT
    command: str = "R5"
    speed: str = ""
    parity_bits: bool = False
    date: str = ""
    time: str = ""
    date_order: str = "ymd"
    serial: str = ""
    billing: str = ""
    days_back: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """How the model speaks HDLC.

    Attributes:
        address_bytes: of the meter's address, 1, 2 or 4.
        information_bytes, window: what we propose to take; a meter that can less says so.
        quirks: habits in which frames differ.
        octet_seconds: a frame that stops for so long in its middle is asked for again; None: only
            when the whole answer is overdue, as networks also stop in the middle.
        disconnect_seconds: how long the end of the link may take to be confirmed.
    """

    address_bytes: int = 1
    information_bytes: int = 512
    window: int = 3
    quirks: Quirks = STANDARD
    octet_seconds: float | None = None
    disconnect_seconds: float = 2.0

    @property
    def parameters(self) -> Parameters:
        """Return what we propose."""
        size = self.information_bytes
        return Parameters(size, size, window_transmit=1, window_receive=self.window)


STANDARD_LINK = Link()


@dataclass(frozen=True, slots=True)
class Profile:
    """One model.

    Attributes:
        name: of its file. make, model: what the plate says.
        source, confidence: where the file's facts come from.
        framing, port, device: how it is reached; `device` is its logical device.
        physical: its physical device in HDLC; None where its addresses have one byte.
        link: how it speaks HDLC. local: how it speaks mode C; None where it does not.
        clock: its clock.
        registers, load: what it counts; `load` None where it keeps no half-hours.
        kept: profiles of registers at 00:00.
        events: where it reports them.
    """

    name: str
    make: str
    model: str
    source: str
    confidence: Confidence
    framing: Framing
    port: int
    device: int
    physical: int | None
    associating: Associating
    times: Times
    clock: Reference
    registers: tuple[Counted, ...]
    load: LoadProfile | None
    link: Link = STANDARD_LINK
    local: Local | None = None
    events: Events = NO_EVENTS
    kept: tuple[RegisterProfile, ...] = ()


def clock_reference(name: bytes) -> Reference:
    """Return the reference to the time of a clock object."""
    return Reference(CLOCK_CLASS, name, VALUE)
