"""Which commands the meters of a profile can be told; the meter itself has the last word."""

from __future__ import annotations

from congto.interfaces.meters.access import profile_named
from congto.office.commands.choices import CommandKind
from congto.vocabulary.errors import CongtoError

CARRIED = frozenset(
    {
        CommandKind.DISCONNECT,
        CommandKind.CONNECT,
        CommandKind.ARM,
        CommandKind.LOAD_LIMIT,
        CommandKind.CALENDAR,
        CommandKind.CLOCK,
    }
)
"""Kinds whose exchange with a meter stands (headend.campaigns)."""


def able(profile: str) -> frozenset[str]:
    """Return the kinds that meters of a profile can be told; none of one that cannot be loaded."""
    try:
        profile_named(profile)
    except CongtoError:
        return frozenset()
    return CARRIED
