"""Keys and passwords, changed in two phases: sent under the old ones, proved by a session after.

Once a new key may have been sent, old and new are kept until a session shows which of them holds.
So a change that ends anywhere locks nobody out of the meter: `which_holds` finds the way back in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.campaigns.proof import Verdict, told, tried, untold
from congto.headend.cosem.classes.association import Association
from congto.headend.cosem.classes.exchange import act, write
from congto.headend.cosem.classes.security_setup import SecuritySetup, WrappedKey
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.obis import obis
from congto.headend.dlms.security.hls import Mechanism
from congto.headend.dlms.security.keys import KeyUse
from congto.headend.dlms.security.wrap import KeyId, wrap
from congto.headend.transports.outlook import Outlook, outlook_of
from congto.headend.transports.visit import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from congto.headend.campaigns.visit import Called
    from congto.headend.dlms.client import Client, Exchange
    from congto.headend.dlms.security.keys import KeySet, SecretKey
    from congto.headend.profiles.model import Profile
    from congto.headend.transports.access import Access, CounterStore

SETUP = SecuritySetup(obis("0-0:43.0.0*255"))
"""Where the standard has it (IEC 62056-6-1)."""
PROVED_BY_A_SESSION = {KeyId.UNICAST: "unicast", KeyId.AUTHENTICATION: "authentication"}
"""Keys that a session uses. Broadcast and master key are used by none, so none could prove them."""
HLS_SECRETS = frozenset({Mechanism.MD5, Mechanism.SHA1, Mechanism.SHA256})


class Phase(StrEnum):
    """Where a change stands; what the books keep of it."""

    OLD = "old"  # nothing was sent, or a session with the old secrets showed that they hold
    BOTH = "both"  # the new ones may have been sent: either may hold
    NEW = "new"  # a session with the new ones was held


class Holds(StrEnum):
    """Which secrets a meter takes."""

    NEW = "new"
    OLD = "old"
    NEITHER = "neither"  # it refuses both: a person has to look
    UNKNOWN = "unknown"  # it could not be reached, or is busy: look again


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be new: keys that take effect together, or one password or HLS secret.

    Attributes:
        keys: unicast and authentication key, or one of them.
        former: keys that ever held or were sent; none of them may be sent again.
        secret: password (LLS) or secret of HLS 3, 4 and 6; empty where keys change.
    """

    keys: Mapping[KeyId, SecretKey] = field(default_factory=dict, repr=False)
    former: Collection[SecretKey] = field(default=(), repr=False)
    secret: bytes = field(default=b"", repr=False)


class Found(NamedTuple):
    """Which secrets hold, and what came against the others.

    Attributes:
        against_new, against_old: of each try that failed; None: it went well or was not made.
    """

    holds: Holds
    against_new: DlmsError | None = None
    against_old: DlmsError | None = None


@dataclass(frozen=True, slots=True)
class KeyOutcome:
    """What is known of a change.

    Attributes:
        verdict, phase: what is known, and what the books have to keep.
        found: the sessions after it.
        answer: what the meter answered against it; empty for success.
    """

    verdict: Verdict
    phase: Phase
    found: Found
    answer: str = ""


OUTCOMES = {
    Holds.NEW: (Verdict.CONFIRMED, Phase.NEW),
    Holds.OLD: (Verdict.NOT_DONE, Phase.OLD),
    Holds.NEITHER: (Verdict.UNCERTAIN, Phase.BOTH),
    Holds.UNKNOWN: (Verdict.UNCERTAIN, Phase.BOTH),
}


async def change_secrets(
    called: Called,
    change: Change,
    fresh: CounterStore,
    tell: Callable[[Phase], None] = untold,
) -> KeyOutcome:
    """Send new secrets in a session with the old ones, then find which hold.

    Args:
        called: the meter, and the secrets that hold now, with the master key where keys change.
        change: the new ones; the books hold them already.
        fresh: counter of a new unicast key, never used.
        tell: takes the phase; BOTH before anything is sent.

    Raises:
        DlmsError: no session with the old ones, or the change is not allowed; nothing was sent.
    """
    old, profile = called.access, called.profile
    if old.keys is not None and not change.secret:
        refuse_bad_keys(change, old.keys)
    new = access_after(old, change, fresh)
    async with await open_session(*called) as session:
        if not change.secret:
            sending = transfer_keys(session.client, old.keys, change, tell=tell)
        else:
            sending = change_secret(session.client, profile, change.secret, tell)
        answer = await session.run(sending)
    found = await which_holds(called, new)
    verdict, phase = OUTCOMES[found.holds]
    if phase is not Phase.BOTH:
        tell(phase)
    return KeyOutcome(verdict, phase, found, answer)


async def which_holds(called: Called, new: Access) -> Found:
    """Find which secrets a meter takes: a visit with the new ones, then one with the old.

    A visit may read the meter's counter and associate once more where that is out of step.
    """
    against_new = await _against(called._replace(access=new))
    if against_new is None:
        return Found(Holds.NEW)
    if against_new.fault is Fault.UNREACHABLE:
        return Found(Holds.UNKNOWN, against_new)
    against_old = await _against(called)
    if against_old is None:
        return Found(Holds.OLD, against_new)
    refused = {outlook_of(against_new), outlook_of(against_old)} == {Outlook.SECURITY}
    return Found(Holds.NEITHER if refused else Holds.UNKNOWN, against_new, against_old)


def access_after(old: Access, change: Change, fresh: CounterStore) -> Access:
    """Return what proves us once a change holds.

    A new unicast key begins both sides' counters anew; under a key that stays they go on, also
    where the authentication key beside it changes: one number under one key twice reveals it.
    """
    if change.secret:
        return replace(old, secret=change.secret)
    if old.keys is None:
        raise _bad("a change of keys for a meter without keys", "a meter with a master key")
    named = {PROVED_BY_A_SESSION[which]: key for which, key in change.keys.items()}
    keys = replace(old.keys, **named)
    if KeyId.UNICAST not in change.keys:
        return replace(old, keys=keys)
    others: dict[KeyUse, int] = {
        use: number for use, number in old.proved.items() if use is not KeyUse.UNICAST
    }
    return replace(old, keys=keys, counter=fresh, proved=others)


def transfer_keys(
    client: Client,
    held: KeySet | None,
    change: Change,
    setup: SecuritySetup = SETUP,
    tell: Callable[[Phase], None] = untold,
) -> Exchange[str]:
    """Send new keys, wrapped with the master key; return what came against it.

    Raises:
        DlmsError: UNKNOWN_KEY, as of `refuse_bad_keys`; nothing was sent.
    """
    if held is None:
        raise _bad("a change of keys for a meter without keys", "a meter with a master key")
    refuse_bad_keys(change, held)
    master = held.key(KeyUse.MASTER)
    wrapped = tuple(WrappedKey(which, wrap(master, key)) for which, key in change.keys.items())
    tell(Phase.BOTH)
    return told((yield from tried(act(client, setup, SecuritySetup.key_transfer, wrapped))))


def change_secret(
    client: Client, profile: Profile, secret: bytes, tell: Callable[[Phase], None] = untold
) -> Exchange[str]:
    """Send a new password or HLS secret; return what came against it.

    Raises:
        DlmsError: UNKNOWN_KEY, the mechanism has none; nothing was sent.
    """
    how = profile.associating
    association = Association(how.association)
    if how.mechanism is Mechanism.LOW:
        sending = write(client, association, Association.secret, secret)
    elif how.mechanism in HLS_SECRETS:
        sending = act(client, association, Association.change_hls_secret, secret)
    else:
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            f"profile {profile.name} proves itself by {how.mechanism.name}, which has no secret",
            expected="LLS, or HLS with MD5, SHA-1 or SHA-256",
            action="Change the keys",
        )
    tell(Phase.BOTH)
    return told((yield from tried(sending)))


def refuse_bad_keys(change: Change, held: KeySet) -> None:
    """Refuse keys that may not be sent to a meter that holds others.

    Raises:
        DlmsError: UNKNOWN_KEY: no key, one that no session proves, of another length than the
            master key, or one used before, whose counters would be given a second time.
    """
    new = change.keys
    unproved = [which.name.lower() for which in new if which not in PROVED_BY_A_SESSION]
    if unproved or not new:
        raise _bad(f"a change of {', '.join(unproved) or 'no key'}", "unicast or authentication")
    size = len(held.key(KeyUse.MASTER).raw)
    used = {held.unicast, held.authentication, held.master, *change.former}
    for which, key in new.items():
        if len(key.raw) != size:
            raise _bad(f"{which.name.lower()} key of {len(key.raw)} bytes", f"{size} bytes")
        if key in used:
            raise _bad(f"a {which.name.lower()} key that was used before", "a key made for this")
    if len(set(new.values())) != len(new):
        raise _bad("one key for two uses", "a key for each")


async def _against(called: Called) -> DlmsError | None:
    """Hold a session that only opens and ends; return what came against it."""
    try:
        async with await open_session(*called):
            return None
    except DlmsError as error:
        return error


def _bad(found: str, expected: str) -> DlmsError:
    return DlmsError(
        Fault.UNKNOWN_KEY,
        found,
        expected=expected,
        action="Let Congto make new keys",
    )
