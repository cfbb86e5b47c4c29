"""Devices of the books as the head end reaches them: place, profile, keys, counters kept."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.db import connection

from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeySet, KeyUse
from congto.headend.transports.access import Access
from congto.headend.transports.visit import Place
from congto.interfaces.meters.certificates import curve_keys_of
from congto.interfaces.meters.profiles import profile_named
from congto.office.devices.choices import SecretUse
from congto.office.devices.operations import (
    open_access,
    raise_counter,
    reserve_counters,
)
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.headend.dlms.client import Client
    from congto.headend.dlms.security.counters import PeerState
    from congto.headend.profiles.model import Profile
    from congto.office.devices.operations import Opened, OpenSecret

Answer = TypeVar("Answer")

__all__ = [
    "OWN_TITLE",
    "BookCounter",
    "Reached",
    "Reaching",
    "access_of",
    "key_set",
    "profile_named",
    "proved_by",
    "proved_in",
    "proved_of",
    "reach",
    "reached",
]

OWN_TITLE = b"CONGTO00"
"""Who the head end is to meters (recalled: not registered with the DLMS User Association). It is
not the title of `congto meter read`, whose counters are in a file: the title is half of what makes
a message's nonce, so the two never spend the same one under one key."""
KEY_USES = {KeyUse.UNICAST: SecretUse.UNICAST, KeyUse.BROADCAST: SecretUse.BROADCAST}
"""Keys that meters' messages are sealed with, so that their counters are kept."""

_books_thread = ThreadPoolExecutor(1, "counters")


class BookCounter:
    """An invocation counter in the books; begins with the numbers reserved when it was opened.

    Most sessions never ask the books again. One that does waits for a statement of a millisecond,
    in a thread beside the event loop.

    Args:
        secret: the key's row, opened.
    """

    __slots__ = ("_next", "_until", "secret")

    def __init__(self, secret: OpenSecret) -> None:
        self.secret = secret.id
        self._next = secret.first
        self._until = secret.first + secret.reserved

    @property
    def upcoming(self) -> int:
        """Return the next number that would be given."""
        return self._next

    def reserve(self, count: int) -> int:
        """Give the next `count` numbers, which the books know as used; return the first."""
        if self._next + count > self._until:
            held = self._until
            first = _on_books(lambda: reserve_counters([self.secret], count)[self.secret])
            if first != held:  # others took numbers in between
                self._next = first
            self._until = first + count
        first, self._next = self._next, self._next + count
        return first

    def raise_to(self, number: int) -> None:
        """Give no number below this one any more."""
        if number > self._next:
            _on_books(lambda: raise_counter(self.secret, number))
            self._next = self._until = number


@dataclass(frozen=True, slots=True)
class Reached:
    """A device ready to be called.

    Attributes:
        device: its number in the books.
        place, profile, access: for headend.transports.visit.open_session.
        opened: the secrets as they were opened, for commands that change them.
    """

    device: int
    place: Place
    profile: Profile
    access: Access
    opened: Opened


class Reaching(NamedTuple):
    """Devices that can be called, and why the others cannot: each a sentence."""

    reached: dict[int, Reached]
    refused: dict[int, CongtoError]


def reach(
    devices: Iterable[int], *, purpose: str, subject: str, user: User | None, at: datetime
) -> Reaching:
    """Open the secrets of devices (each use recorded) and return how each is reached.

    Call it for a batch, outside any transaction and outside the event loop.

    Args:
        devices: their numbers in the books.
        purpose: reading, command, key change ...
        subject: the campaign, session, command or file.
        user: who asked; None: a plan.
        at: now.

    Raises:
        RefusedError: the master key is not here.
    """
    wanted = set(devices)
    opened = open_access(wanted, purpose=purpose, subject=subject, user=user, at=at)
    found = Reaching({}, {})
    for device in wanted:
        try:
            if device not in opened:
                raise InvalidInputError(
                    f"device {device} is not in the books or retired",
                    expected="an active device",
                )
            found.reached[device] = reached(opened[device])
        except CongtoError as error:
            found.refused[device] = error
    return found


def reached(opened: Opened) -> Reached:
    """Return how a device is reached whose secrets are open.

    Raises:
        InvalidInputError: its profile is unknown, or it has no address.
        BrokenSealError: its secrets do not open.
        DlmsError: UNKNOWN_KEY, a key of the wrong length.
    """
    if opened.broken is not None:
        raise opened.broken
    profile = profile_named(opened.profile)
    if not opened.host:
        raise InvalidInputError(
            f"device {opened.device} has no address of its own",
            expected="a host, or a concentrator that passes sessions on",
            action="Wait for the concentrator's file, or give the device its address",
        )
    place = Place(opened.host, opened.port or profile.port, opened.logical_device)
    return Reached(opened.device, place, profile, access_of(opened, profile), opened)


def access_of(opened: Opened, profile: Profile) -> Access:
    """Return what proves us to a device: the current secrets.

    Raises:
        DlmsError: UNKNOWN_KEY, a key of the wrong length; CERTIFICATE, one that is refused.
    """
    low = profile.associating.mechanism is Mechanism.LOW
    proof = None if low else opened.current.get(SecretUse.HLS)
    if proof is None:  # makers that ship one secret call it the password, whatever it proves
        proof = opened.current.get(SecretUse.PASSWORD)
    unicast = opened.current.get(SecretUse.UNICAST)
    return Access(
        secret=b"" if proof is None else proof.value.reveal(),
        keys=key_set(opened.current),
        own_title=OWN_TITLE,
        counter=None if unicast is None else BookCounter(unicast),
        meter_title=opened.system_title,
        proved=proved_by(opened.current),
        curve_keys=curve_keys_of(opened, profile),
    )


def key_set(secrets: Mapping[SecretUse, OpenSecret]) -> KeySet | None:
    """Return secrets as the protocol's keys; None where there is no encryption key."""
    if SecretUse.UNICAST not in secrets:
        return None
    raw = {use: one.value.reveal() for use, one in secrets.items()}
    return KeySet.of(
        unicast=raw[SecretUse.UNICAST],
        authentication=raw.get(SecretUse.AUTHENTICATION),
        broadcast=raw.get(SecretUse.BROADCAST),
        master=raw.get(SecretUse.MASTER),
    )


def proved_by(secrets: Mapping[SecretUse, OpenSecret]) -> dict[KeyUse, int]:
    """Return the meter's counters kept from earlier sessions, by key."""
    held = {key: secrets[use].proved for key, use in KEY_USES.items() if use in secrets}
    return {key: number for key, number in held.items() if number >= 0}


def proved_in(reached: Reached, client: Client) -> dict[int, int]:
    """Return what a session proved of the meter's counters, for `keep_proved`: secret -> number."""
    return proved_of(reached.opened, client.connection.peer)


def proved_of(opened: Opened, peer: PeerState | None) -> dict[int, int]:
    """Return a peer's proved counters as the books keep them: secret -> number."""
    if peer is None:
        return {}
    return {
        opened.current[KEY_USES[use]].id: number
        for use, number in peer.proved.items()
        if use in KEY_USES and KEY_USES[use] in opened.current
    }


def _on_books(work: Callable[[], Answer]) -> Answer:
    """Do a statement on the books, in a thread of its own where an event loop runs in this one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return work()
    return _books_thread.submit(_and_hang_up, work).result()


def _and_hang_up(work: Callable[[], Answer]) -> Answer:
    """Do it and close the thread's connection: it is seldom needed, and may be stale by then."""
    try:
        return work()
    finally:
        connection.close()
