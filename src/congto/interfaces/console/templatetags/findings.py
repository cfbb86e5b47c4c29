"""Filters of findings, sessions and commands: kept sentences in the language of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from congto.interfaces.console import finding_words, meter_words
from congto.interfaces.console.seen_words import lines_of, use_of

if TYPE_CHECKING:
    from collections.abc import Mapping

register = template.Library()


@register.filter
def finding_text(text: str) -> str:
    """Say the sentence of a finding."""
    return finding_words.finding_text(text)


@register.filter
def told(text: str) -> str:
    """Say what a session or a command said of a meter."""
    return meter_words.told(text)


@register.filter
def opened_for(purpose: str) -> str:
    """Say what secrets of a device were opened for."""
    return use_of(purpose)


@register.filter
def seen(kept: Mapping[str, object] | None) -> list[tuple[str, str]]:
    """Return what a meter showed, (what, how it was); nothing while nobody has looked."""
    return lines_of(kept or {})
