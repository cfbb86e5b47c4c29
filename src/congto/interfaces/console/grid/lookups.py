"""Lookups that the lists share: how a filter's text restricts, what a choice offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from congto.interfaces.console.grid.columns import Column
from congto.vocabulary.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import Choices

UNIT = Column("unit", _("Đơn vị"), "unit__name")


def words_in(path: str) -> Callable[[str], Q]:
    """Return a lookup: every word of the text is in the search text, diacritics or not."""

    def lookup(text: str) -> Q:
        found = Q()
        for word in plain(text).split():
            found &= Q(**{f"{path}__contains": word})
        return found

    return lookup


def begins(path: str, *, upper: bool = False) -> Callable[[str], Q]:
    """Return a lookup: the value begins with the text; codes are kept in capitals."""
    return lambda text: Q(**{f"{path}__startswith": text.upper() if upper else text})


def numbered(path: str) -> Callable[[str], Q]:
    """Return a lookup: the value is this whole number; anything else finds nothing."""

    def lookup(text: str) -> Q:
        is_number = text.isascii() and text.isdigit() and len(text) <= 18
        return Q(**{path: int(text)}) if is_number else Q(pk__in=[])

    return lookup


def of(choices: type[Choices]) -> Callable[[], Iterable[tuple[object, object]]]:
    """Return the options of a choice field."""
    return lambda: choices.choices


def words_of(choices: type[Choices]) -> dict[Any, Any]:
    """Return stored value -> word."""
    return dict(choices.choices)
