"""Typed filters: each reads its own fields of the address and says what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _

from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.utils.functional import _StrOrPromise

TEXT_LENGTH_MAX = 120


@dataclass(frozen=True, slots=True)
class Input:
    """One form field."""

    name: str
    value: str
    type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Widget:
    """The form fields of one filter under one label."""

    label: _StrOrPromise
    inputs: tuple[Input, ...]

    @property
    def used(self) -> bool:
        """Tell whether anything is given."""
        return any(one.value for one in self.inputs)


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Free text; `lookup` turns it into a restriction."""

    key: str
    label: _StrOrPromise
    lookup: Callable[[str], Q]

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.key,)

    def condition(self, data: Mapping[str, str]) -> Q:
        text = data.get(self.key, "").strip()
        if len(text) > TEXT_LENGTH_MAX or "\x00" in text:
            raise _wrong(self.label, text[:20], _("tới %d ký tự") % TEXT_LENGTH_MAX)
        return self.lookup(text) if text else Q()

    def widget(self, data: Mapping[str, str]) -> Widget:
        return Widget(self.label, (Input(self.key, data.get(self.key, ""), "search"),))


@dataclass(frozen=True, slots=True)
class ChoiceFilter:
    """One of a few values; `default` holds until the address says otherwise."""

    key: str
    label: _StrOrPromise
    path: str
    choices: Callable[[], Iterable[tuple[object, object]]]
    default: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.key,)

    def condition(self, data: Mapping[str, str]) -> Q:
        given = data.get(self.key, self.default)
        if not given:
            return Q()
        known = {str(value): value for value, _label in self.choices()}
        if given not in known:
            raise _wrong(self.label, given, ", ".join(known))
        return Q(**{self.path: known[given]})

    def widget(self, data: Mapping[str, str]) -> Widget:
        options = tuple((str(value), _(str(label))) for value, label in self.choices())
        given = data.get(self.key, self.default)
        return Widget(self.label, (Input(self.key, given, "choice", options),))


@dataclass(frozen=True, slots=True)
class DateRangeFilter:
    """Local days from and to, both included; `instants` where the column keeps points in time."""

    key: str
    label: _StrOrPromise
    path: str
    instants: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def condition(self, data: Mapping[str, str]) -> Q:
        first, last = (self._day(data.get(name, "")) for name in self.fields)
        if first and last and last < first:
            raise _wrong(self.label, f"{first:%d/%m/%Y} – {last:%d/%m/%Y}", _("ngày đầu trước"))
        found = Q()
        if first:
            found &= Q(**{f"{self.path}__gte": self._bound(first)})
        if last:
            found &= Q(**{f"{self.path}__lt": self._bound(last + timedelta(days=1))})
        return found

    def _day(self, text: str) -> date | None:
        if not text.strip():
            return None
        for reader in (date.fromisoformat, _vietnamese_day):
            try:
                return reader(text.strip())
            except ValueError:
                continue
        raise _wrong(self.label, text, _("ngày dd/mm/yyyy"))

    def _bound(self, day: date) -> date | datetime:
        if not self.instants:
            return day
        return datetime.combine(day, time.min, LOCAL_ZONE).astimezone(UTC)

    def widget(self, data: Mapping[str, str]) -> Widget:
        return Widget(
            self.label, tuple(Input(name, data.get(name, ""), "date") for name in self.fields)
        )


@dataclass(frozen=True, slots=True)
class NumberRangeFilter:
    """Least and most, both included; the column keeps `scale` times what a person types."""

    key: str
    label: _StrOrPromise
    path: str
    scale: int = 1

    @property
    def fields(self) -> tuple[str, ...]:
        return (f"{self.key}_from", f"{self.key}_to")

    def condition(self, data: Mapping[str, str]) -> Q:
        found = Q()
        for name, comparison in zip(self.fields, ("gte", "lte"), strict=True):
            value = self._number(data.get(name, ""))
            if value is not None:
                found &= Q(**{f"{self.path}__{comparison}": value})
        return found

    def _number(self, text: str) -> int | None:
        """Read "1.234.567" or "12,5" as Vietnamese people write it."""
        bare = text.strip().replace(".", "").replace(",", ".")
        if not bare:
            return None
        try:
            value = Decimal(bare) * self.scale
        except InvalidOperation as error:
            raise _wrong(self.label, text, _("một số")) from error
        if not value.is_finite() or abs(value) >= 2**63 or value != int(value):
            raise _wrong(self.label, text, _("một số"))
        return int(value)

    def widget(self, data: Mapping[str, str]) -> Widget:
        return Widget(
            self.label, tuple(Input(name, data.get(name, ""), "number") for name in self.fields)
        )


@dataclass(frozen=True, slots=True)
class ConditionFilter:
    """One of a few named conditions, each (value, word, restriction), made anew a question."""

    key: str
    label: _StrOrPromise
    conditions: Callable[[], Iterable[tuple[str, _StrOrPromise, Q]]]

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.key,)

    def condition(self, data: Mapping[str, str]) -> Q:
        given = data.get(self.key, "")
        if not given:
            return Q()
        known = {value: restriction for value, _label, restriction in self.conditions()}
        if given not in known:
            raise _wrong(self.label, given, ", ".join(known))
        return known[given]

    def widget(self, data: Mapping[str, str]) -> Widget:
        options = tuple((value, str(label)) for value, label, _restriction in self.conditions())
        return Widget(self.label, (Input(self.key, data.get(self.key, ""), "choice", options),))


Filter = TextFilter | ChoiceFilter | ConditionFilter | DateRangeFilter | NumberRangeFilter
"""`fields` are the names read from the address; `condition` is the restriction, empty when nothing
is given, and raises what is wrong; `widget` is the form field with what is in it."""


def _vietnamese_day(text: str) -> date:
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def _wrong(label: object, found: str, expected: str) -> InvalidInputError:
    return InvalidInputError(
        _("%(label)s: nhận “%(found)s”, cần %(expected)s")
        % {"label": label, "found": found, "expected": expected}
    )
