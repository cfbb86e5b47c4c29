"""Pages by key: the next page begins after the last row shown, however many rows came meanwhile.

An offset would read everything before it and, when rows are inserted, show some twice or never.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import F, Field, Model
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Order:
    """Ascending or descending by `fields`; the last one is unique and breaks ties."""

    fields: tuple[str, ...]
    descending: bool = False

    def clauses(self, *, backward: bool) -> list[str]:
        """Return what `order_by` takes; backward pages are read in reverse."""
        sign = "-" if self.descending != backward else ""
        return [f"{sign}{name}" for name in self.fields]

    def beyond(self, key: Sequence[Any], *, backward: bool) -> TupleGreaterThan | TupleLessThan:
        """Return the restriction to rows behind (or before) the key, as one row comparison."""
        compare = TupleLessThan if self.descending != backward else TupleGreaterThan
        return compare(Tuple(*(F(name) for name in self.fields)), tuple(key))

    def cursor(self, row: Mapping[str, Any]) -> str:
        """Return the row's key as text for an address."""
        values = [_plain(row[name]) for name in self.fields]
        text = json.dumps([self._name(), *values], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def key(self, model: type[Model], cursor: str) -> list[Any]:
        """Read a cursor back; one of another order or made up by hand is refused."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            name, *values = json.loads(base64.urlsafe_b64decode(padded))
            fields = [field_of(model, path) for path in self.fields]
            key = [field.to_python(value) for field, value in zip(fields, values, strict=True)]
        except (ValueError, TypeError, binascii.Error, ValidationError) as error:
            raise _unusable() from error
        if name != self._name() or None in key:
            raise _unusable()
        return key

    def _name(self) -> str:
        return ",".join(self.clauses(backward=False))


def _unusable() -> InvalidInputError:
    return InvalidInputError(
        _("Địa chỉ của trang này không còn dùng được"), action=_("về trang đầu")
    )


def _plain(value: object) -> object:
    """Return the value for JSON, with every microsecond of an instant."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def field_of(model: type[Model], path: str) -> Field[Any, Any]:
    """Return the model field at the end of a lookup path."""
    *steps, last = path.split("__")
    for step in steps:
        related = model._meta.get_field(step).related_model  # noqa: SLF001  (Django's own way)
        assert isinstance(related, type), path
        model = related
    found = model._meta.get_field(last)  # noqa: SLF001  (Django's own way)
    assert isinstance(found, Field), path
    return found


def page(
    queryset: QuerySet[Any], order: Order, size: int, *, after: str = "", before: str = ""
) -> tuple[QuerySet[Any], bool]:
    """Return the rows of a page plus one more that tells whether there is another; and direction.

    The second value is True when the rows come in reverse (a page asked for by `before`).
    """
    backward = bool(before) and not after
    cursor = after or before
    if cursor:
        key = order.key(queryset.model, cursor)
        queryset = queryset.filter(order.beyond(key, backward=backward))
    return queryset.order_by(*order.clauses(backward=backward))[: size + 1], backward
