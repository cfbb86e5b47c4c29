"""Keys and passwords in two phases: in the books before they are sent, old and new until proved.

A change that a dead worker left is settled when the device is called next, whatever for: the new
secret is tried, then the old one; whichever the meter takes becomes the current one.
"""

from __future__ import annotations

import secrets
import string
from functools import partial
from typing import TYPE_CHECKING

from congto.headend.campaigns.keys import (
    Change,
    Holds,
    KeyOutcome,
    Phase,
    access_after,
    change_secrets,
    which_holds,
)
from congto.headend.campaigns.proof import Verdict
from congto.headend.campaigns.visit import Called
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.wrap import KeyId
from congto.headend.transports.visit import Habits
from congto.interfaces.meters.access import BookCounter, Reached, reach
from congto.interfaces.meters.books import at_once, on_books
from congto.interfaces.meters.commanded import STATES, Known, plain
from congto.office.commands.choices import CommandKind
from congto.office.commands.operations import keep_progress
from congto.office.control.telling import sentence_of
from congto.office.devices.choices import SecretPhase, SecretUse
from congto.office.devices.operations import (
    SecretBytes,
    abandon_change,
    begin_change,
    prove_change,
)
from congto.office.devices.queries import phases_of
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from congto.interfaces.meters.commanded import Commanding
    from congto.office.devices.operations import OpenSecret

PURPOSE = "key change"
KEY_IDS = {SecretUse.UNICAST: KeyId.UNICAST, SecretUse.AUTHENTICATION: KeyId.AUTHENTICATION}
LETTERS = string.ascii_letters + string.digits


async def changed(commanding: Commanding) -> Known:
    """Make new secrets, send them, and find which the meter takes.

    Raises:
        DlmsError: nothing was sent and a later visit may fare better.
    """
    carrying, turn = commanding.carrying, commanding.turn
    device, habits = turn.device, Habits(carrying.session.deadlines)
    made = new_secrets(turn.kind, turn.args, carrying.reached)
    commanding.mark()
    await carrying.session.leave()  # a meter has one association, and these visits need it
    try:
        rows = await on_books(partial(_begin, turn.command, device, made, carrying.now))
    except RefusedError as error:  # nothing was sent
        return Known(STATES[Verdict.NOT_DONE], {}, sentence_of(error))
    await on_books(lambda: keep_progress(turn.command, _progress(rows, Phase.OLD)))
    reached = await on_books(partial(_reach, device, turn.command, carrying.now()))
    change, fresh = change_of(reached.opened.pending, reached)
    called = Called(reached.place, reached.profile, reached.access, habits)
    tell = _teller(turn.command, rows)
    outcome = await change_secrets(called, change, fresh, tell)
    await on_books(partial(_settle, device, outcome.found.holds, set(rows), carrying.now))
    return _known(outcome)


async def change_seen(commanding: Commanding) -> Known:
    """Tell what became of a change that another visit began: the call of the meter settled it.

    Raises:
        DlmsError: which secret holds is not known yet.
    """
    turn = commanding.turn
    rows = (turn.progress or {}).get("secrets", {})
    phases = await on_books(lambda: phases_of(rows.values()))
    seen = {"phases": {use: phases.get(number, "") for use, number in rows.items()}}
    held = set(phases.values())
    if held == {SecretPhase.CURRENT.value}:
        return Known(STATES[Verdict.CONFIRMED], seen, "công tơ nhận khóa mới")
    if SecretPhase.PENDING.value in held:
        return Known(STATES[Verdict.UNCERTAIN], seen, "", look_again=True)
    return Known(STATES[Verdict.NOT_DONE], seen, "công tơ vẫn dùng khóa cũ")


async def settle_secrets(called: Called, reached: Reached, now: Callable[[], datetime]) -> Reached:
    """Find which secrets a meter takes whose change was left open, and keep that.

    Returns the device as it is reached from then on; as it was where that is not known.
    """
    change, fresh = change_of(reached.opened.pending, reached)
    new = access_after(reached.access, change, fresh)
    found = await which_holds(called, new)
    uses = set(reached.opened.pending)
    if not await on_books(partial(_settle, reached.device, found.holds, uses, now)):
        return reached
    return await on_books(partial(_reach, reached.device, 0, now()))


def new_secrets(
    kind: CommandKind, args: Mapping[str, object], reached: Reached
) -> dict[SecretUse, SecretBytes]:
    """Return new secrets of the length of those that hold.

    Raises:
        DlmsError: UNKNOWN_KEY, the device has none to change.
    """
    current = reached.opened.current
    if kind is CommandKind.PASSWORD:
        low = reached.profile.associating.mechanism is Mechanism.LOW
        use = SecretUse.PASSWORD if low else SecretUse.HLS
        return {use: _password(len(_held(current, use)))}
    uses = args["uses"]
    named = [SecretUse(one) for one in uses] if isinstance(uses, list) else []
    return {
        use: SecretBytes(secrets.token_bytes(len(_held(current, SecretUse.MASTER))))
        for use in named
    }


def change_of(
    pending: Mapping[SecretUse, OpenSecret], reached: Reached
) -> tuple[Change, BookCounter]:
    """Return pending secrets as a change, and the counter of the key that messages will use."""
    keys = {
        KEY_IDS[use]: SecretKey(one.value.reveal())
        for use, one in pending.items()
        if use in KEY_IDS
    }
    words = [one.value.reveal() for use, one in pending.items() if use not in KEY_IDS]
    counted = pending.get(SecretUse.UNICAST) or reached.opened.current.get(SecretUse.UNICAST)
    if counted is None:  # a meter without keys: no message is counted
        counted = next(iter(pending.values()))
    change = Change(keys=keys, secret=words[0] if words else b"")
    return change, BookCounter(counted)


def _held(current: Mapping[SecretUse, OpenSecret], use: SecretUse) -> bytes:
    if use not in current:
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            f"the books hold no {use.value} of this meter",
            expected="a secret to be changed",
            action="Take the maker's shipment file into the books first",
        )
    return current[use].value.reveal()


def _password(length: int) -> SecretBytes:
    return SecretBytes("".join(secrets.choice(LETTERS) for _ in range(length)).encode())


def _reach(device: int, command: int, at: datetime) -> Reached:
    found = reach([device], purpose=PURPOSE, subject=str(command or ""), user=None, at=at)
    for error in found.refused.values():
        raise error
    return found.reached[device]


def _teller(command: int, rows: Mapping[SecretUse, int]) -> Callable[[Phase], None]:
    def tell(phase: Phase) -> None:
        at_once(lambda: keep_progress(command, _progress(rows, phase)))

    return tell


def _progress(rows: Mapping[SecretUse, int], phase: Phase) -> dict[str, object]:
    return {"secrets": {use.value: number for use, number in rows.items()}, "phase": phase.value}


def _begin(
    command: int, device: int, made: Mapping[SecretUse, SecretBytes], now: Callable[[], datetime]
) -> dict[SecretUse, int]:
    return begin_change(device, made, user=None, at=now(), reason=f"#{command}")


def _settle(device: int, holds: Holds, uses: set[SecretUse], now: Callable[[], datetime]) -> bool:
    """Keep which secrets hold; return whether that is known."""
    if holds is Holds.NEW:
        prove_change(device, uses, user=None, at=now())
    elif holds is Holds.OLD:
        abandon_change(device, uses, user=None, at=now(), reason="the old secret holds")
    return holds in {Holds.NEW, Holds.OLD}


def _known(outcome: KeyOutcome) -> Known:
    seen: dict[str, object] = {"phase": outcome.phase.value, "holds": outcome.found.holds.value}
    seen |= {
        "against_new": plain(outcome.found.against_new),
        "against_old": plain(outcome.found.against_old),
        "answer": outcome.answer,
    }
    words = {
        Holds.NEW: "công tơ nhận khóa mới",
        Holds.OLD: "công tơ vẫn dùng khóa cũ",
        Holds.NEITHER: "công tơ không nhận khóa nào trong hai, cần đến tận nơi",
        Holds.UNKNOWN: "chưa biết công tơ dùng khóa nào",
    }
    unknown = outcome.found.holds is Holds.UNKNOWN
    return Known(STATES[outcome.verdict], seen, words[outcome.found.holds], look_again=unknown)
