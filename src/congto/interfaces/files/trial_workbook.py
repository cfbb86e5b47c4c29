"""A trial as a workbook: one sheet a question, figures as numbers, groups and companies drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # ships no types
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # ships no types

    Row = dict[str, Any]

MONEY_COLUMNS = (
    ("bills", "Hóa đơn / Bills"),
    ("energy_wh", "Wh"),
    ("baseline_net_vnd", "Tiền điện hiện hành / Net today (đ)"),
    ("draft_net_vnd", "Tiền điện dự thảo / Net draft (đ)"),
    ("change_net_vnd", "Chênh lệch / Change (đ)"),
    ("change_net_percent", "%"),
    ("baseline_gross_vnd", "Cả thuế hiện hành / Gross today (đ)"),
    ("draft_gross_vnd", "Cả thuế dự thảo / Gross draft (đ)"),
    ("baseline_average_price", "đ/kWh hiện hành / today"),
    ("draft_average_price", "đ/kWh dự thảo / draft"),
)
SHEETS = (
    ("groups", "Nhóm giá", ("group",)),
    ("companies", "Công ty", ("name",)),
    ("units", "Đơn vị", ("unit", "name")),
    ("deciles", "Thập phân vị", ("group", "decile", "accounts", "pay_more", "pay_less")),
    ("top", "Thay đổi nhiều nhất", ("agreement", "customer", "unit", "group")),
)
"""(key of the result, name of the sheet, heads of its rows)."""


def write_workbook(place: Path, result: Row) -> None:
    """Write a trial's result (office.billing.trial_report.report) to an XLSX file."""
    with xlsxwriter.Workbook(str(place), {"strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _summary(book, bold, result)
        for key, name, heads in SHEETS:
            sheet = book.add_worksheet(name)
            _table(sheet, bold, heads, result[key])
            if key in {"groups", "companies"} and result[key]:
                _chart(book, sheet, name, len(heads), len(result[key]))


def _summary(book: xlsxwriter.Workbook, bold: Format, result: Row) -> None:
    sheet = book.add_worksheet("Tổng hợp")
    trial, total, said = result["trial"], result["total"], result["customers"]
    rows = [
        ("Dự thảo / Draft", trial["name"]),
        ("Các tháng / Months", ", ".join(trial["months"])),
        ("Hiện hành / Today", trial["today"]),
        ("Giữ giá hiện hành / Keep today's price", ", ".join(trial["kept_groups"])),
        *((heading, total[key]) for key, heading in MONEY_COLUMNS),
        ("Khách hàng / Customers", said["accounts"]),
        ("Trả thêm / Pay more", said["pay_more"]),
        ("Trả bớt / Pay less", said["pay_less"]),
        ("Như cũ / The same", said["pay_the_same"]),
        ("Không đủ áp giá / Without one price", result["base"]["unpriced"]),
    ]
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 28)
    for line, (heading, value) in enumerate(rows):
        sheet.write(line, 0, heading, bold)
        _write(sheet, line, 1, value)


def _table(sheet: Worksheet, bold: Format, heads: tuple[str, ...], rows: list[Row]) -> None:
    keys = (*heads, *(key for key, _ in MONEY_COLUMNS))
    titles = (*heads, *(heading for _, heading in MONEY_COLUMNS))
    sheet.set_column(0, len(keys) - 1, 20)
    sheet.freeze_panes(1, len(heads))
    for column, title in enumerate(titles):
        sheet.write(0, column, title, bold)
    for line, row in enumerate(rows, start=1):
        for column, key in enumerate(keys):
            _write(sheet, line, column, row[key])


def _write(sheet: Worksheet, line: int, column: int, value: object) -> None:
    """Write counts and amounts as numbers; prices and percentages come as decimal texts."""
    text = str(value)
    if isinstance(value, int) or (isinstance(value, str) and _decimal(text)):
        sheet.write_number(line, column, float(text) if isinstance(value, str) else value)
    elif value is not None:
        sheet.write_string(line, column, text)


def _decimal(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit() and "." in text


def _chart(book: xlsxwriter.Workbook, sheet: Worksheet, name: str, heads: int, rows: int) -> None:
    """Draw net today and under the draft beside each other."""
    chart = book.add_chart({"type": "column"})
    for column in (heads + 2, heads + 3):
        chart.add_series(
            {
                "name": [name, 0, column],
                "categories": [name, 1, 0, rows, 0],
                "values": [name, 1, column, rows, column],
            }
        )
    chart.set_size({"width": 900, "height": 380})
    sheet.insert_chart(rows + 2, 0, chart)
