"""Codes of meter events as senders write them: IEC 61968-9 event types, numbers of DLMS logs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from congto.reference.fields import read_yaml, refuse, shipped
from congto.vocabulary.events import MeterEvent

if TYPE_CHECKING:
    from pathlib import Path

    from congto.vocabulary.prices import Confidence

IEC, DLMS = "iec", "dlms"


@dataclass(frozen=True, slots=True)
class EventCodes:
    """Codes of one kind in one list, the one that files write first.

    Attributes:
        list: "iec": domain.subdomain.event of IEC 61968-9; "dlms": number in an event log.
    """

    kind: MeterEvent
    list: str
    codes: tuple[str, ...]
    source: str
    confidence: Confidence


def load_meter_events(directory: Path | None = None) -> tuple[EventCodes, ...]:
    """Load meter_events.yaml; a code may stand once in a list."""
    entry = read_yaml(shipped(directory).joinpath("meter_events.yaml")).fields("source", "events")
    found = []
    seen: set[tuple[str, str]] = set()
    for row in entry.entries("events"):
        row.fields("kind", "list", "codes", "source", "confidence")
        if (name := row.text("list")) not in {IEC, DLMS}:
            raise refuse(row.at("list"), f"found {name!r}", f"{IEC} or {DLMS}")
        codes = tuple(str(code) for code in row.listed("codes"))
        for code in codes:
            if (name, code) in seen:
                raise refuse(row.at("codes"), f"code {code} of {name} twice", "each once")
            seen.add((name, code))
        kind = row.word("kind", MeterEvent)
        found.append(EventCodes(kind, name, codes, row.text("source"), row.confidence()))
    return tuple(found)


@cache
def kinds_by_code(name: str) -> dict[str, MeterEvent]:
    """Return what each code of a list means."""
    own = [one for one in load_meter_events() if one.list == name]
    return {code: one.kind for one in own for code in one.codes}


@cache
def iec_code_of(kind: MeterEvent) -> str:
    """Return the event type that files write for a kind, of an electricity meter: "3.26.0.47"."""
    own = [one for one in load_meter_events() if one.list == IEC and one.kind is kind]
    return f"3.{own[0].codes[0]}"
