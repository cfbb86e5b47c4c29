"""The small calculator of the price book: what would this use cost, line by line.

It asks the price calculator of `congto quote`, so a person sees on a phone what a program gets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from congto.engines.rating.refusals import CannotRateError, Refusal
from congto.interfaces.cli import quote
from congto.interfaces.console import charts
from congto.interfaces.console.typed import typed_number
from congto.interfaces.console.views.control import first_of_next_month
from congto.interfaces.console.views.customer import parse_day
from congto.interfaces.console.views.lists import now
from congto.office.control.telling import sentence_of
from congto.reference.vn import price_book
from congto.vocabulary import format_vi
from congto.vocabulary.errors import CongtoError, InvalidInputError
from congto.vocabulary.groups import CustomerGroup
from congto.vocabulary.prices import ThreeRatePrice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict

    from congto.vocabulary.prices import PriceDecision

HOUSEHOLD = "residential/tiered"
BANDS = ("normal", "peak", "off_peak")
KWH_MAX = 10**9


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the answer as the page shows it."""

    kind: str
    tier: int | None
    band: str | None
    kwh: Decimal | None
    price_vnd: int | None
    amount_vnd: int
    decision: str


def calculator(asked: QueryDict) -> dict[str, Any]:
    """Return the form as it stands and, once a use is typed, its bill or what is wrong with it."""
    fields = fields_of(asked)
    context: dict[str, Any] = {"fields": fields, **choices_for(fields)}
    typed = [f"kwh_{band}" for band in BANDS] if context["three_rate"] else ["kwh"]
    if not any(fields[name].strip() for name in typed):
        return context
    try:
        wanted = request_of(fields, three_rate=context["three_rate"])
        context |= answered(wanted)
    except CannotRateError as error:
        context["error"] = refusal(error)
    except CongtoError as error:
        context["error"] = sentence_of(error)
    return context


def fields_of(asked: QueryDict) -> dict[str, str]:
    """Return every field as typed, else what it begins with: a household and this month."""
    today = timezone.localdate(now())
    first = today.replace(day=1)
    given = {name: asked.get(name, "")[:40] for name in ("kwh", *(f"kwh_{b}" for b in BANDS))}
    purpose = asked.get("purpose", HOUSEHOLD)
    return {
        **given,
        "purpose": purpose if purpose in purposes() else HOUSEHOLD,
        "households": asked.get("households", "1")[:10],
        "voltage": asked.get("voltage", ""),
        "bands": asked.get("bands", ""),
        "first": asked.get("first", format_vi.day(first))[:10],
        "last": asked.get("last", format_vi.day(first_of_next_month(first)))[:10],
    }


def purposes() -> dict[str, tuple[CustomerGroup, str | None]]:
    """Return what may be chosen, by the word of the form: "residential/tiered", "business/"."""
    return {
        f"{group}/{subgroup or ''}": (group, subgroup)
        for group, subgroups in price_book().subgroups.items()
        for subgroup in subgroups
        if (group, subgroup) != (CustomerGroup.RESIDENTIAL, None)
    }


def choices_for(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return what the chosen purpose leaves to choose: voltage classes, three rates, households."""
    group, subgroup = purposes()[fields["purpose"]]
    decision = decision_at(parse_day(fields["first"]))
    found = {
        word: one for (g, s, word), one in decision.tariffs.items() if (g, s) == (group, subgroup)
    }
    words = [word for word in found if word]
    voltage = fields["voltage"] if fields["voltage"] in words else next(reversed(words), "")
    tariff = found.get(voltage or None)
    return {
        "purposes": purposes(),
        "voltages": words,
        "voltage": voltage,
        "three_rate": isinstance(tariff, ThreeRatePrice) and bool(fields["bands"]),
        "three_rate_offered": isinstance(tariff, ThreeRatePrice),
        "with_households": fields["purpose"] == HOUSEHOLD,
    }


def decision_at(day: date | None) -> PriceDecision:
    """Return the decision that prices the day, the newest where none does."""
    decisions = price_book().decisions
    if day is not None:
        for one in decisions:
            if one.effective_from <= day and (one.effective_to is None or day < one.effective_to):
                return one
    return decisions[-1]


def request_of(fields: Mapping[str, str], *, three_rate: bool) -> dict[str, Any]:
    """Return the request to `congto quote`; raises InvalidInputError with a sentence."""
    group, subgroup = purposes()[fields["purpose"]]
    first, last = period_of(fields)
    labels = {"normal": _("kWh giờ bình thường"), "peak": _("kWh giờ cao điểm")}
    labels["off_peak"] = _("kWh giờ thấp điểm")
    kwh = (
        {band: kwh_of(labels[band], fields[f"kwh_{band}"] or "0") for band in BANDS}
        if three_rate
        else {"total": kwh_of(_("Số kWh"), fields["kwh"])}
    )
    wanted: dict[str, Any] = {"group": str(group), "from": str(first), "to": str(last), "kwh": kwh}
    if subgroup:
        wanted["subgroup"] = subgroup
    if choices_for(fields)["voltage"]:
        wanted["voltage"] = choices_for(fields)["voltage"]
    if fields["purpose"] == HOUSEHOLD:
        wanted["households"] = households_of(fields["households"])
    return wanted


def period_of(fields: Mapping[str, str]) -> tuple[date, date]:
    """Return the two days of reading; the second belongs to the next period."""
    days = []
    for label, name in ((_("Ngày đầu kỳ"), "first"), (_("Ngày đầu kỳ sau"), "last")):
        day = parse_day(fields[name])
        if day is None:
            raise InvalidInputError(
                _("%(label)s: nhận “%(found)s”, cần ngày như 09/06/2026")
                % {"label": label, "found": fields[name]}
            )
        days.append(day)
    if days[1] <= days[0]:
        raise InvalidInputError(
            _("Kỳ từ %(first)s đến %(last)s không có ngày nào; ngày đầu kỳ sau phải muộn hơn")
            % {"first": fields["first"], "last": fields["last"]}
        )
    return days[0], days[1]


def kwh_of(label: str, text: str) -> str:
    """Return typed kWh as the text that the price calculator takes."""
    kwh = typed_number(label, text)
    if kwh > KWH_MAX:
        raise InvalidInputError(
            _("%(label)s: nhận %(found)s, nhiều nhất %(most)s")
            % {
                "label": label,
                "found": format_vi.number(kwh),
                "most": format_vi.number(KWH_MAX),
            }
        )
    return f"{kwh:f}"


def households_of(text: str) -> str:
    """Return typed households; a quarter is one person of four."""
    households = typed_number(_("Số hộ"), text)
    if households == 0 or households * 4 != int(households * 4) or households > 10_000:
        raise InvalidInputError(
            _("Số hộ: nhận “%(found)s”, cần bội số của 0,25 (bốn người thuê nhà tính một hộ)")
            % {"found": text}
        )
    return f"{households:f}"


def refusal(error: CannotRateError) -> str:
    """Say in the reader's language why the price book has no answer."""
    begin = format_vi.day(price_book().decisions[0].effective_from)
    said = {
        Refusal.NO_DECISION: _("Sổ giá bắt đầu từ %(day)s; kỳ này sớm hơn.") % {"day": begin},
        Refusal.NO_PRICE: _("Quyết định giá của kỳ này không có giá cho đối tượng đã chọn."),
        Refusal.NO_VAT: _("Chưa biết thuế suất GTGT của ngày ghi chỉ số này."),
    }
    return said.get(error.reason, sentence_of(error))


def answered(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the bill of a request, what the next kWh would cost, and a bar of its parts."""
    bill: dict[str, Any] = quote.answer(wanted, price_book())
    parts = [part_of(line) for line in bill["lines"]]
    kwh = sum((Decimal(text) for text in wanted["kwh"].values()), Decimal())
    named = [(part_name(part), int(part.kwh * 1000)) for part in parts if part.kwh is not None]
    context: dict[str, Any] = {
        "bill": bill,
        "parts": parts,
        "kwh": kwh,
        "vat_bp": int(Decimal(bill["vat_rate"]) * 10_000),
        "average": Decimal(bill["gross"]) / kwh if kwh else None,
        "next_kwh": next_kwh(wanted, bill),
        "decisions": used_decisions(wanted),
        "reading_day": date.fromisoformat(wanted["to"]),
        "request_json": json.dumps(wanted, ensure_ascii=False),
    }
    if len(named) > 1 and len(context["decisions"]) == 1:
        context["chart"] = charts.tier_bar(named)
    return context


def part_of(line: Mapping[str, Any]) -> Part:
    """Return a line of the calculator's answer with its figures as numbers."""
    return Part(
        kind=line["charge"],
        tier=line["tier"],
        band=line["band"],
        kwh=None if line["kwh"] is None else Decimal(line["kwh"]),
        price_vnd=None if line["price"] is None else int(line["price"]),
        amount_vnd=line["amount"],
        decision=line["decision"],
    )


def part_name(part: Part) -> str:
    """Name a line: its tier, its band, or the one price."""
    names = {"normal": _("Bình thường"), "peak": _("Cao điểm"), "off_peak": _("Thấp điểm")}
    if part.tier:
        return _("Bậc %(tier)s") % {"tier": part.tier}
    return names[part.band] if part.band else _("Một giá")


def next_kwh(wanted: dict[str, Any], bill: Mapping[str, Any]) -> int | None:
    """Return what one kWh more would cost with VAT; bands have no one answer."""
    if "total" not in wanted["kwh"]:
        return None
    more = f"{Decimal(wanted['kwh']['total']) + 1:f}"
    dearer: dict[str, Any] = quote.answer({**wanted, "kwh": {"total": more}}, price_book())
    return int(dearer["gross"]) - int(bill["gross"])


def used_decisions(wanted: Mapping[str, Any]) -> list[PriceDecision]:
    """Return the decisions that price a day of the period, the oldest first."""
    first, last = (date.fromisoformat(wanted[name]) for name in ("from", "to"))
    return list(price_book().decisions_in(first, last))
