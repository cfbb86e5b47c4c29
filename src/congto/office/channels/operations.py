"""Master data of channels from files: mandates, agents, partner points, places, named lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.channels.models import KpiNaming
from congto.office.control.audit import operation
from congto.office.organisation.loading import Loaded, Rows, insert
from congto.office.payments.choices import PartnerKind
from congto.office.storage.bulk import bulk
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.storage.bulk import Bulk


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a file fills.

    Attributes:
        name: of the table in PostgreSQL.
        key: columns that identify a row. own: its other columns, as the file has them.
        refers: column of the file -> query of code and id of what it names, and the file of those.
        dated_by: column whose rows never overlap in [valid_from, valid_to); "" where they may.
    """

    name: str
    key: tuple[str, ...]
    own: tuple[str, ...]
    refers: Mapping[str, tuple[str, str]]
    dated_by: str = ""

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
        _keep_new(rows, held, table)
        _refuse_overlaps(rows, held, table)
        _insert(books, rows, table)
    return rows.loaded()


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
