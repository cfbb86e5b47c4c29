"""Change of a rule before billing from half-hours, from a day on.

It judges periods that begin on that day or later; what was determined before stays as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.control.proposals import register
from congto.office.control.rule_changes import LimitWords, RuleChange, first_day, parts_of
from congto.office.meterdata.gate_book import gate_rows
from congto.office.meterdata.models import DecidedGateRule
from congto.vocabulary.errors import RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from congto.vocabulary.gates import DatedGateRule

LIMITS = {
    "missing": "Nhiều nhất số nửa giờ thiếu",
    "permille": "Nhiều nhất phần nghìn nửa giờ ước lượng",
    "edited": "Báo khi sửa tay quá số nửa giờ",
    "not_validated": "Nhiều nhất số nửa giờ chưa kiểm tra",
    "weakest": "Chất lượng thấp nhất của chỉ số hai đầu (mã)",
    "percent": "% dung sai của phép so với chỉ số",
}
"""What a limit means, as screens say it."""

WORDS = LimitWords(LIMITS, most=1_000_000)


class UsageGateChange(RuleChange):
    """Adds a decided row from a day on; the row before stays for the periods before."""

    key = "usage_gate"
    title = "Thay đổi điều kiện lập hóa đơn từ nửa giờ"
    subject_kind = "usage_gate"
    words = WORDS

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest state of the rule."""
        row = row_of(subject)
        limits = dict(row.rule.limits)
        return {"valid_from": row.valid_from, "enabled": row.enabled, "limits": limits}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Add the row; the reason is its source."""
        rule, group = parts_of(subject)
        DecidedGateRule.objects.create(
            rule=rule,
            group=group,
            valid_from=first_day(after["valid_from"]),
            enabled=after["enabled"],
            limits=after["limits"],
            source=reason[:400],
            known_at=at,
        )


register(UsageGateChange())


def row_of(subject: str) -> DatedGateRule:
    """Return the newest row of a rule; RefusedError where there is none."""
    wanted = parts_of(subject)
    rows = [row for row in gate_rows() if (row.rule.rule, row.rule.group) == wanted]
    if not rows:
        raise RefusedError(_("Không có điều kiện %(subject)s") % {"subject": subject[:40]})
    return max(rows, key=lambda row: row.valid_from)
