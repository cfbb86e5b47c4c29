"""The route of a reading book as CSV: taken to a spreadsheet, put in order, brought back."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.office.meters.models import UsagePoint

COLUMNS = ("place", "usage_point", "name", "address", "pole")
NEEDED = COLUMNS[:2]
BYTES_MAX = 2_000_000
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(points: Iterable[UsagePoint]) -> bytes:
    """Write points in their order: UTF-8 with a mark that spreadsheets know, comma, header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for place, point in enumerate(points, 1):
        customer = point.agreement.customer if point.agreement else None
        stop = getattr(point, "route_stop", None)
        words = (customer.name, customer.address) if customer else ("", "")
        row = [place, point.code, *map(_neutral, (*words, stop.pole if stop else ""))]
        writer.writerow(row)
    return text.getvalue().encode("utf-8-sig")


def codes_of(content: bytes) -> list[str]:
    """Return the codes of a brought file in the order of their places; equal places as they stand.

    Raises:
        InvalidInputError: the file is too large, no UTF-8, lacks a column, or a place is no number.
    """
    if len(content) > BYTES_MAX:
        raise InvalidInputError(
            _("Tệp lộ trình quá lớn"), expected=_("tối đa %(most)d MB") % {"most": 2}
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            _("Tệp lộ trình không theo UTF-8"), action=_("lưu tệp theo CSV UTF-8")
        ) from error
    comma = ";" if ";" in text.partition("\n")[0] else ","  # as spreadsheets of Viet Nam write it
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=comma)
    if not set(NEEDED) <= set(reader.fieldnames or ()):
        raise InvalidInputError(
            _("Tệp lộ trình thiếu cột"), expected=", ".join(NEEDED), action=_("giữ dòng tiêu đề")
        )
    rows = [(_place(reader.line_num, row), (row["usage_point"] or "").strip()) for row in reader]
    return [code for _place_of, code in sorted(rows, key=lambda one: one[0])]


def _place(line: int, row: dict[str, str]) -> int:
    """Return the place of a line; a blank or wrong one is a sentence with the line."""
    found = (row["place"] or "").strip()
    if not (found.isascii() and found.isdigit() and int(found[:9]) > 0):
        raise InvalidInputError(
            _("Dòng %(line)d: thứ tự “%(found)s”") % {"line": line, "found": found[:20]},
            expected=_("số nguyên từ 1"),
            action=_("sửa dòng này; chưa có gì thay đổi"),
        )
    return int(found[:9])


def _neutral(text: str) -> str:
    """Return the text so that no spreadsheet runs it as a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
