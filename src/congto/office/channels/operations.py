"""Master data of channels from files: mandates, agents, partner points, places, named lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from congto.office.channels.models import (
    Agent,
    AgentBook,
    KpiNaming,
    ListedCommune,
    Mandate,
    PartnerPoint,
    PointPlace,
)
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.organisation.loading import Loaded, Rows, insert
from congto.office.payments.choices import PartnerKind
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User
    from django.db.models import Manager

    from congto.office.storage.bulk import Bulk


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a file fills.

    Attributes:
        name: of the table in PostgreSQL.
        key: columns that identify a row. own: its other columns, as the file has them.
        refers: column of the file -> query of code and id of what it names, and the file of those.
        dated_by: column whose rows never overlap in [valid_from, valid_to); "" where they may.
        follows: a row of a later day ends the one before, as when communes merge.
    """

    name: str
    key: tuple[str, ...]
    own: tuple[str, ...]
    refers: Mapping[str, tuple[str, str]]
    dated_by: str = ""
    follows: bool = False

    @property
    def stored(self) -> list[str]:
        """Return the columns that the file fills, as PostgreSQL names them."""
        given = dict.fromkeys((*self.key, *self.own))
        return [f"{name}_id" if name in self.refers else name for name in given]


UNITS = ("SELECT code, id FROM organisation_unit", "units.csv")
COMMUNES = ("SELECT code, id FROM channels_commune", "communes.csv")
PARTNERS = ("SELECT code, id FROM payments_partner", "partners")
BANKS = (
    f"SELECT code, id FROM payments_partner WHERE kind = '{PartnerKind.BANK.value}'",  # noqa: S608  (a constant)
    "partners that are banks",
)
AGENT_PARTNERS = (
    f"SELECT code, id FROM payments_partner WHERE kind = '{PartnerKind.AGENT.value}'",  # noqa: S608  (a constant)
    "partners that are agents",
)
AGENTS = (
    "SELECT q.code, a.id FROM channels_agent a JOIN payments_partner q ON q.id = a.partner_id",
    "agents.csv",
)
BOOKS = ("SELECT code, id FROM meters_readingbook", "reading_books.csv")
POINTS = ("SELECT code, id FROM meters_usagepoint", "usage_points.csv")
CUSTOMERS = ("SELECT code, id FROM customers_customer", "customers.csv")
DATES = ("valid_from", "valid_to")

TABLES: dict[str, Table] = {
    "communes": Table("channels_commune", ("code",), ("name", "province"), {}),
    "places": Table(
        "channels_pointplace",
        ("usage_point", "valid_from"),
        ("commune", "longitude", "latitude", "valid_to"),
        {"usage_point": POINTS, "commune": COMMUNES},
        "usage_point",
        follows=True,
    ),
    "listed_communes": Table(
        "channels_listedcommune", ("decision", "commune"), DATES, {"commune": COMMUNES}
    ),
    "points": Table(
        "channels_partnerpoint",
        ("code",),
        ("partner", "name", "address", "longitude", "latitude", *DATES),
        {"partner": PARTNERS},
    ),
    "mandates": Table(
        "channels_mandate",
        ("number",),
        ("customer", "unit", "bank", "account", "holder", "limit_vnd", *DATES, "document"),
        {"customer": CUSTOMERS, "unit": UNITS, "bank": BANKS},
        "customer",
    ),
    "agents": Table(
        "channels_agent",
        ("partner",),
        ("unit", "phone", "visits_homes", *DATES, "document"),
        {"partner": AGENT_PARTNERS, "unit": UNITS},
    ),
    "agent_books": Table(
        "channels_agentbook",
        ("book", "valid_from"),
        ("agent", "valid_to"),
        {"book": BOOKS, "agent": AGENTS},
        "book",
    ),
}
"""What can be loaded, in the order in which one refers to another."""


def load(what: str, frame: pl.DataFrame, *, file: str = "") -> Loaded:
    """Add the delivered rows that the books lack; equal rows stay, others are listed as errors.

    Args:
        what: a key of TABLES.
        frame: one row per row of that table; references by code, dates as days, amounts whole đồng.
        file: the name that errors give.
    """
    table = TABLES[what]
    with bulk() as books:
        rows = Rows.of(_with_texts(frame), file or f"{what}.csv")
        for column, (known, of) in table.refers.items():
            rows.resolve(column, books.read(known), of=of)
        if "valid_to" in frame.columns:
            rows.reject(
                pl.col("valid_to") <= pl.col("valid_from"),
                "valid_to",
                pl.format("valid_to {} is not after valid_from {}", "valid_to", "valid_from"),
                expected="the first day on which it holds no more",
                action="correct the dates",
            )
        held = books.read(f"SELECT {', '.join(table.stored)} FROM {table.name}")  # noqa: S608  (constants)
        if table.follows:
            _end_before_the_next(rows, held, table)
        _keep_new(rows, held, table)
        if table.follows:
            held = _end_held(books, rows, held, table)
        _refuse_overlaps(rows, held, table)
        _insert(books, rows, table)
    return rows.loaded()


def _end_before_the_next(rows: Rows, held: pl.DataFrame, table: Table) -> None:
    """End open delivered rows where the next row of their owner begins, held or delivered."""
    key = [f"{table.dated_by}_id", "valid_from"]
    starts = pl.concat([rows.good.select(key), held.select(key)]).unique().sort(key)
    starts = starts.with_columns(following=pl.col("valid_from").shift(-1).over(key[0]))
    joined = rows.good.join(starts, on=key, how="left", maintain_order="left")
    rows.good = joined.with_columns(
        valid_to=pl.coalesce(pl.col("valid_to").cast(pl.Date), "following")
    ).drop("following")


def _end_held(books: Bulk, rows: Rows, held: pl.DataFrame, table: Table) -> pl.DataFrame:
    """End the books' open rows where a delivered row of a later day begins; return them so."""
    owner = f"{table.dated_by}_id"
    held = held.cast({"valid_to": pl.Date})
    later = rows.good.select(owner, start="valid_from")
    ends = (
        held.filter(pl.col("valid_to").is_null())
        .join(later, on=owner)
        .filter(pl.col("start") > pl.col("valid_from"))
        .group_by(owner, "valid_from")
        .agg(pl.col("start").min())
    )
    if ends.is_empty():
        return held
    books.execute(
        f"UPDATE {table.name} p SET valid_to = n.start"  # noqa: S608  (constants)
        " FROM unnest($1::bigint[], $2::date[]) AS n (owner, start)"
        f" WHERE p.{owner} = n.owner AND p.valid_to IS NULL AND p.valid_from < n.start",
        (ends[owner].to_list(), ends["start"].to_list()),
    )
    joined = held.join(ends, on=[owner, "valid_from"], how="left", maintain_order="left")
    return joined.with_columns(valid_to=pl.coalesce("valid_to", "start")).drop("start")


def _keep_new(rows: Rows, held: pl.DataFrame, table: Table) -> None:
    """Go on with rows whose key the books lack."""
    key = pl.concat_str(
        [pl.col(table.stored[n]).cast(pl.String) for n in range(len(table.key))], separator=" "
    )
    compared = table.stored[len(table.key) :]
    rows.good = rows.good.with_columns(__key=key).with_columns(key=pl.col("__key")).drop("__key")
    same = {name: held.schema[name] for name in compared}
    rows.good = rows.good.cast(same)  # type: ignore[arg-type]  # dict is invariant
    rows.keep_new(held.with_columns(key=key), "key", compared)


def _refuse_overlaps(rows: Rows, held: pl.DataFrame, table: Table) -> None:
    """List rows that are in force together with another row of the same owner."""
    if not table.dated_by or rows.good.is_empty():
        return
    owner = f"{table.dated_by}_id"
    far = pl.lit("9999-12-31").str.to_date()
    new = rows.good.select(owner, *DATES, "line")
    others = pl.concat(
        [
            new.rename({"line": "other"}),
            held.select(owner, *DATES, other=pl.lit(0, dtype=pl.Int64)).cast({"valid_to": pl.Date}),
        ],
        how="vertical_relaxed",
    )
    both = new.join(others, on=owner, suffix="_2").filter(
        pl.col("line") > pl.col("other"),
        pl.col("valid_from") < pl.col("valid_to_2").fill_null(far),
        pl.col("valid_from_2") < pl.col("valid_to").fill_null(far),
    )
    rows.reject(
        pl.col("line").is_in(both["line"].implode()),
        table.dated_by,
        pl.format("{} has a row of these days already", table.dated_by),
        expected="one row in force at a time",
        action="end the other row first, or correct the dates",
    )


def _insert(books: Bulk, rows: Rows, table: Table) -> None:
    insert(books, table.name, rows.good.select(table.stored))


def _with_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with "" where the books keep an empty text and the file has nothing."""
    texts = [name for name in ("phone", "address") if name in frame.columns]
    return frame.with_columns(pl.col(texts).cast(pl.String).fill_null(""))


ENDING: dict[str, tuple[Manager[Any], tuple[str, ...]]] = {
    "mandates": (Mandate.objects, ("number",)),
    "points": (PartnerPoint.objects, ("code",)),
    "agents": (Agent.objects, ("partner__code",)),
    "agent_books": (AgentBook.objects, ("book__code",)),
    "places": (PointPlace.objects, ("usage_point__code",)),
    "listed_communes": (ListedCommune.objects, ("decision", "commune__code")),
}
"""Dated tables -> their rows, and what names a row of them that is in force."""


def end(  # noqa: PLR0913  (what ends, when, why, by whom)
    what: str,
    key: Sequence[str],
    day: date,
    *,
    reason: str,
    user: User | None,
    at: datetime,
) -> None:
    """End the row that is in force on the day before `day`: it holds on `day` no more.

    Args:
        what: a key of ENDING.
        key: the values that name the row, as its file has them.
        day: first day on which it does not hold.
        reason: why, as a notice of the customer or of the partner.
        user: who ends it; needs the right to propose in its unit, where it has one.
        at: now.

    Raises:
        InvalidInputError: no reason.
        RefusedError: no such row is in force then, or no right.
    """
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    held, names = ENDING[what]
    name = " ".join(key)
    with operation(
        user, f"channels.end_{what}", what, name, unit=None, reason=reason, at=at
    ) as work:
        given = dict(zip(names, key, strict=True))
        rows = held.select_for_update(of=("self",)).filter(**given)
        later = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        row: Any = rows.filter(later, valid_from__lt=day).first()
        if row is None:
            raise RefusedError(
                _("%(name)s không có hiệu lực trước ngày %(day)s")
                % {"name": name[:40], "day": f"{day:%d/%m/%Y}"}
            )
        work.unit = getattr(row, "unit", None)
        if user is not None:
            require(user, Action.PROPOSE, work.unit)
        work.before, work.after = {"valid_to": row.valid_to}, {"valid_to": day}
        row.valid_to = day
        row.save(update_fields=["valid_to"])


@transaction.atomic
def name_list(
    decision: str, document: str, valid_from: date, *, user: User | None, at: datetime
) -> KpiNaming:
    """Say which decision's list the target names from a day on; the day's earlier word is replaced.

    Raises:
        InvalidInputError: the document that sets the target is not named.
    """
    if not document.strip():
        raise InvalidInputError(
            _("Thiếu văn bản giao chỉ tiêu"), action=_("ghi số văn bản nêu danh sách xã")
        )
    with operation(user, "kpi.name_list", "kpi", decision, unit=None, at=at) as work:
        found = KpiNaming.objects.filter(valid_from=valid_from).first()
        work.before = {"decision": found.decision} if found else None
        work.after = {"decision": decision, "valid_from": valid_from, "document": document}
        naming, _made = KpiNaming.objects.update_or_create(
            valid_from=valid_from, defaults={"decision": decision, "document": document.strip()}
        )
    return naming
