"""Columns of a list: where the value is, how it is written, where it leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.utils.functional import _StrOrPromise

Kind = Literal["text", "code", "number", "dong", "kwh", "day", "instant", "choice"]
Tone = Literal["good", "warn", "bad", "info"]
RIGHT_ALIGNED = frozenset({"number", "dong", "kwh"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        key: its name in addresses and saved views.
        path: lookup from the row to the value ("agreement__customer__name").
        kind: how the value is written on screens and in files.
        labels: stored value -> word, for kind "choice"; tones: stored value -> colour of its pill.
        says: how a sentence that the books keep is said in the language of the screen.
        sort: may be sorted by; such a column is never null. indexed: sorting by it reads an index,
            so it is allowed on lists of any size.
        link: name of a page and the lookup of its argument.
        shown: whether it is there until the person chooses columns.
    """

    key: str
    label: _StrOrPromise
    path: str
    kind: Kind = "text"
    labels: Mapping[Any, _StrOrPromise] = field(default_factory=dict)
    tones: Mapping[Any, Tone] = field(default_factory=dict)
    says: Callable[[str], str] | None = None
    sort: bool = False
    indexed: bool = False
    link: tuple[str, str] | None = None
    shown: bool = True

    @property
    def right(self) -> bool:
        """Tell whether figures stand under figures."""
        return self.kind in RIGHT_ALIGNED

    def lookups(self) -> list[str]:
        """Return what a query must select for this column."""
        return [self.path, self.link[1]] if self.link else [self.path]

    def cell(self, row: Mapping[str, Any]) -> Cell:
        """Return the column's cell of one row."""
        value = row[self.path]
        return Cell(self, value, self.word(value), self._url(row))

    def word(self, value: object) -> object:
        """Return a choice's word or a sentence in the language of the screen, else the value."""
        if self.says is not None and isinstance(value, str):
            return self.says(value)
        if self.kind != "choice" or value in {None, ""}:
            return value
        return gettext(str(self.labels.get(value, value)))

    def _url(self, row: Mapping[str, Any]) -> str:
        if self.link is None or row[self.link[1]] is None:
            return ""
        try:
            return reverse(self.link[0], args=[row[self.link[1]]])
        except NoReverseMatch:
            return ""  # a list may lead to a page that this installation does not serve


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in its column, ready for the template."""

    column: Column
    value: object
    shown: object
    url: str

    @property
    def tone(self) -> str:
        """Return the colour of the pill, if any."""
        return self.column.tones.get(self.value, "")
