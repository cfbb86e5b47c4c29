"""Caps delivered as a list: each that differs becomes a proposal, for a second person to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.office.commands.proposals import CAP
from congto.office.commands.protection import WrongRow
from congto.office.control.proposals import kind_of, propose
from congto.vocabulary.errors import CongtoError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.control.models import Proposal


@dataclass(frozen=True, slots=True)
class UnitCapRow:
    """A cap as people deliver it: code of the unit, kind of command, and the numbers."""

    unit: str
    kind: str
    per_day: int
    two_persons_from: int


@dataclass(frozen=True, slots=True)
class ProposedCaps:
    """What became of delivered caps."""

    proposals: tuple[Proposal, ...]
    unchanged: int
    wrong: tuple[WrongRow, ...]


def propose_caps(
    rows: Sequence[UnitCapRow], *, reason: str, user: User, at: datetime
) -> ProposedCaps:
    """Propose every cap of the list that differs from what holds now."""
    made: list[Proposal] = []
    wrong: list[WrongRow] = []
    unchanged = 0
    for number, row in enumerate(rows, 1):
        subject = f"{row.unit}/{row.kind}"
        after = {"per_day": row.per_day, "two_persons_from": row.two_persons_from}
        try:
            if kind_of(CAP).current(subject) == after:
                unchanged += 1
                continue
            made.append(propose(CAP, subject, after, reason=reason, user=user, at=at))
        except CongtoError as error:
            wrong.append(WrongRow(number, error))
    return ProposedCaps(tuple(made), unchanged, tuple(wrong))
