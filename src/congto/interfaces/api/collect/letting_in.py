"""Who is let in to the partner API: signed, now, once, from where the contract says, not too fast.

Every refusal is answered with the same words, so that it tells nothing, and is written down.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone

from congto.interfaces.api.collect.signing import WINDOW_S, Signed
from congto.office.payments.callers import Caller, caller, first_time, refuse

if TYPE_CHECKING:
    from django.http import HttpRequest

KEPT_S = 10.0
"""How long a process believes what it read of a partner; a key taken away works no longer."""
UNSIGNED, STALE, UNKNOWN, WRONG, ADDRESS, REPLAYED = (
    "unsigned",
    "stale",
    "unknown partner or key",
    "wrong signature",
    "foreign address",
    "replayed",
)


class TooFastError(Exception):
    """More requests a second than the partner's contract allows."""


@dataclass(slots=True)
class Bucket:
    """Requests that a partner may still make; filled up as time passes."""

    left: float
    filled: float

    def take(self, per_second: int, now: float) -> bool:
        """Take one; False where none is left."""
        self.left = min(per_second, self.left + (now - self.filled) * per_second)
        self.filled = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Kept(NamedTuple):
    """A partner as it was read, and until when that is believed."""

    caller: Caller | None
    until: float


@dataclass(slots=True)
class Gate:
    """What a server process remembers of partners."""

    partners: dict[str, Kept] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def caller(self, code: str, at: datetime) -> Caller | None:
        """Return a partner, read again every few seconds."""
        now = time.monotonic()
        kept = self.partners.get(code)
        if kept is None or kept.until < now:
            kept = Kept(caller(code, at=at), now + KEPT_S)
            if kept.caller is not None:  # names that nobody has are not remembered
                self.partners[code] = kept
        return kept.caller

    def slow_enough(self, who: Caller) -> bool:
        """Take one request of a partner; False where it calls too fast."""
        now = time.monotonic()
        bucket = self.buckets.setdefault(who.code, Bucket(who.per_second, now))
        return bucket.take(who.per_second, now)


GATE = Gate()


class Call(NamedTuple):
    """A request as it is checked; `path` is what was signed, with its query."""

    method: str
    path: str
    authorization: str
    address: str
    body: bytes


def let_in(request: HttpRequest) -> Caller | None:
    """Return who calls; None for 401.

    Raises:
        TooFastError: the partner has to wait.
    """
    now = timezone.now()  # noqa: TID251  (a door reads the clock)
    call = Call(
        str(request.method),
        request.get_full_path(),
        request.headers.get("Authorization", ""),
        address_of(request.META),
        request.body,
    )
    signed = Signed.of(call.authorization)
    who = None if signed is None else GATE.caller(signed.partner, now)
    reason = wrong(call, signed, who, now)
    if not reason and signed is not None and not first_time(signed.bytes, at=now):
        reason = REPLAYED
    if reason or who is None:
        code = signed.partner if signed else ""
        refuse(code, call.address, f"{call.method} {request.path}", reason or UNKNOWN, at=now)
        return None
    if not GATE.slow_enough(who):
        raise TooFastError
    return who


def wrong(call: Call, signed: Signed | None, who: Caller | None, now: datetime) -> str | None:
    """Return why a request is not let in, but for a replay; the cheap questions come first."""
    if signed is None:
        return UNSIGNED
    if abs(now - datetime.fromtimestamp(signed.time, UTC)).total_seconds() > WINDOW_S:
        return STALE
    if who is None or signed.key not in who.keys:
        return UNKNOWN
    secret = who.keys[signed.key].reveal()
    if not signed.fits(secret, call.method, call.path, call.body):
        return WRONG
    return None if who.may_call_from(call.address) else ADDRESS


def address_of(environ: dict[str, Any]) -> str:
    """Return the caller's address; a socket of this machine has none."""
    return str(environ.get("REMOTE_ADDR") or "127.0.0.1")
