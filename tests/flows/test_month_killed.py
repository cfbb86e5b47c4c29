"""`congto month run` killed with SIGKILL at random moments, then run again: as if never killed."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from django.db import connection
from django.test import override_settings
from psycopg import sql

from congto.office.storage.bulk import read
from congto.office.storage.interval_tables import VALIDATED
from congto.office.storage.intervals import validated_rows
from congto.vocabulary.intervals import Channel
from congto.vocabulary.periods import Period

STORY = Path(__file__).parent / "one_month_of_five_customers"
COPIES = 60
"""The story's five customers this many times: 300 customers in 120 books."""

KILLS = 2

SNAPSHOTS = {
    "readings": "SELECT p.code, r.register, r.read_on, r.version, r.index_wh FROM"
    " meterdata_registerreading r JOIN meters_usagepoint p ON p.id = r.usage_point_id",
    "usage": "SELECT a.code, u.period_from, u.version, u.energy_wh, u.reactive_varh"
    " FROM meterdata_usage u JOIN customers_agreement a ON a.id = u.agreement_id",
    "bills": "SELECT a.code, b.period_from, b.version, b.state, b.net_vnd, b.vat_vnd, b.gross_vnd"
    " FROM billing_bill b JOIN customers_agreement a ON a.id = b.agreement_id",
    "lines": "SELECT a.code, l.line_no, l.charge, l.tier, l.band, l.energy_wh, l.amount_vnd"
    " FROM billing_billline l JOIN billing_bill b ON b.id = l.bill_id"
    " JOIN customers_agreement a ON a.id = b.agreement_id",
    "postings": "SELECT j.kind, x.code AS account, a.code, p.amount_vnd FROM ledger_posting p"
    " JOIN ledger_journal j ON j.id = p.journal_id JOIN ledger_account x ON x.id = p.account_id"
    " LEFT JOIN customers_agreement a ON a.id = p.party",
    "payments": "SELECT r.code AS partner, a.code, p.partner_txn_id, p.amount_vnd"
    " FROM payments_payment p JOIN payments_partner r ON r.id = p.partner_id"
    " JOIN customers_agreement a ON a.id = p.agreement_id",
    "days": "SELECT r.code, d.day, d.state, d.collected_vnd, d.credited_vnd"
    " FROM settlement_settlementday d JOIN payments_partner r ON r.id = d.partner_id",
    "findings": "SELECT rule, subject, observed, expected FROM control_findingrecord",
    "half-hour findings": "SELECT f.rule, f.action, p.code, f.local_day, f.first, f.last,"
    " f.observed, f.expected FROM meterdata_dayfinding f JOIN meters_usagepoint p"
    " ON p.id = f.usage_point_id",
    "completeness": "SELECT u.code, c.local_day, c.points, c.present"
    " FROM meterdata_daycompleteness c JOIN organisation_unit u ON u.id = c.unit_id",
    "sources": "SELECT source, local_day, points, expected FROM intake_sourceday",
    "marks": "SELECT local_day, stage FROM meterdata_dirtyday",
    "figures": "SELECT u.code, f.bills, f.sold_wh, f.loss_wh, f.gross_vnd, f.collected_vnd"
    " FROM scorecard_monthfigure f JOIN organisation_unit u ON u.id = f.unit_id",
}


DAYS = 3
"""Days of October with half-hours."""

JUDGED = ["values", "qualities", "methods", "reasons", "quality"]
KEYS = ["element", "unit"]
"""Numbers of rows, others in each run."""


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    """Hand over the story's customers many times, each copy with its own meters and books."""
    folder = tmp_path / "delivery"
    folder.mkdir()
    for name in ("units.csv", "network.csv"):
        shutil.copy(STORY / "0_setup" / name, folder)
    for name in ("customers", "agreements", "usage_points", "meters", "reading_books"):
        many(pl.read_csv(STORY / "0_setup" / f"{name}.csv", infer_schema=False)).write_csv(
            folder / f"{name}.csv"
        )
    reads = pl.read_csv(
        STORY / "1_reads" / "register_reads.csv",
        schema_overrides={"index_wh": pl.Int64},
        try_parse_dates=True,
    )
    many(reads).write_parquet(folder / "register_reads.parquet")
    read_remotely(folder)
    return folder


def read_remotely(folder: Path) -> None:
    """Let the business of each copy and the grid's meters send half-hours for three days.

    Each has a curve of its own; every seventh lost an hour, and every eleventh sends one below
    zero.
    """
    remote = pl.col("usage_point").str.contains("3001$|-M$")
    meters = pl.read_csv(folder / "meters.csv", infer_schema=False)
    meters.with_columns(remote=remote.cast(pl.String)).write_csv(folder / "meters.csv")
    points = meters.filter(remote)["usage_point"].to_list()
    days = [
        {
            "usage_point": point,
            "channel": "A+",
            "local_day": date(2026, 10, 1 + day),
            "values": curve(number, day),
        }
        for day in range(DAYS)
        for number, point in enumerate(points)
    ]
    pl.DataFrame(days, schema_overrides={"values": pl.List(pl.Int64)}).write_parquet(
        folder / "intervals.parquet"
    )


def curve(number: int, day: int) -> list[int | None]:
    values: list[int | None] = [900 + 7 * (number % 31) + 40 * (k % 9) + day for k in range(48)]
    if number % 7 == day:
        values[10:12] = [None, None]
    if number % 11 == day:
        values[20] = -5
    return values


def many(frame: pl.DataFrame) -> pl.DataFrame:
    """Repeat the rows, giving copy n its own customer, meter and book codes; the grid stays one."""
    first = frame.columns[0]
    own = pl.col(first).str.contains("-M$") | pl.col(first).is_in(
        [f"SIM{serial:010}" for serial in range(6, 10)]
    )
    once = frame.filter(own)
    copies = [
        frame.filter(~own).with_columns(
            pl.col(pl.String)
            .str.replace("PB000100000", f"PB0001{copy:05}")
            .str.replace("SIM00000000", f"SIM{copy:08}")
            .str.replace("^A01(0[12])$", f"A{copy:03}${{1}}")
        )
        for copy in range(COPIES)
    ]
    return pl.concat([*copies, once])


def command(delivery: Path, url: str, data: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "congto.interfaces.cli.main", "month", "run"),
            *("--month", "2026-10", "--from", str(delivery)),
        ],
        env={**os.environ, "DATABASE_URL": url, "CONGTO_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    output, _ = process.communicate(timeout=240)
    # Exit 1 is right: the story's grid meters saw one set of customers, not two hundred.
    assert process.returncode in {0, 1}, output.decode()


def snapshot(data: Path) -> dict[str, list[str]]:
    """Return what the month left in the books, the store and the derived files."""
    frames = {name: read(query) for name, query in SNAPSHOTS.items()} | stored(data)
    return {name: sorted(map(repr, frame.rows())) for name, frame in frames.items()}


def stored(data: Path) -> dict[str, pl.DataFrame]:
    """Return the validated days, sums by group and determinants, without numbers of rows."""
    codes = read("SELECT id AS usage_point, code FROM meters_usagepoint")
    days = []
    with override_settings(DATA=data):
        for day in Period(date(2026, 10, 1), date(2026, 10, 1 + DAYS)).each_day():
            rows = validated_rows(VALIDATED.snapshot(day), day, Channel.ACTIVE_IMPORT)
            days.append(rows.join(codes, on="usage_point").select("code", "local_day", *JUDGED))
    determined = pl.read_parquet(data / "determinants" / "2026-10-01_2026-11-01" / "*.parquet")
    return {
        "validated": pl.concat(days),
        "aggregates": pl.read_parquet(data / "aggregates" / "*.parquet").drop(KEYS),
        "determinants": determined.join(codes, on="usage_point").drop("usage_point"),
    }


def empty_the_books() -> None:
    """Forget everything a month wrote; the ledger lets only its owner do so, triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename NOT LIKE 'django_%'"
            " AND tablename NOT LIKE 'procrastinate_%' AND tablename NOT LIKE 'auth_%'"
            " AND tablename <> 'ledger_permittedleg'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        cursor.execute("SET session_replication_role = origin")


@pytest.mark.slow
def test_a_killed_month_run_again_equals_one_that_was_never_killed(
    books: str, delivery: Path, tmp_path: Path
) -> None:
    began = time.monotonic()
    finish(command(delivery, books, tmp_path / "one"))
    whole = time.monotonic() - began
    expected = snapshot(tmp_path / "one")
    assert len(expected["bills"]) == 4 * COPIES
    assert len(expected["validated"]) == DAYS * (COPIES + 4)
    assert len(expected["half-hour findings"]) > DAYS
    assert expected["marks"] == []
    empty_the_books()

    seed = random.SystemRandom().randrange(10**6)
    moments = random.Random(seed)  # noqa: S311  (moments to kill at, not secrets)
    for _ in range(KILLS):
        process = command(delivery, books, tmp_path / "two")
        time.sleep(moments.uniform(0.15, 0.95) * whole)
        process.kill()
        process.communicate()
    finish(command(delivery, books, tmp_path / "two"))
    after = snapshot(tmp_path / "two")
    for name, rows in expected.items():
        assert after[name] == rows, f"{name} differ after kills with seed {seed}"
