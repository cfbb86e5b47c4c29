"""What a list is, and one question to it: filter, order, columns, page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from congto.interfaces.console.grid import keyset
from congto.interfaces.console.grid.estimate import COUNTED_MAX, Size, size
from congto.interfaces.console.grid.keyset import Order
from congto.office.control.permissions import Action
from congto.office.control.queries import Scope, rows
from congto.office.control.telling import sentence_of
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise

    from congto.interfaces.console.grid.columns import Cell, Column
    from congto.interfaces.console.grid.filters import Filter, Widget

PAGE_ROWS = 50
PAGE_KEYS = ("after", "before")


@dataclass(frozen=True, slots=True)
class Grid:
    """A list of one book.

    Attributes:
        key: its name in saved views and exports; page: the name of its address.
        model: the book ("billing.Bill"); unit_field: lookup of the unit that decides the scope.
        order: key of the sort column it comes in, with "-" for descending.
        address: of the page where that is not its name.
        extra: values that the book does not keep, by name, each a new expression a question.
        row_link: name of the page that Enter opens and the lookup of its argument.
        action: the right that its readers need.
    """

    key: str
    page: str
    title: _StrOrPromise
    model: str
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]
    order: str
    row_link: tuple[str, str] | None = None
    unit_field: str = "unit"
    tie_break: str = "id"
    action: Action = Action.VIEW
    live_when: Mapping[str, frozenset[str]] | None = None
    address: str = ""
    extra: Mapping[str, Callable[[], Any]] | None = None

    def column(self, key: str) -> Column | None:
        """Return a column by its key."""
        return next((column for column in self.columns if column.key == key), None)


class Question:
    """One question to a list inside a scope; everything that was wrong is in `errors`."""

    def __init__(self, grid: Grid, data: Mapping[str, str], scope: Scope) -> None:
        self.grid = grid
        self.data = {key: value for key, value in data.items() if value is not None}
        self.scope = scope
        self.errors: list[str] = []

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Return the filtered rows of the scope; none at all when the filter is wrong."""
        found: QuerySet[Any] = rows(self.grid.model, self.scope, self.grid.unit_field)
        for one in self.grid.filters:
            try:
                found = found.filter(one.condition(self.data))
            except InvalidInputError as error:
                self.errors.append(sentence_of(error))
        for name, made in (self.grid.extra or {}).items():
            found = found.annotate(**{name: made()})
        return found.none() if self.errors else found

    @cached_property
    def size(self) -> Size:
        """Return how many rows there are, counted or estimated."""
        return Size(0, exact=True) if self.errors else size(self.rows)

    @cached_property
    def columns(self) -> list[Column]:
        """Return the columns chosen, else those shown by default."""
        wanted = [key for key in self.data.get("columns", "").split(",") if key]
        chosen = [column for key in wanted if (column := self.grid.column(key))]
        return chosen or [column for column in self.grid.columns if column.shown]

    @cached_property
    def sort(self) -> str:
        """Return the sort asked for when it may be used here, else the list's own."""
        asked = self.data.get("sort", "")
        column = self.grid.column(asked.removeprefix("-"))
        if not asked or asked == self.grid.order:
            return self.grid.order
        if column is None or not column.sort:
            self.errors.append(_("Không sắp xếp được theo “%(key)s”") % {"key": asked[:40]})
            return self.grid.order
        if not self.sortable(column):
            self.errors.append(
                _("Còn hơn %(most)s dòng: lọc hẹp hơn để sắp xếp theo “%(column)s”")
                % {"most": f"{COUNTED_MAX:,}".replace(",", "."), "column": column.label}
            )
            return self.grid.order
        return asked

    def sortable(self, column: Column) -> bool:
        """Tell whether sorting by the column costs no more than reading a page or a short list."""
        return column.sort and (column.indexed or self.size.exact)

    @property
    def order(self) -> Order:
        """Return the order with its unique end."""
        column = self.grid.column(self.sort.removeprefix("-"))
        path = column.path if column else self.grid.tie_break
        tie = self.grid.tie_break
        fields = (path,) if path == tie else (path, tie)
        return Order(fields, descending=self.sort.startswith("-"))

    def lookups(self, *extra: str) -> list[str]:
        """Return everything a query must select for the columns, the order and the links."""
        wanted = [lookup for column in self.columns for lookup in column.lookups()]
        link = [self.grid.row_link[1]] if self.grid.row_link else []
        live = list(self.grid.live_when or ())
        everything = [*wanted, *self.order.fields, *link, *live, self.grid.tie_break, *extra]
        return list(dict.fromkeys(everything))

    def page(self) -> Page:
        """Return the page asked for."""
        order, found = self.order, self.rows
        after, before = (self.data.get(key, "") for key in PAGE_KEYS)
        try:
            queryset, backward = keyset.page(found, order, PAGE_ROWS, after=after, before=before)
        except InvalidInputError as error:
            self.errors.append(sentence_of(error))
            queryset, backward = found.none(), False
        fetched: list[dict[str, Any]] = list(queryset.values(*self.lookups()))
        more = len(fetched) > PAGE_ROWS
        fetched = fetched[:PAGE_ROWS]
        if backward:
            fetched.reverse()
        has_next = bool(fetched) and (backward or more)
        has_previous = bool(fetched) and (more if backward else bool(after))
        return Page(
            fetched,
            after=order.cursor(fetched[-1]) if has_next else "",
            before=order.cursor(fetched[0]) if has_previous else "",
        )

    def batches(
        self, batch_rows: int, *, after: str = "", selected: Sequence[int] = ()
    ) -> Iterator[tuple[list[dict[str, Any]], str]]:
        """Yield all rows in batches, each with the cursor that the following one begins after."""
        found, order = self.rows, self.order
        if selected:
            found = found.filter(Q(**{f"{self.grid.tie_break}__in": list(selected)}))
        while True:
            queryset, _backward = keyset.page(found, order, batch_rows, after=after)
            fetched = list(queryset.values(*self.lookups()))
            more = len(fetched) > batch_rows
            batch = fetched[:batch_rows]
            if batch:
                after = order.cursor(batch[-1])
                yield batch, after
            if not more:
                return

    def address(self, **changes: str) -> str:
        """Return the query of the address with some keys changed; empty removes one."""
        keys = self._keys()
        kept = {key: value for key, value in self.data.items() if key in keys and value}
        kept |= self._emptied()
        for key, value in changes.items():
            kept.pop(key, None)
            if value:
                kept[key] = value
        return urlencode(kept)

    def _keys(self) -> set[str]:
        named = {name for one in self.grid.filters for name in one.fields}
        return named | {"sort", "columns", "unit"}

    def _emptied(self) -> dict[str, str]:
        """Return the filters with a default that the person has cleared; they stay cleared."""
        return {
            one.key: ""
            for one in self.grid.filters
            if getattr(one, "default", "") and self.data.get(one.key) == ""
        }

    def widgets(self) -> list[Widget]:
        """Return the filter form."""
        return [one.widget(self.data) for one in self.grid.filters]


def read_address(query: str) -> dict[str, str]:
    """Read a kept query back into what a Question takes."""
    return dict(parse_qsl(query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page and the cursors of its neighbours (empty: there is none)."""

    rows: list[dict[str, Any]]
    after: str
    before: str


def cells(question: Question, row: Mapping[str, Any]) -> list[Cell]:
    """Return one row's cells in the order of the columns."""
    return [column.cell(row) for column in question.columns]
