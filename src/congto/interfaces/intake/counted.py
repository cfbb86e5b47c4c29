"""What each piece of a delivery changes, written down before it is stored.

The store and the books share no transaction. A load killed between them is run again, finds its
rows there and would count nothing as new; so the first count of each piece is kept and stands.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING

from congto.office.intake.receiving import Counts

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Counted:
    """The counts of a delivery's pieces, in their order, in a file of its own."""

    place: Path
    pieces: list[Counts] = field(default_factory=list)

    @classmethod
    def of(cls, place: Path) -> Counted:
        """Return what an earlier load has written, or nothing."""
        if not place.is_file():
            return cls(place)
        return cls(place, [Counts(*one) for one in json.loads(place.read_text(encoding="utf-8"))])

    def note(self, piece: int, counts: Counts) -> Counts:
        """Return the first count of a piece, numbered from 0; write it down if this is it."""
        if piece == len(self.pieces):
            self.pieces.append(counts)
            draft = self.place.with_suffix(".part")
            draft.write_text(json.dumps([astuple(one) for one in self.pieces]), encoding="utf-8")
            draft.replace(self.place)
        return self.pieces[piece]

    def forget(self) -> None:
        """Take the file away: the delivery is settled."""
        self.place.unlink(missing_ok=True)
