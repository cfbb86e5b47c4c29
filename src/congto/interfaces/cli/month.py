"""`congto month run|summary`: one month from delivered files to closed books.

Every step is idempotent and commits whole partitions, so a run that was killed anywhere is simply
run again: it does what is left.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from congto.interfaces.cli.boot import boot
from congto.interfaces.cli.steps import console, step
from congto.vocabulary.errors import RefusedError
from congto.vocabulary.periods import Period

if TYPE_CHECKING:
    import polars as pl

PAYING_DAYS = 25
"""Days of simulated payments after the bills are issued."""

PAYMENT_SEED = 23


def main(arguments: list[str]) -> int:
    """Run a month or print it again; exit 1 when a check of the month fails."""
    parser = argparse.ArgumentParser(prog="congto month", description=__doc__)
    parser.add_argument("action", choices=["run", "summary"])
    parser.add_argument("--month", required=True, help="year and month, as 2026-10")
    parser.add_argument("--from", dest="folder", type=Path, help="folder of delivered files")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    given = parser.parse_args(arguments)
    month = Period.parse_month(given.month)
    boot()
    from congto.office.scorecard.queries import checks_agree

    if given.action == "run":
        if given.folder is None:
            parser.error("run needs --from FOLDER: the delivered files of the month")
        run_month(month, given.folder)
    if given.json:
        from congto.office.scorecard.queries import summary_as_json

        sys.stdout.write(json.dumps(summary_as_json(month), ensure_ascii=False, indent=1) + "\n")
    else:
        print_summary(month)
    return 0 if checks_agree(month) else 1


def run_month(month: Period, folder: Path) -> None:
    """Take the delivered files of a month to closed books.

    The payments are the only part that is simulated: the sample's 23 partners and the counter.
    """
    from congto.office.storage.bulk import connection_kept

    at = datetime.now(UTC)  # noqa: TID251  (a door reads the clock)
    with connection_kept():
        read_in(month, folder, at)
        bill(month, at)
        collect(month, at)
        close(month, at)


def read_in(month: Period, folder: Path, at: datetime) -> None:
    """Stages 1 to 4: who and where, readings, half-hours, checks, usage."""
    from congto.interfaces.cli.imports import import_folder
    from congto.office.meterdata import operations as meterdata

    with step("files into the books") as report:
        imported = import_folder(folder, at=at, progress=report)
    if imported.rejected:
        console.print(f"  {imported.rejected} rows rejected, listed in {imported.rejected_folder}")
    days = validate(month, at)
    with step("readings checked") as report:
        meterdata.check_period(month, at=at, progress=report)
    with step("usage determined") as report:
        meterdata.determine_usage(month, at=at, progress=report)
    measure(month, days, at)


def validate(month: Period, at: datetime) -> list[date]:
    """Stage 3 of half-hours: validate the days that were delivered; return them."""
    from congto.office.meterdata import operations as meterdata
    from congto.office.meterdata.rule_book import rule_rows

    try:
        days = meterdata.days_to_validate(month)
    except RefusedError as error:  # bills go by registers and do not wait for half-hours
        console.print(f"  [red]{error.sentence()}[/red]")
        return []
    with step("half-hours validated") as report:
        meterdata.validate_days(days, rule_rows(), at=at, progress=report)
    return days


def measure(month: Period, days: list[date], at: datetime) -> None:
    """Stage 4 of half-hours: determinants, sums by group, how complete each source's days were."""
    from congto.interfaces.cli.imports import HEAD_END
    from congto.office.intake import operations as intake
    from congto.office.losses import operations as losses
    from congto.office.meterdata import operations as meterdata

    with step("usage points determined") as report:
        meterdata.determine_points(month, progress=report)
    with step("energy of groups, completeness of days") as report:
        meterdata.measure_days(days, at=at, progress=report)
        for day in days:
            intake.measure_day(HEAD_END, day, at=at)
        losses.derive_again(at=at)


def bill(month: Period, at: datetime) -> None:
    """Stage 5: bills, lines and postings."""
    from congto.office.billing import operations as billing
    from congto.reference import load_price_book

    with step("bills and postings") as report:
        billing.sync_price_decisions(load_price_book())
        run = billing.run_billing(month, at=at, issued_on=issue_day(month), progress=report)
    if run.parked:
        console.print(f"  {run.parked} accounts could not be billed; each has a finding")
    for sentence in run.failed:
        console.print(f"  [red]{sentence}[/red]")


def issue_day(month: Period) -> date:
    """Return the day the month's bills are issued: the third day after the last reading."""
    return month.end + timedelta(days=2)


def collect(month: Period, at: datetime) -> None:
    """Stages 6 and 7: simulated payments of real bills, bank statements, daily close."""
    from congto.office.payments import operations as payments
    from congto.office.payments.queries import payable_bills
    from congto.office.settlement import operations as settlement
    from congto.office.settlement.queries import days_that_differ
    from congto.sample import partners

    first = issue_day(month)
    last = first + timedelta(days=PAYING_DAYS)
    with step("payments of 23 partners and the counter") as report:
        payments.load_partners([partner.row() for partner in partners.PARTNERS])
        paid: pl.DataFrame = partners.simulate_payments(
            payable_bills(month), seed=PAYMENT_SEED, first_day=first, last_day=last
        )
        posted = payments.post_payments(paid, at=at, progress=report)
    if not posted.rejected.is_empty():
        console.print(f"  {posted.rejected.height} payments were refused; each has a finding")
    with step("bank statements, daily close"):
        settlement.import_statement(partners.bank_statements(paid), at=at)
        settlement.close_days(first, last + timedelta(days=1), at=at)
    for day in days_that_differ(first, last + timedelta(days=1)):
        console.print(
            f"  [red]{day.partner.code} {day.day:%d/%m/%Y}: collected {shown(day.collected_vnd)} đ,"
            f" credited {shown(day.credited_vnd)} đ[/red]"
        )


def close(month: Period, at: datetime) -> None:
    """Stages 9 and 11: energy balances, the month's figures and checks."""
    from congto.office.losses import operations as losses
    from congto.office.scorecard import operations as scorecard

    with step("energy balances"):
        losses.balance(month, at=at)
    with step("month closed"):
        scorecard.summarise(month, at=at)


def print_summary(month: Period) -> None:
    """Print the month by company and its checks as two tables on stdout."""
    from rich.console import Console

    from congto.office.scorecard.queries import summary_as_json

    figures = summary_as_json(month)
    if not figures["units"]:
        raise RefusedError(
            f"month {month.start:%Y-%m} has not been run",
            action="run it with congto month run --month YYYY-MM --from FOLDER",
        )
    out = Console(highlight=False)
    if not out.is_terminal:
        out = Console(highlight=False, width=LOG_WIDTH)
    out.print(unit_table(figures, f"Tháng / Month {month.start:%m/%Y}"))
    out.print(check_table(figures))


LOG_WIDTH = 120
"""Columns of the tables where the output is not a terminal."""

COLUMNS = (
    ("name", "Đơn vị\nUnit"),
    ("customers", "Khách hàng\nCustomers"),
    ("received_kwh", "Nhận kWh\nReceived"),
    ("sold_kwh", "Bán kWh\nSold"),
    ("loss_percent", "Tổn thất\nLoss %"),
    ("revenue_vnd", "Doanh thu đ\nRevenue"),
    ("average_price_vnd_per_kwh", "Giá bq\nđ/kWh"),
    ("collected_percent", "Đã thu\nPaid %"),
    ("partner_payers_percent", "NH+TGTT\nBank %"),
)


def unit_table(figures: dict[str, list[dict[str, object]]], title: str) -> Table:
    """Lay out the units' rows."""
    table = Table(title=title)
    for key, heading in COLUMNS:
        table.add_column(
            heading, justify="left" if key == "name" else "right", no_wrap=key != "name"
        )
    for row in figures["units"]:
        table.add_row(*(shown(row[key]) for key, _ in COLUMNS))
    return table


def check_table(figures: dict[str, list[dict[str, object]]]) -> Table:
    """Lay out the month's sum checks."""
    table = Table(title="Kiểm tra / Checks")
    for heading, side in (("Phải bằng nhau", "left"), ("", "right"), ("", "right"), ("", "left")):
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for row in figures["checks"]:
        verdict = "[green]khớp / agrees[/green]" if row["agrees"] else "[red]LỆCH / DIFFERS[/red]"
        sides = (f"{shown(row[side])} {row['measure']}" for side in ("left", "right"))
        table.add_row(str(row["title"]), *sides, verdict)
    return table


def shown(value: object) -> str:
    """Write numbers the Vietnamese way: dots between thousands, a comma before decimals."""
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    text = str(value)
    return text.replace(".", ",") if text.replace(".", "", 1).isdigit() else text
