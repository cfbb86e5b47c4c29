"""Types of EndDeviceControls as other systems send them, each with how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from congto.reference.fields import read_yaml, refuse, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from congto.vocabulary.prices import Confidence


@dataclass(frozen=True, slots=True)
class ControlType:
    """A type of control.

    Attributes:
        code: four numbers of IEC 61968-9.
        kind: word of the command that it is here.
    """

    code: str
    kind: str
    source: str
    confidence: Confidence


def load_control_types(directory: Path | None = None) -> tuple[ControlType, ...]:
    """Load end_device_controls.yaml; a code may stand once."""
    entry = read_yaml(shipped(directory).joinpath("end_device_controls.yaml"))
    found: dict[str, ControlType] = {}
    for row in entry.fields("source", "controls").entries("controls"):
        row.fields("kind", "code", "source", "confidence")
        code = row.text("code")
        if code in found:
            raise refuse(row.at("code"), f"code {code} twice", "each once")
        found[code] = ControlType(code, row.text("kind"), row.text("source"), row.confidence())
    return tuple(found.values())
