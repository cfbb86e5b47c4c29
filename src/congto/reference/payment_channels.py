"""What channels of payments mean, and decisions that list communes of special difficulty."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from congto.reference.fields import read_yaml, refuse, shipped
from congto.vocabulary.channels import Channel, CommuneDecision, Handing, Place

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

CHANNEL = ("partner", "channel", "handing", "place", "from", "to", "source", "confidence")
DECISION = (
    "decision", "signed", "until", "title", "communes", "replaced_by", "replaced_from",
    "confidence",
)  # fmt: skip


def load_channels(directory: Path | None = None) -> tuple[Channel, ...]:
    """Load payment_channels.yaml; a word of a kind of partner never means two things on a day."""
    entry = read_yaml(shipped(directory).joinpath("payment_channels.yaml"))
    found: list[Channel] = []
    for row in entry.fields("source", "channels").entries("channels"):
        row.fields(*CHANNEL)
        one = Channel(
            row.text("partner"),
            row.text("channel"),
            row.word("handing", Handing),
            row.word("place", Place),
            row.day("from"),
            row.optional_day("to"),
            row.text("source"),
            row.confidence(),
        )
        for other in found:
            if (other.partner, other.channel) == (one.partner, one.channel) and _meet(other, one):
                raise refuse(row.at("from"), f"{one.channel} of {one.partner} twice", "one a day")
        found.append(one)
    return tuple(found)


def _meet(one: Channel, other: Channel) -> bool:
    starts = max(one.valid_from, other.valid_from)
    return one.holds_on(starts) and other.holds_on(starts)


@cache
def _channels() -> tuple[Channel, ...]:
    return load_channels()


def channels_on(day: date) -> dict[tuple[str, str], Channel]:
    """Return what channels mean on a day, by kind of partner and word."""
    return {(one.partner, one.channel): one for one in _channels() if one.holds_on(day)}


def load_decisions(directory: Path | None = None) -> dict[str, CommuneDecision]:
    """Load difficult_communes.yaml by number; a replaced one names who replaced it and when."""
    entry = read_yaml(shipped(directory).joinpath("difficult_communes.yaml"))
    found: dict[str, CommuneDecision] = {}
    for row in entry.fields("source", "decisions").entries("decisions"):
        row.fields(*DECISION)
        one = CommuneDecision(
            row.text("decision"),
            row.day("signed"),
            row.day("until"),
            row.text("title"),
            row.optional_whole("communes"),
            row.optional("replaced_by"),
            row.optional_day("replaced_from"),
            row.confidence(),
        )
        if one.decision in found:
            raise refuse(row.at("decision"), f"{one.decision} twice", "each once")
        if (one.replaced_by is None) != (one.replaced_from is None):
            raise refuse(row.at("replaced_from"), "half of a replacement", "who and from when")
        found[one.decision] = one
    for one in found.values():
        if one.replaced_by is not None and one.replaced_by not in found:
            raise refuse(entry.at("decisions"), f"{one.replaced_by} is absent", "its own row")
    return found


@cache
def decisions() -> dict[str, CommuneDecision]:
    """Return the decisions by number."""
    return load_decisions()
