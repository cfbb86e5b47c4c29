"""The tables that `congto trial` prints."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from congto.interfaces.cli.month import shown

Row = dict[str, Any]

GROUP_COLUMNS = (
    ("bills", "Hóa đơn\nBills"),
    ("energy_kwh", "kWh"),
    ("baseline_net_vnd", "Hiện hành\nToday (đ)"),
    ("draft_net_vnd", "Dự thảo\nDraft (đ)"),
    ("change_net_percent", "%"),
    ("baseline_average_price", "đ/kWh\n(today)"),
    ("draft_average_price", "đ/kWh\n(draft)"),
)


def print_result(result: Row) -> None:
    """Print the sums by group, company and decile, and what is not in them."""
    console = Console(highlight=False)
    trial, total = result["trial"], result["total"]
    console.print(f"[bold]{trial['name']}[/bold] · {', '.join(trial['months'])}")
    console.print(
        f"Hiện hành / today: {trial['today']}. Dự thảo áp cho mọi ngày của kỳ / "
        "the draft holds on every day of the base."
    )
    if trial["kept_groups"]:
        console.print(f"Giữ giá hiện hành / keep today's price: {', '.join(trial['kept_groups'])}")
    rows = [(row["group"], row) for row in result["groups"]]
    console.print(_table("Theo nhóm giá / By group", [*rows, ("Σ", total)]))
    console.print(
        _table("Theo công ty / By company", [(r["name"], r) for r in result["companies"]])
    )
    deciles = [(f"{row['group']} {row['decile']}", row) for row in result["deciles"]]
    console.print(_table("Theo thập phân vị / By decile of use", deciles))
    said = result["customers"]
    console.print(
        f"Khách hàng / customers: {shown(said['accounts'])}; "
        f"trả thêm / pay more {shown(said['pay_more'])} ({shown(said['more_vnd'])} đ), "
        f"trả bớt / pay less {shown(said['pay_less'])} ({shown(said['less_vnd'])} đ), "
        f"như cũ / the same {shown(said['pay_the_same'])}"
    )
    _print_left_out(console, result)


def _print_left_out(console: Console, result: Row) -> None:
    base = result["base"]
    console.print(
        f"Nền / base: {shown(base['periods'])}; đã phát hành / issued {shown(base['billed'])}, "
        f"tính lại bằng / re-rated equal {shown(base['bills_as_issued'])}, "
        f"khác / different {shown(base['bills_not_as_issued'])}"
    )
    if base["unpriced"]:
        console.print(
            f"[yellow]Không đủ áp giá / without one price: {shown(base['unpriced'])}[/yellow]"
        )
    for row in result["refused"]:
        said = f"Không tính được / not rated ({row['refusal']}): {shown(row['bills'])}"
        console.print(f"[yellow]{said}[/yellow]")


def _table(title: str, rows: list[tuple[str, Row]]) -> Table:
    table = Table(title=title)
    table.add_column("")
    for _key, heading in GROUP_COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, row in rows:
        figures = {**row, "energy_kwh": row["energy_wh"] // 1000}
        cells = (figures[key] for key, _ in GROUP_COLUMNS)
        table.add_row(name, *("–" if cell is None else shown(cell) for cell in cells))
    return table
