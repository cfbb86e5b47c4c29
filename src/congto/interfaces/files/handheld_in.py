"""Lines that a device brought back, as typed readings of a book's sheet."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.interfaces.files.handheld import LineError
from congto.interfaces.files.handheld_out import fields_of, figure, register_code
from congto.office.control.telling import sentence_of
from congto.office.meterdata.choices import VisitState
from congto.office.meterdata.manual_entry import Typed
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from congto.interfaces.files.handheld import Line
    from congto.office.meterdata.manual_sheet import Dial, SheetRow

FIXED = ("MA_KHANG", "MA_DVIQLY", "BOCSO_ID", "SERY_CTO", "HSN", "CS_CU", "NGAY_CU", "SL_TTIEP",
         "SL_THAO", "KY", "THANG", "NAM")  # fmt: skip
"""Fields that a reader does not change: another value means another meter or another period."""

FIGURE = re.compile(r"\d{1,12}(\.\d{1,3})?", re.ASCII)

FIGURE = re.compile(r"\d{1,12}(\.\d{1,3})?", re.ASCII)


class WrongLineError(InvalidInputError):
    """One field of one line is not what the books or the format ask for."""

    def __init__(self, line: Line, name: str, expected: str) -> None:
        self.line = line.number
        super().__init__(
            _("Dòng %(line)d: %(field)s là “%(found)s”, cần %(expected)s")
            % {
                "line": line.number,
                "field": name,
                "found": line[name][:40],
                "expected": expected,
            }
        )


@dataclass(slots=True)
class Brought:
    """What lines of one book and day mean: typed rows, places on the route, sentences."""

    typed: list[Typed] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    errors: list[LineError] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    """Number of the usage point -> its first line in the file."""


def typed_of(lines: Iterable[Line], rows: Iterable[SheetRow], *, confirmed: bool) -> Brought:
    """Turn lines of one book and reading day into typed rows of its sheet.

    A point whose lines are all empty was not visited and says nothing: nothing is ever taken back.
    A wrong line leaves its whole point out.
    """
    by_code = {row.point.code: row for row in rows}
    brought, own = Brought(), defaultdict(list)
    for line in lines:
        own[line["MA_DDO"]].append(line)
    for code, mine in own.items():
        row = by_code.get(code)
        if row is None:
            expected = _("một điểm đo của sổ %(book)s") % {"book": mine[0]["MA_QUYEN"][:20]}
            unknown = WrongLineError(mine[0], "MA_DDO", expected)
            brought.errors.append(LineError(unknown.line, sentence_of(unknown)))
            continue
        try:
            typed = _typed(row, mine, confirmed=confirmed)
        except WrongLineError as error:
            brought.errors.append(LineError(error.line, sentence_of(error)))
            continue
        brought.lines[row.point.pk] = mine[0].number
        if typed is not None:
            brought.typed.append(typed)
        place = mine[0]["MA_GC"]
        if place.isascii() and place.isdigit() and 0 < int(place) < 10**6:
            brought.places[row.point.pk] = int(place)
    return brought


def _typed(row: SheetRow, lines: list[Line], *, confirmed: bool) -> Typed | None:
    """Read the lines of one point; None: nobody was there."""
    kinds = {register_code(row, dial.kind): dial for dial in row.dials}
    dials: dict[int, int] = {}
    demands: dict[str, dict[str, int | str]] = {}
    for line in lines:
        dial = kinds.get(line["LOAI_BCS"])
        if dial is None:
            raise WrongLineError(line, "LOAI_BCS", ", ".join(kinds))
        _unchanged(line, fields_of(row, dial, ""))
        if line["CS_MOI"]:
            dials[dial.register] = _thousandths(line, "CS_MOI")
            _use_follows(line, row, dial, dials[dial.register])
        if line["PMAX"]:
            when = _moment(line, "NGAY_PMAX")
            demands[str(dial.register)] = {"w": _thousandths(line, "PMAX"), "at": when}
    state = next((line["TTR_MOI"] for line in lines if line["TTR_MOI"]), "")
    if not dials and state in {"", VisitState.NORMAL}:
        return None
    return Typed(
        row.point.pk,
        dials,
        state=state or VisitState.NORMAL,
        note=row.visit.note if row.visit else "",
        reader=next((line["NGUOI_GCS"] for line in lines if line["NGUOI_GCS"]), "")[:40],
        demands=demands,
        confirmed=confirmed,
    )


def _unchanged(line: Line, held: Mapping[str, str]) -> None:
    """Refuse a line that speaks of another meter or period than the books do."""
    for name in FIXED:
        if line[name] != held[name]:
            raise WrongLineError(
                line, name, _("%(held)s như trong sổ sách") % {"held": held[name] or "–"}
            )


def _thousandths(line: Line, name: str) -> int:
    """Read kWh or kW with a decimal point as Wh or W."""
    if not FIGURE.fullmatch(line[name]):
        raise WrongLineError(line, name, _("một số như 4120 hoặc 4120.5"))
    return int(Decimal(line[name]) * 1000)


def _use_follows(line: Line, row: SheetRow, dial: Dial, index_wh: int) -> None:
    """Refuse a device's own use when it does not follow from its two dials."""
    use = row.use_wh(dial, index_wh)
    if line["SL_MOI"] and use is not None and _thousandths(line, "SL_MOI") != use:
        raise WrongLineError(
            line, "SL_MOI", _("%(use)s theo chỉ số và hệ số nhân") % {"use": figure(use)}
        )


def _moment(line: Line, name: str) -> str:
    """Read dd/mm/yyyy hh:mm as ISO text."""
    try:
        return datetime.strptime(line[name], "%d/%m/%Y %H:%M").isoformat()  # noqa: DTZ007  (local)
    except ValueError as error:
        raise WrongLineError(line, name, "dd/mm/yyyy hh:mm") from error


def day_of(line: Line) -> date | None:
    """Return NGAY_MOI of a line; None when it is no day."""
    try:
        return datetime.strptime(line["NGAY_MOI"], "%d/%m/%Y").date()  # noqa: DTZ007  (a local day)
    except ValueError:
        return None
