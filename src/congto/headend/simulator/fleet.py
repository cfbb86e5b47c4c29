"""A fleet of simulated meters, numbered from 1, made as they are called."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.meter import Offer
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.protection import Protection
from congto.headend.simulator.calendars import Calendar, day_of, delivered_week
from congto.headend.simulator.faults import Troubles
from congto.headend.simulator.meter import Meter
from congto.headend.simulator.secrets import secrets_of, serial_of, system_title
from congto.headend.simulator.tariff import delivered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

    from congto.headend.simulator.faults import Trouble

PUBLIC_CLIENT, READING_CLIENT = 16, 1
METERS_MAX = 0xFF_FFFE


class Secured(StrEnum):
    """How the reading client has to prove itself; the public one never has to."""

    NONE = "none"
    PASSWORD = "lls"  # noqa: S105  (the name of the mechanism)
    GMAC = "gmac"  # authenticated and encrypted


MECHANISMS = {
    Secured.NONE: Mechanism.NONE,
    Secured.PASSWORD: Mechanism.LOW,
    Secured.GMAC: Mechanism.GMAC,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What fleet to simulate.

    Attributes:
        count: meters, numbered from 1. seed: of all that chance decides.
        secured: how the reading client proves itself.
        pdu_max: bytes of a message that meters take.
        faults: fault -> share of meters or connections.
    """

    count: int
    seed: int
    secured: Secured = Secured.GMAC
    pdu_max: int = 1024
    faults: Mapping[Trouble, float] = field(default_factory=dict)


class Shipped(NamedTuple):
    """A row of the maker's shipment file: keys and passwords as hexadecimal digits."""

    serial: str
    model: str
    system_title: str
    host: str
    port: int
    framing: str
    logical_device: int
    client: int
    mechanism: str
    password: str
    unicast_key: str
    authentication_key: str
    master_key: str


class Fleet:
    """The meters of a plan.

    Args:
        plan: what to simulate.
        now: gives the age; the only clock.
    """

    def __init__(self, plan: Plan, now: Callable[[], int]) -> None:
        self.plan = plan
        self.now = now
        self.start = now()
        self.troubles = Troubles(plan.seed, plan.faults)
        self._meters: dict[int, Meter] = {}
        day = day_of(self.start)
        self._calendar = Calendar(delivered_week(day))
        self._tables = delivered(day)

    def meter(self, number: int) -> Meter | None:
        """Return a meter, None where the fleet has none of this number."""
        found = self._meters.get(number)
        if found is None and 1 <= number <= self.plan.count:
            plan = self.plan
            found = Meter(plan.seed, number, self.start, self.troubles, self._calendar)
            found.calendar_tables = [(0, self._tables)]
            found.mechanism, found.pdu_max = MECHANISMS[plan.secured], plan.pdu_max
            self._meters[number] = found
        return found

    def offer(self, meter: Meter, client: int) -> Offer:
        """Return what a meter offers a client for one association."""
        plan = self.plan
        if client == PUBLIC_CLIENT or plan.secured is Secured.NONE:
            return Offer(pdu_max=plan.pdu_max)
        if plan.secured is Secured.PASSWORD:
            return Offer(Mechanism.LOW, meter.password, pdu_max=plan.pdu_max)
        protection = Protection(meter.title, meter.keys, meter.own_counter())
        return Offer(
            Mechanism.GMAC,
            protection=protection,
            peer=meter.peer,
            title=meter.title,
            pdu_max=plan.pdu_max,
        )

    def shipment(self, host: str, port: int, *, framing: str) -> Iterator[Shipped]:
        """Yield the row of each meter.

        Args:
            host: where the fleet listens, a logical device a meter; empty: 127/8, an address each.
            port: of it.
            framing: wrapper or hdlc.
        """
        plan = self.plan
        for number in range(1, plan.count + 1):
            made = secrets_of(plan.seed, number)
            yield Shipped(
                serial_of(plan.seed, number),
                "congto-simulator",
                system_title(plan.seed, number).hex(),
                host or loopback_address(number),
                port,
                framing,
                number if host else 1,
                READING_CLIENT,
                plan.secured,
                made.password.hex(),
                made.unicast.hex(),
                made.authentication.hex(),
                made.master.hex(),
            )


def loopback_address(number: int) -> str:
    """Return the address of this machine at which a meter answers: 127.0.0.1 for meter 1."""
    return f"127.{number >> 16}.{number >> 8 & 0xFF}.{number & 0xFF}"


def number_at(address: str) -> int:
    """Return the number of the meter at an address of this machine; 1 for any not in 127/8."""
    parts = address.split(".")
    if len(parts) != 4 or parts[0] != "127":
        return 1
    return int(parts[1]) << 16 | int(parts[2]) << 8 | int(parts[3])


def write_shipment(rows: Iterator[Shipped], file: TextIO) -> None:
    """Write a shipment file: CSV with a header."""
    writer = csv.writer(file)
    writer.writerow(Shipped._fields)
    writer.writerows(rows)
