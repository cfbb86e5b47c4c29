"""Rows of a reading sheet as lines of the handheld file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from congto.office.customers.choices import PriceGroup
from congto.office.meterdata.choices import RegisterKind
from congto.vocabulary.format_vi import day as said_day

if TYPE_CHECKING:
    from congto.office.meterdata.manual_sheet import Dial, SheetRow

PERIOD_END = "DDK"
"""LOAI_CS: a reading at the end of a period."""

CODES = {
    RegisterKind.NORMAL: "BT",
    RegisterKind.PEAK: "CD",
    RegisterKind.OFF_PEAK: "TD",
    RegisterKind.REACTIVE: "VC",
}
TOTAL_CODES = {False: "KT", True: "SG"}
"""The total register: KT of a one-rate meter, SG beside the bands of a three-rate one."""

PRICES = {
    PriceGroup.RESIDENTIAL: "SHBT",
    PriceGroup.PRODUCTION: "SXBT",
    PriceGroup.BUSINESS: "KDDV",
    PriceGroup.ADMINISTRATIVE: "HCSN",
    PriceGroup.WHOLESALE: "BBDN",
}
"""Codes of CHUOI_GIA (recalled): only written, never read back."""


def lines_of(row: SheetRow, reader: str) -> list[dict[str, str]]:
    """Return the lines of a point, one a register; `reader` is the code of who walks the book."""
    return [fields_of(row, dial, reader) for dial in row.dials]


def fields_of(row: SheetRow, dial: Dial, reader: str) -> dict[str, str]:
    """Return the 40 fields of one register."""
    return {**_of_point(row, reader), **_of_meter(row, dial), **_of_reading(row, dial)}


def _of_point(row: SheetRow, reader: str) -> dict[str, str]:
    """Fill what the customer, the agreement and the way to the point say."""
    point, agreement = row.point, row.point.agreement
    customer = agreement.customer if agreement else None
    stop = getattr(point, "route_stop", None)
    return {
        "MA_NVGCS": reader,
        "MA_KHANG": customer.code if customer else "",
        "MA_DDO": point.code,
        "MA_DVIQLY": point.unit.code,
        "MA_GC": f"{stop.position:04}" if stop else "",
        "MA_QUYEN": point.reading_book.code if point.reading_book else "",
        "MA_TRAM": point.element.code,
        "TEN_KHANG": customer.name if customer else "",
        "DIA_CHI": customer.address if customer else "",
        "MA_NN": "",  # the books keep no industry code
        "SO_HO": _households(row),
        "CHUOI_GIA": price_string(row),
        "MA_COT": stop.pole if stop else "",
        "SO_HOM": stop.meter_box if stop else "",
        "KIMUA_CSPK": "1" if any(d.kind == RegisterKind.REACTIVE for d in row.dials) else "0",
        "KY": str(row.day.number),
        "THANG": str(row.day.month.month),
        "NAM": str(row.day.month.year),
    }


def _of_meter(row: SheetRow, dial: Dial) -> dict[str, str]:
    """Fill what the installed meter and the periods before say."""
    months = [figure(value) for value in dial.months_wh]
    return {
        "BOCSO_ID": str(row.installation.pk),
        "LOAI_BCS": register_code(row, dial.kind),
        "LOAI_CS": PERIOD_END,
        "MA_CTO": row.installation.meter.serial,
        "SERY_CTO": row.installation.meter.serial,
        "HSN": str(row.installation.multiplier),
        "CS_CU": figure(dial.opening_wh),
        "TTR_CU": row.before.state if row.before else "",
        "SL_CU": figure(dial.before_wh),
        "SL_TTIEP": "0",  # the books know direct energy by agreement, not at reading
        "NGAY_CU": said_day(row.opened_on),
        "SL_THAO": figure(row.removed_wh),
        "SLUONG_1": months[0],
        "SLUONG_2": months[1],
        "SLUONG_3": months[2],
    }


def _of_reading(row: SheetRow, dial: Dial) -> dict[str, str]:
    """Fill what is read on the day, as far as it was."""
    visit = row.visit
    demand = visit.demands.get(str(dial.register)) if visit else None
    return {
        "CS_MOI": figure(dial.closing_wh),
        "TTR_MOI": visit.state if visit else "",
        "SL_MOI": figure(row.use_wh(dial, dial.closing_wh)),
        "NGAY_MOI": said_day(row.day.read_on),
        "NGUOI_GCS": visit.reader if visit else "",
        "PMAX": figure(demand["w"]) if demand else "",
        "NGAY_PMAX": f"{datetime.fromisoformat(demand['at']):%d/%m/%Y %H:%M}" if demand else "",
    }


def register_code(row: SheetRow, kind: RegisterKind) -> str:
    """Return LOAI_BCS of a register of the row's meter."""
    return CODES.get(kind) or TOTAL_CODES[row.installation.meter.three_rate]


def figure(thousandths: int | None) -> str:
    """Write Wh as kWh (or W as kW): 4120500 -> "4120.5"; nothing is empty."""
    if thousandths is None:
        return ""
    whole, rest = divmod(thousandths, 1000)
    return f"{whole}.{rest:03}".rstrip("0") if rest else str(whole)


def _households(row: SheetRow) -> str:
    """Return SO_HO: household quotas of a residential price ("1.5"), 0 for others."""
    if row.price is None or row.price.group != PriceGroup.RESIDENTIAL:
        return "0"
    return f"{(Decimal(row.price.household_quarters) / 4).normalize():f}"


def price_string(row: SheetRow) -> str:
    """Return CHUOI_GIA: "100*SHBT", of mixed use "60*SHBT+KDDV" with the remainder last."""
    if row.price is None:
        return ""
    segments = list(row.price.segments.all())
    if not segments:
        return f"100*{PRICES[PriceGroup(row.price.group)]}"
    parts = []
    for one in segments:
        share = ""
        if one.share_bp is not None:
            share = f"{(Decimal(one.share_bp) / 100).normalize():f}*"
        elif one.fixed_kwh is not None:
            share = f"{one.fixed_kwh}kWh*"
        parts.append(f"{share}{PRICES[PriceGroup(one.group)]}")
    return "+".join(parts)
