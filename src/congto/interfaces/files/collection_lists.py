"""Files of collection lists: bills out to a bank or an agent, what became of them back.

Both are CSV in UTF-8 with a header. The last line says END, how many lines stand before it and what
they sum up to, so that half a file is never taken for a whole one. Amounts are whole đồng.

Out: reference, customer, name, address, account, holder, amount_vnd, period.
Back: reference, result (PAID or REFUSED), amount_vnd, paid_at (2026-11-05T10:00:00, local unless it
says otherwise; empty where refused), reason. Its sum counts what was paid.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.channels.lists import Told
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.office.channels.queries import Handed

OUT = ("reference", "customer", "name", "address", "account", "holder", "amount_vnd", "period")
BACK = ("reference", "result", "amount_vnd", "paid_at", "reason")
END = "END"
PAID, REFUSED = "PAID", "REFUSED"
BYTES_MAX = 50 * 2**20


def to_csv(lines: Iterable[Handed]) -> bytes:
    """Write the file that goes out; the same lines give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(OUT)
    count = total = 0
    for one in lines:
        writer.writerow([_neutral(str(value)) for value in one])
        count += 1
        total += one.amount_vnd
    writer.writerow([END, count, total])
    return text.getvalue().encode()


def read_result(content: bytes) -> list[Told]:
    """Read a file that comes back, whole or not at all.

    Raises:
        InvalidInputError: not UTF-8, other columns, a line that cannot be read, or a last line that
            does not say what stands before it.
    """
    rows = _rows(content)
    line, last = rows[-1]
    if last[0] != END or len(last) < 3:
        raise _broken(line, _("tệp không có dòng cuối END"))
    told = [_told(number, row) for number, row in rows[:-1]]
    total = sum(one.amount_vnd for one in told if one.paid)
    if (last[1], last[2]) != (str(len(told)), str(total)):
        found = _("dòng cuối ghi %(count)s dòng, %(total)s đồng") % {
            "count": last[1][:20],
            "total": last[2][:20],
        }
        raise _broken(line, found, f"{len(told)} dòng, {total} đồng")
    _refuse_doubles([number for number, _row in rows], told)
    return told


def _refuse_doubles(lines: list[int], told: list[Told]) -> None:
    seen: set[str] = set()
    for line, one in zip(lines, told, strict=False):  # the last line is END
        if one.reference in seen:
            raise _broken(line, _("mã %(code)s có hai lần") % {"code": one.reference[:40]})
        seen.add(one.reference)


def _rows(content: bytes) -> list[tuple[int, list[str]]]:
    """Return the lines after the header that are not blank, each with its number."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _broken(1, _("tệp không phải UTF-8")) from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = [(reader.line_num, [value.strip() for value in row]) for row in reader if row]
    except csv.Error as error:
        raise _broken(reader.line_num, _("dòng không đọc được theo CSV")) from error
    if not rows or tuple(rows[0][1]) != BACK:
        found = ", ".join(rows[0][1])[:80] if rows else _("tệp trống")
        raise _broken(1, found, ", ".join(BACK))
    if len(rows) == 1:
        raise _broken(2, _("tệp không có dòng cuối END"))
    return rows[1:]


def _told(number: int, row: list[str]) -> Told:
    if len(row) != len(BACK):
        raise _broken(number, _("%(found)d cột") % {"found": len(row)}, str(len(BACK)))
    reference, result, amount, paid_at, reason = row
    if result not in {PAID, REFUSED}:
        raise _broken(number, result[:20] or "-", f"{PAID}, {REFUSED}")
    if result == REFUSED:
        return Told(reference, paid=False, amount_vnd=0, paid_at=None, reason=reason)
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) < 10**15):
        raise _broken(number, amount[:20] or "-", _("số đồng nguyên"))
    return Told(reference, paid=True, amount_vnd=int(amount), paid_at=_instant(number, paid_at))


def _instant(number: int, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise _broken(number, text[:40] or "-", "2026-11-05T10:00:00") from error
    return found if found.tzinfo else found.replace(tzinfo=LOCAL_ZONE)


def _broken(line: int, found: str, expected: str = "") -> InvalidInputError:
    return InvalidInputError(
        _("Dòng %(line)d: %(what)s") % {"line": line, "what": found},
        expected=expected,
        action=_("lấy lại tệp; chưa dòng nào được nhận"),
    )


def _neutral(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
