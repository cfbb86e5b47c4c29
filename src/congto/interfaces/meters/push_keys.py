"""Keys of meters that push: found by system title, opened once an hour, counters kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.security.counters import PeerState, ReplayPolicy, counter_from
from congto.headend.dlms.security.protection import Protection
from congto.interfaces.meters.access import OWN_TITLE, key_set, proved_by, proved_of
from congto.office.devices.operations import device_of_title, keep_proved, open_access

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from congto.headend.dlms.security.keys import KeySet
    from congto.office.devices.operations import Opened

KEPT_MAX = 10_000
OPEN_FOR = timedelta(hours=1)
OVERTAKING = ReplayPolicy(window=32)
"""Datagrams overtake each other; each number is taken once all the same."""


@dataclass(slots=True)
class _Held:
    opened: Opened
    keys: KeySet
    protection: Protection
    peer: PeerState
    until: datetime


class PushKeys:
    """What opens the pushes of a meter; one is a row in the record of uses, not one a push.

    Not for two threads at once. It asks the books, so call it outside the event loop.

    Args:
        now: the clock of the door.
        subject: who listens, for the record of uses.
    """

    def __init__(self, now: Callable[[], datetime], subject: str) -> None:
        self._now = now
        self._subject = subject
        self._held: OrderedDict[bytes, _Held] = OrderedDict()

    def __call__(self, title: bytes) -> KeySet | None:
        """Return the keys of a meter by its system title; None where none are known."""
        held = self._of(title)
        return None if held is None else held.keys

    def opens(self, title: bytes) -> tuple[Protection, PeerState] | None:
        """Return what opens a meter's messages, as headend.transports.push_listener asks for it."""
        held = self._of(title)
        return None if held is None else (held.protection, held.peer)

    def keep(self) -> None:
        """Keep the counters proved so far, so that a push is not taken twice after a restart."""
        proved: dict[int, int] = {}
        for held in self._held.values():
            proved |= proved_of(held.opened, held.peer)
        if proved:
            keep_proved(proved)

    def _of(self, title: bytes) -> _Held | None:
        held = self._held.get(title)
        if held is not None and held.until > self._now():
            self._held.move_to_end(title)
            return held
        if held is not None:
            self._forget(title)
        fresh = self._opened(title)
        if fresh is not None:
            self._held[title] = fresh
            if len(self._held) > KEPT_MAX:
                self._forget(next(iter(self._held)))
        return fresh

    def _opened(self, title: bytes) -> _Held | None:
        device = device_of_title(title)
        if device is None:
            return None
        at = self._now()
        found = open_access(
            [device], purpose="push", subject=self._subject, user=None, at=at, counters=0
        )
        if device not in found or found[device].broken:
            return None
        opened = found[device]
        try:
            keys = key_set(opened.current)
        except DlmsError:  # a key of the wrong length: as good as none, the import names it
            return None
        if keys is None:
            return None
        # Nothing is sent under these keys: the counter is there because a protection has one.
        protection = Protection(OWN_TITLE, keys, counter_from(0))
        peer = PeerState(title, OVERTAKING, proved_by(opened.current))
        return _Held(opened, keys, protection, peer, at + OPEN_FOR)

    def _forget(self, title: bytes) -> None:
        held = self._held.pop(title)
        proved = proved_of(held.opened, held.peer)
        if proved:
            keep_proved(proved)
