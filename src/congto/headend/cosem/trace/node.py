"""The tree in which a trace is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from congto.headend.dlms.faults import DlmsError

INDENT = "  "


@dataclass(frozen=True, slots=True)
class Node:
    """One thing and its parts.

    Attributes:
        name: what it is. value: what it says.
        parts: what it is made of. inline: shown in their place on one line.
        fault: True where it could not be read; `value` then is the sentence that says why.
    """

    name: str
    value: str = ""
    parts: tuple[Node, ...] = ()
    inline: str = ""
    fault: bool = False

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Write the tree as text, a line for each node."""
        mark = "! " if self.fault else ""
        told = self.inline or self.value
        yield INDENT * depth + mark + (f"{self.name}: {told}" if told else self.name)
        if not self.inline:
            for part in self.parts:
                yield from part.lines(depth + 1)

    def as_dict(self) -> dict[str, object]:
        """Return the tree for JSON."""
        told: dict[str, object] = {"name": self.name}
        if self.value:
            told["value"] = self.value
        if self.fault:
            told["fault"] = True
        if self.parts:
            told["parts"] = [part.as_dict() for part in self.parts]
        return told

    @property
    def has_fault(self) -> bool:
        """Say whether anything in the tree could not be read."""
        return self.fault or any(part.has_fault for part in self.parts)


def unread(what: str, error: DlmsError) -> Node:
    """Return the node of what could not be read."""
    return Node(what, error.sentence(), fault=True)
