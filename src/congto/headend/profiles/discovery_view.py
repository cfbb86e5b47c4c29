"""What an association shows of a meter, and what is found out from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from congto.headend.profiles.model import Unit
from congto.vocabulary.groups import Register
from congto.vocabulary.intervals import Channel

if TYPE_CHECKING:
    from congto.headend.cosem.classes.association import ListedObject
    from congto.headend.cosem.classes.shape import CosemObject

Kind = TypeVar("Kind", bound="CosemObject")

ELECTRICITY, AS_IT_RUNS = 1, 255
REGISTER, OF_THE_PERIOD = 8, 29
"""Value group D: a register that counts on; energy of the capture period."""
RATES = {0: Register.TOTAL, 1: Register.NORMAL, 2: Register.PEAK, 3: Register.OFF_PEAK}
"""Value group E. Which number is which rate is the utility's choice, to be checked."""


class Energy(NamedTuple):
    """What an OBIS code of energy means."""

    channel: Channel
    rate: Register

    @property
    def unit(self) -> Unit:
        """Return what it is counted in."""
        active = self.channel in {Channel.ACTIVE_IMPORT, Channel.ACTIVE_EXPORT}
        return Unit.WH if active else Unit.VARH


def energy_of(code: bytes, processed: int) -> Energy | None:
    """Return what a code of energy names (IEC 62056-6-1), None for any other code."""
    medium, _, quantity, how, rate, period = code
    if (medium, how, period) != (ELECTRICITY, processed, AS_IT_RUNS) or rate not in RATES:
        return None
    return Energy(Channel(quantity), RATES[rate]) if quantity in list(Channel) else None


@dataclass(frozen=True, slots=True)
class View:
    """The objects of an association; `version` is that of its class."""

    rows: tuple[ListedObject, ...]
    version: int

    def having(self, kind: type[Kind], *numbers: int) -> list[Kind]:
        """Return the objects of a class whose attributes of these numbers may be read."""
        return [
            kind(row.logical_name, row.version)
            for row in self.rows
            if row.class_id == kind.number and self.readable(row) >= set(numbers)
        ]

    def readable(self, row: ListedObject) -> set[int]:
        """Return the numbers of the attributes that may be read."""
        rights = row.access_rights.attribute_access
        return {one.attribute_id for one in rights if one.readable(self.version)}

    def writable(self, row: ListedObject) -> set[int]:
        """Return the numbers of the attributes that may be written."""
        rights = row.access_rights.attribute_access
        return {one.attribute_id for one in rights if one.writable(self.version)}


@dataclass(slots=True)
class Findings:
    """What a person has to look at.

    Attributes:
        checks: key of the profile -> why its value is to be checked.
        left_out: objects that are not in the profile, and why.
    """

    checks: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
