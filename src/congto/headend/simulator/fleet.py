"""A fleet of simulated meters, numbered from 1, made as they are called."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.dlms.meter import Offer
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.simulator.calendars import Calendar, day_of, delivered_week
from congto.headend.simulator.certificates import Certified, certified
from congto.headend.simulator.faults import Troubles
from congto.headend.simulator.meter import Meter
from congto.headend.simulator.quirks import SMALL_BYTES, Quirk
from congto.headend.simulator.secrets import secrets_of, serial_of, system_title
from congto.headend.simulator.tariff import delivered
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TextIO

    from congto.headend.simulator.faults import Trouble

PUBLIC_CLIENT, READING_CLIENT = 16, 1
METERS_MAX = 0xFF_FFFE


class Secured(StrEnum):
    """How the reading client has to prove itself; the public one never has to."""

    NONE = "none"
    PASSWORD = "lls"  # noqa: S105  (the name of the mechanism)
    MD5 = "md5"
    SHA1 = "sha1"
    GMAC = "gmac"
    SHA256 = "sha256"
    ECDSA = "ecdsa"


MECHANISMS = {
    Secured.NONE: Mechanism.NONE,
    Secured.PASSWORD: Mechanism.LOW,
    Secured.MD5: Mechanism.MD5,
    Secured.SHA1: Mechanism.SHA1,
    Secured.GMAC: Mechanism.GMAC,
    Secured.SHA256: Mechanism.SHA256,
    Secured.ECDSA: Mechanism.ECDSA,
}
CIPHERED = frozenset((Secured.GMAC, Secured.SHA256, Secured.ECDSA))


@dataclass(frozen=True, slots=True)
class Plan:
    """What fleet to simulate.

    Attributes:
        count: meters, numbered from 1. seed: of all that chance decides.
        secured: how the reading client proves itself.
        pdu_max: bytes of a message that meters take.
        faults: fault -> share of meters or connections.
        quirks: habits that all meters have.
        suite: security suite of messages, authenticated and encrypted; None: 0 with GMAC and
            SHA-256, 1 with ECDSA, plain messages with the others.
        serials: what the meters' plates say, in the order of their numbers; what lacks is named by
            seed and number.
    """

    count: int
    seed: int
    secured: Secured = Secured.GMAC
    pdu_max: int = 1024
    faults: Mapping[Trouble, float] = field(default_factory=dict)
    suite: int | None = None
    quirks: frozenset[Quirk] = frozenset()
    serials: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.secured is Secured.NONE and self.suite is not None:
            raise InvalidInputError(
                f"suite {self.suite} for clients that prove nothing",
                expected="a mechanism with it, as gmac",
            )
        if self.secured is Secured.ECDSA and self.suite == 0:
            raise InvalidInputError("ecdsa in suite 0", expected="suite 1 or 2")

    def serial(self, number: int) -> str:
        """Return the number on a meter's plate."""
        if number <= len(self.serials):
            return self.serials[number - 1]
        return serial_of(self.seed, number)

    @property
    def message_bytes(self) -> int:
        """Return the bytes of a message that meters take."""
        small = Quirk.SMALL_MESSAGES in self.quirks
        return min(self.pdu_max, SMALL_BYTES) if small else self.pdu_max

    @property
    def ciphered(self) -> bool:
        """Return whether messages of the reading client are protected."""
        return self.suite is not None or self.secured in CIPHERED

    @property
    def security_suite(self) -> int:
        """Return the suite of protected messages."""
        return int(self.secured is Secured.ECDSA) if self.suite is None else self.suite


class Shipped(NamedTuple):
    """A row of the maker's shipment file: keys, certificates, passwords as hexadecimal digits.

    The client's private keys are no part of a true one: here they let a client begin at once.
    """

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
    suite: int
    client_signing_key: str
    client_agreement_key: str
    signing_certificate: str
    agreement_certificate: str
    authority_certificate: str


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
            suite = plan.security_suite
            found = Meter(plan.seed, number, self.start, self.troubles, self._calendar, suite=suite)
            found.calendar_tables = [(0, self._tables)]
            found.mechanism, found.pdu_max = MECHANISMS[plan.secured], plan.message_bytes
            found.quirks = plan.quirks
            found.ciphered, found.serial = plan.ciphered, plan.serial(number)
            self._meters[number] = found
        return found

    def offer(self, meter: Meter, client: int) -> Offer:
        """Return what a meter offers a client for one association."""
        plan = self.plan
        takes_lists = Quirk.NO_LISTS not in plan.quirks
        if client == PUBLIC_CLIENT or plan.secured is Secured.NONE:
            return Offer(pdu_max=meter.pdu_max, takes_lists=takes_lists)
        mechanism = MECHANISMS[plan.secured]
        if not plan.ciphered:
            return Offer(
                mechanism,
                meter.password,
                title=meter.title,
                pdu_max=meter.pdu_max,
                takes_lists=takes_lists,
            )
        return Offer(
            mechanism,
            meter.password,
            protection=meter.protection(in_kind=True),
            peer=meter.peer,
            title=meter.title,
            curve_keys=meter.curve_keys,
            pdu_max=meter.pdu_max,
            takes_lists=takes_lists,
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
            suite = plan.security_suite
            made = secrets_of(plan.seed, number, suite)
            proofs = certified(plan.seed, number, suite) if suite else Certified()
            yield Shipped(
                plan.serial(number),
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
                suite,
                *(proof.hex() for proof in proofs),
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
