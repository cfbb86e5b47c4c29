"""Change of a rule of half-hours, from a day on.

Days validated already stay as they are; they are looked at again when something new is delivered
for them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.control.proposals import register
from congto.office.control.rule_changes import LimitWords, RuleChange, first_day, parts_of
from congto.office.meterdata.models import DecidedRule
from congto.office.meterdata.rule_book import latest
from congto.vocabulary.errors import RefusedError

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
    "few_half_hours": "Số nửa giờ liền nhau khi giá trị ít đơn vị đếm",
    "few_units": "Giá trị dưới số đơn vị đếm này là ít (0: không xét)",
    "floor_wh": "Từ kWh mỗi nửa giờ",
    "half_hours": "Số nửa giờ liền nhau",
    "high_percent": "Cao hơn % bình quân",
    "history_times": "Số lần nửa giờ cao nhất 28 ngày",
    "jump_seconds": "Đồng hồ nhảy quá số giây",
    "low_percent": "Thấp hơn % bình quân",
    "multipliers": "Số bước của mặt số",
    "percent": "Ngưỡng (%)",
    "permille": "Phần nghìn",
    "power_down": "Mất điện (mức 0–3)",
    "reject_seconds": "Loại khi lệch quá số giây",
    "warn_seconds": "Cảnh báo khi lệch quá số giây",
    "zero_permille": "Tỷ lệ nửa giờ bằng không dưới phần nghìn",
}
"""What a limit means, as screens say it; energy is kept in Wh and shown in kWh."""

WORDS = LimitWords(LIMITS, scales={"day_wh": 1000, "floor_wh": 1000})


class IntervalRuleChange(RuleChange):
    """Adds a decided row from a day on; the row before stays for the days before."""

    key = "interval_rule"
    title = "Thay đổi quy tắc nửa giờ"
    subject_kind = "interval_rule"
    words = WORDS

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest state of the rule."""
        row = row_of(subject)
        return {
            "valid_from": row.valid_from,
            "enabled": row.enabled,
            "limits": dict(row.rule.limits),
        }

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Add the row; the reason is its source."""
        row, (rule, name) = row_of(subject), parts_of(subject)
        DecidedRule.objects.create(
            rule=rule,
            customer_class=name,
            valid_from=first_day(after["valid_from"]),
            enabled=after["enabled"],
            roles=[role.name.lower() for role in row.rule.roles],
            limits=after["limits"],
            source=reason[:400],
            known_at=at,
        )


register(IntervalRuleChange())


def row_of(subject: str) -> DatedIntervalRule:
    """Return the newest row of a rule; RefusedError where there is none."""
    row = latest(*parts_of(subject))
    if row is None:
        raise RefusedError(_("Không có quy tắc %(subject)s") % {"subject": subject[:40]})
    return row


def changed_row(subject: str, after: Mapping[str, Any]) -> DatedIntervalRule:
    """Return a state of the rule as the engine reads it, for a dry run."""
    row = row_of(subject)
    rule, start = replace(row.rule, limits=after["limits"]), first_day(after["valid_from"])
    return replace(row, rule=rule, enabled=after["enabled"], valid_from=start)
