"""Is a reading just typed plausible? The engine's rules on one sheet, asked before it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from django.utils.translation import gettext as _

from congto.engines import readings
from congto.office.customers.choices import PriceGroup
from congto.office.meterdata.choices import RegisterKind, VisitState
from congto.office.meterdata.manual_words import found_and_needed
from congto.vocabulary.errors import InvalidInputError
from congto.vocabulary.findings import Severity
from congto.vocabulary.format_vi import kwh
from congto.vocabulary.frames.readings import PAST_MONTHS, PERIOD_READS
from congto.vocabulary.quality import Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from congto.office.meterdata.manual_sheet import Dial, SheetRow

QUARTERS = 4
TOLD = frozenset({"RDG-003"})
"""What is only told and needs no second look: a rollover is known and used."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a rule says about a typed reading; `asks` means that the reader has to look again."""

    rule: str
    severity: Severity
    text: str

    @property
    def asks(self) -> bool:
        """Tell whether the reading is kept only after a second look."""
        return self.rule not in TOLD


def refuse_wrong(row: SheetRow, dials: Mapping[int, int], state: str) -> None:
    """Raise InvalidInputError for what can never be kept, whatever the reader says.

    An unknown state, a register left out or unknown, neither a reading nor why there is none, or a
    value that the dial cannot show.
    """
    meter = row.installation.meter.serial
    if state not in VisitState.values:
        raise InvalidInputError(
            found_and_needed(
                _("Tình trạng “%(state)s” không có trong danh mục") % {"state": state[:10]},
                ", ".join(VisitState.values),
            )
        )
    known = {dial.register: dial for dial in row.dials}
    missing = [dial for dial in row.dials if dial.register not in dials]
    if dials and missing:
        names = ", ".join(_(dial.kind.label).lower() for dial in missing)
        raise InvalidInputError(
            found_and_needed(
                _("Công tơ %(meter)s: thiếu bộ %(names)s") % {"meter": meter, "names": names},
                _("đủ mọi bộ chỉ số, hoặc không bộ nào và một lý do"),
            )
        )
    if not dials and state == VisitState.NORMAL:
        raise InvalidInputError(
            found_and_needed(_("Chưa gõ chỉ số"), _("chỉ số, hoặc lý do không đọc được"))
        )
    for register, index_wh in dials.items():
        if register not in known:
            raise InvalidInputError(
                _("Công tơ %(meter)s không có bộ chỉ số %(register)s")
                % {"meter": meter, "register": register}
            )
        refuse_impossible(row, known[register], index_wh)


def refuse_impossible(row: SheetRow, dial: Dial, index_wh: int) -> None:
    """Raise InvalidInputError for a value that the dial cannot show (V-01).

    More digits than the dial has, or more decimals than it shows.
    """
    meter = row.installation.meter
    where = {"meter": meter.serial, "register": _(dial.kind.label).lower()}
    step = 1000 // 10**meter.decimals
    if not 0 <= index_wh < row.dial_wh:
        most = kwh(row.dial_wh - step).removesuffix(" kWh")
        raise InvalidInputError(
            found_and_needed(
                _("Công tơ %(meter)s, bộ %(register)s: mặt %(digits)d số không thể chỉ %(found)s")
                % {**where, "digits": meter.dial_digits, "found": kwh(index_wh)},
                _("từ 0 đến %(most)s") % {"most": most},
            ),
            action=_("đọc lại mặt số"),
        )
    if index_wh % step:
        raise InvalidInputError(
            found_and_needed(
                _("Công tơ %(meter)s, bộ %(register)s: nhận %(found)s")
                % {**where, "found": kwh(index_wh)},
                _("%(decimals)d số lẻ") % {"decimals": meter.decimals},
            ),
            action=_("đọc lại mặt số"),
        )


def doubts(typed: Iterable[tuple[SheetRow, Mapping[int, int]]]) -> dict[int, list[Doubt]]:
    """Return what the rules say about typed readings: point -> doubts, in the order of the rules.

    Args:
        typed: a row of the sheet and its new readings, register -> Wh on the dial.
    """
    pairs = list(typed)
    codes = {row.point.code: row.point.pk for row, _dials in pairs}
    advanced = readings.advances(_period_reads(pairs))
    found = readings.check_entry(advanced, _past_months(row for row, _dials in pairs))
    answer: dict[int, list[Doubt]] = {}
    for one in found.iter_rows(named=True):
        doubt = Doubt(one["rule"], Severity(one["severity"]), one["text"])
        answer.setdefault(codes[one["subject"]], []).append(doubt)
    return answer


def _period_reads(pairs: list[tuple[SheetRow, Mapping[int, int]]]) -> pl.DataFrame:
    """Lay the typed readings beside the opening ones: frame PERIOD_READS."""
    rows = [
        {
            "usage_point": row.point.pk,
            "subject": row.point.code,
            "meter": row.installation.meter_id,
            "register": dial.register,
            "period_from": row.opened_on,
            "period_to": row.day.read_on,
            "three_rate": row.installation.meter.three_rate,
            "remote": row.installation.meter.remote,
            "dial_digits": row.installation.meter.dial_digits,
            "decimals": row.installation.meter.decimals,
            "multiplier": row.installation.multiplier,
            "opening_wh": dial.opening_wh,
            "closing_wh": dials.get(dial.register),
            "quality": Quality.MEASURED.value,
            "limit_kw": row.price.registered_kw if row.price else None,
            "households": households(row),
            "time_of_use": bool(row.price and row.price.time_of_use),
        }
        for row, dials in pairs
        for dial in row.dials
    ]
    return pl.DataFrame(rows, schema=PERIOD_READS.columns)


def households(row: SheetRow) -> int:
    """Return the households behind a residential point, 0 for others (as period_reads counts)."""
    if row.price is None or row.price.group != PriceGroup.RESIDENTIAL:
        return 0
    return (row.price.household_quarters + QUARTERS - 1) // QUARTERS


def _past_months(rows: Iterable[SheetRow]) -> pl.DataFrame:
    """Add up each past month's energy registers, where all of them are known: PAST_MONTHS."""
    known = []
    for row in rows:
        bands = row.installation.meter.three_rate
        counted = [d for d in row.dials if _is_energy(d.kind, three_rate=bands)]
        for number, month in enumerate(row.day.months):
            energy = [dial.months_wh[number] for dial in counted]
            whole = [one for one in energy if one is not None]
            if whole and len(whole) == len(energy):
                known.append(
                    {
                        "usage_point": row.point.pk,
                        "meter": row.installation.meter_id,
                        "energy_wh": sum(whole),
                        "days": month.days,
                    }
                )
    return pl.DataFrame(known, schema=PAST_MONTHS.columns)


def _is_energy(kind: RegisterKind, *, three_rate: bool) -> bool:
    if three_rate:
        return kind in {RegisterKind.NORMAL, RegisterKind.PEAK, RegisterKind.OFF_PEAK}
    return kind == RegisterKind.TOTAL
