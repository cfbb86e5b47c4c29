"""Change of a rule of half-hours: its limits and whether it is on, from a day on, by two people.

A rule is the whole house's, so its proposals belong to the corporation. Days validated already stay
as they are; they are looked at again when something new is delivered for them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.control.proposals import ProposalKind, register
from congto.office.meterdata.models import DecidedRule
from congto.office.meterdata.rule_book import latest
from congto.office.organisation.models import Unit
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from congto.vocabulary.interval_rules import DatedIntervalRule

LIMITS = {
    "bills": "Quá số hóa đơn liền nhau",
    "clock_adjusted": "Chỉnh đồng hồ (mức 0–3)",
    "clock_invalid": "Đồng hồ sai (mức 0–3)",
    "contract_percent": "% công suất đăng ký",
    "data_invalid": "Số liệu sai (mức 0–3)",
    "day_wh": "kWh mỗi ngày",
    "daylight_saving": "Giờ mùa hè (mức 0–3)",
    "days": "Số ngày",
    "deviations": "Số lần độ lệch chuẩn",
    "floor_wh": "Từ kWh mỗi nửa giờ",
    "half_hours": "Số nửa giờ liền nhau",
    "high_percent": "Cao hơn % bình quân",
    "history_times": "Số lần nửa giờ cao nhất 28 ngày",
    "jump_seconds": "Đồng hồ nhảy quá số giây",
    "low_percent": "Thấp hơn % bình quân",
    "multipliers": "Số bước của mặt số",
    "percent": "%",
    "permille": "Phần nghìn",
    "power_down": "Mất điện (mức 0–3)",
    "reject_seconds": "Loại khi lệch quá số giây",
    "warn_seconds": "Cảnh báo khi lệch quá số giây",
    "zero_permille": "Tỷ lệ nửa giờ bằng không dưới phần nghìn",
}
"""What a limit means, as screens say it; energy is kept in Wh and shown in kWh."""

SCALES = {"day_wh": 1000, "floor_wh": 1000}
LIMIT_MAX = 10**12


class IntervalRuleChange(ProposalKind):
    """Adds a decided row from a day on; the row before stays for the days before."""

    key = "interval_rule"
    title = "Thay đổi quy tắc nửa giờ"
    subject_kind = "interval_rule"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "valid_from": "Áp dụng từ ngày",
        "enabled": "Đang bật",
        "limits": "Ngưỡng",
    }

    def unit(self, subject: str) -> Unit:
        """Return the corporation: the root of the units."""
        row_of(subject)
        root = Unit.objects.filter(parent=None).order_by("pk").first()
        if root is None:
            raise RefusedError(_("Chưa có đơn vị nào trong sổ"))
        return root

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest state of the rule."""
        row = row_of(subject)
        return {
            "valid_from": row.valid_from,
            "enabled": row.enabled,
            "limits": dict(row.rule.limits),
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state made clean, or say what is wrong with it.

        Refused: a day not after the start of the present state, and limits that the rule does not
        read.
        """
        row = row_of(subject)
        start = _day(after.get("valid_from"))
        if start <= row.valid_from:
            raise RefusedError(
                _("Ngày áp dụng %(day)s: cần sau %(start)s, ngày trạng thái hiện tại bắt đầu")
                % {"day": format_vi.day(start), "start": format_vi.day(row.valid_from)}
            )
        if not isinstance(after.get("enabled"), bool):
            raise InvalidInputError(_("Đang bật: cần có hoặc không"))
        limits = _limits(after.get("limits"), row.rule.limits)
        return {"valid_from": start, "enabled": after["enabled"], "limits": limits}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Add the row; the reason is its source."""
        row, (rule, name) = row_of(subject), parts_of(subject)
        DecidedRule.objects.create(
            rule=rule,
            customer_class=name,
            valid_from=_day(after["valid_from"]),
            enabled=after["enabled"],
            roles=[role.name.lower() for role in row.rule.roles],
            limits=after["limits"],
            source=reason[:400],
            known_at=at,
        )

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if field == "valid_from":
            return format_vi.day(_day(value))
        if field == "enabled":
            return _("Có") if value else _("Không")
        if isinstance(value, dict):
            said = [f"{_(LIMITS[name])}: {shown_limit(name, one)}" for name, one in value.items()]
            return "; ".join(said)
        return str(value)


register(IntervalRuleChange())


def subject_of(rule: str, customer_class: str) -> str:
    """Return how proposals name a rule: "V-09/residential", "V-12/"."""
    return f"{rule}/{customer_class}"


def parts_of(subject: str) -> tuple[str, str]:
    """Return the rule and the class that a subject names."""
    rule, _slash, name = subject.partition("/")
    return rule, name


def row_of(subject: str) -> DatedIntervalRule:
    """Return the newest row of a rule; RefusedError where there is none."""
    row = latest(*parts_of(subject))
    if row is None:
        raise RefusedError(_("Không có quy tắc %(subject)s") % {"subject": subject[:40]})
    return row


def changed_row(subject: str, after: Mapping[str, Any]) -> DatedIntervalRule:
    """Return a state of the rule as the engine reads it, for a dry run."""
    row = row_of(subject)
    rule = replace(row.rule, limits=after["limits"])
    return replace(row, rule=rule, enabled=after["enabled"], valid_from=_day(after["valid_from"]))


def shown_limit(name: str, value: int) -> str:
    """Write a limit in the unit of the screen: 1500 Wh -> "1,5"."""
    whole, rest = divmod(value, SCALES.get(name, 1))
    if not rest:
        return format_vi.number(whole)
    return f"{format_vi.number(whole)},{f'{rest:03}'.rstrip('0')}"


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInputError(
            _("Ngày áp dụng: nhận “%(found)s”, cần ngày như 01/12/2026")
            % {"found": str(value)[:20]}
        ) from error


def _limits(given: object, known: Mapping[str, int]) -> dict[str, int]:
    """Return the limits that the rule reads, each a whole number."""
    if not isinstance(given, dict) or given.keys() != known.keys():
        raise InvalidInputError(
            _("Ngưỡng: cần đúng các mục %(names)s") % {"names": ", ".join(sorted(known)) or "–"}
        )
    for name, value in given.items():
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 0 <= value <= LIMIT_MAX:
            raise InvalidInputError(
                _("%(label)s: nhận “%(found)s”, cần số nguyên không âm")
                % {"label": _(LIMITS[name]), "found": str(value)[:20]}
            )
    return {name: given[name] for name in known}
