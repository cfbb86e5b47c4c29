"""Which commands the meters of a profile can take, as far as the profile says it."""

from __future__ import annotations

from functools import lru_cache

from congto.headend.campaigns.calendars import rates_of
from congto.headend.dlms.faults import DlmsError
from congto.headend.dlms.security.hls import Mechanism
from congto.interfaces.meters.access import profile_named
from congto.office.commands.choices import CommandKind
from congto.vocabulary.errors import InvalidInputError

WITH_SECRET = frozenset({Mechanism.LOW, Mechanism.MD5, Mechanism.SHA1, Mechanism.SHA256})


@lru_cache(maxsize=256)
def able(profile: str) -> frozenset[str]:
    """Return the kinds of command of a profile; none where the profile cannot be read.

    Relay, limiter and image are standard objects of every meter that has them: a meter without one
    refuses before anything is changed. Three rates, keys and passwords are in the profile.
    """
    try:
        model = profile_named(profile)
    except InvalidInputError:
        return frozenset()
    if model.local is not None:
        return frozenset()  # mode C reads; nothing is commanded by it here
    kinds = set(CommandKind)
    if model.associating.security is None:
        kinds.discard(CommandKind.KEYS)
    if model.associating.mechanism not in WITH_SECRET:
        kinds.discard(CommandKind.PASSWORD)
    try:
        rates_of(model)
    except DlmsError:
        kinds.discard(CommandKind.CALENDAR)
    return frozenset(kind.value for kind in kinds)
