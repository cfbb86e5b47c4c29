"""Change of a gate's rule: a dated rule that has a ladder of signers beside its limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.billing.choices import Signer
from congto.office.billing.models import HoldRule
from congto.office.control.proposals import register
from congto.office.control.rule_changes import (
    STATE_LABELS,
    LimitWords,
    RuleChange,
    first_day,
    is_whole,
    parts_of,
)
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.gates import GateRule
from congto.vocabulary.prices import Confidence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LIMITS = {
    "periods": "Ít nhất số kỳ đã biết",
    "bills": "Ít nhất số hóa đơn cùng nhóm trong sổ",
    "times": "Số lần bình quân các kỳ trước",
    "quarters": "Từ số hộ",
    "day_wh": "kWh mỗi ngày",
    "energy_wh": "Ít nhất kWh trong kỳ",
    "gross_vnd": "Từ tổng tiền (đ)",
    "from_1": "Một kỳ mỗi tháng: từ số ngày",
    "to_1": "Một kỳ mỗi tháng: đến số ngày",
    "from_2": "Hai kỳ mỗi tháng: từ số ngày",
    "to_2": "Hai kỳ mỗi tháng: đến số ngày",
    "from_3": "Ba kỳ mỗi tháng: từ số ngày",
    "to_3": "Ba kỳ mỗi tháng: đến số ngày",
}
"""What a limit means, as screens say it; energy is kept in Wh and shown in kWh."""

WORDS = LimitWords(LIMITS, scales={"day_wh": 1000, "energy_wh": 1000, "quarters": 4}, most=10**15)
STEPS_MAX = 8


class HoldRuleChange(RuleChange):
    """Closes the rule in force on the day and opens a new one from that day."""

    key = "hold_rule"
    title = "Thay đổi quy tắc treo hóa đơn"
    subject_kind = "hold_rule"
    labels = STATE_LABELS | {"ladder": "Bậc ký duyệt"}
    words = WORDS

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest state of the rule."""
        row = latest_row(subject)
        return {
            "valid_from": row.valid_from,
            "enabled": row.enabled,
            "limits": {name: value for name, value in row.limits.items() if name != "ladder"},
            "ladder": row.limits.get("ladder", []),
        }

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state made clean; a ladder that does not rise is refused too."""
        clean = super().validate(subject, after)
        needed = bool(self.current(subject)["ladder"])
        return clean | {"ladder": _ladder(after.get("ladder"), needed=needed)}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Close the present row on the day before and open the new one; rows keep their history."""
        row = latest_row(subject, lock=True)
        start = first_day(after["valid_from"])
        row.valid_to = start
        row.save(update_fields=["valid_to"])
        HoldRule.objects.create(
            rule=row.rule,
            group=row.group,
            valid_from=start,
            enabled=after["enabled"],
            limits={**after["limits"], "ladder": after["ladder"]},
            confidence=Confidence.CONFIRMED,
            source=reason[:240],
            known_at=at,
        )

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if field == "ladder" and isinstance(value, list):
            steps = [f"{format_vi.number(step)}: {_(Signer(who).label)}" for step, who in value]
            return "; ".join(steps)
        return super().shown(field, value)


register(HoldRuleChange())


def latest_row(subject: str, *, lock: bool = False) -> HoldRule:
    """Return the newest row of a rule, the one with an open end."""
    rule, group = parts_of(subject)
    rows = HoldRule.objects.select_for_update() if lock else HoldRule.objects.all()
    row = rows.filter(rule=rule, group=group, valid_to=None).first()
    if row is None:
        raise RefusedError(_("Không có quy tắc treo %(subject)s") % {"subject": subject[:40]})
    return row


def changed_rule(subject: str, after: Mapping[str, Any]) -> GateRule:
    """Return a state of the rule as the gates read it, for a dry run."""
    rule, group = parts_of(subject)
    ladder = tuple((step, who) for step, who in after["ladder"])
    return GateRule(rule, group, after["limits"], ladder)


def _ladder(given: object, *, needed: bool) -> list[list[int]]:
    """Return rising steps (limit, signer); a rule without a ladder keeps none."""
    steps = given if isinstance(given, list) else []
    if bool(steps) != needed or len(steps) > STEPS_MAX:
        raise InvalidInputError(
            _("Bậc ký duyệt: nhận %(found)d bậc") % {"found": len(steps)},
            expected=_("từ 1 đến %d bậc") % STEPS_MAX if needed else _("không bậc nào"),
        )
    for step in steps:
        fits = isinstance(step, list | tuple) and len(step) == 2
        if not fits or not is_whole(step[0], WORDS.most) or step[1] not in Signer.values:
            raise InvalidInputError(
                _("Bậc ký duyệt: nhận “%(found)s”, cần ngưỡng là số nguyên và người ký")
                % {"found": re.sub(r"[\[\]]", "", str(step))[:30]}
            )
    limits, signers = [step[0] for step in steps], [step[1] for step in steps]
    if limits != sorted(set(limits)) or signers != sorted(signers):
        raise InvalidInputError(_("Bậc ký duyệt: ngưỡng phải tăng dần và người ký không thấp đi"))
    return [[limit, signer] for limit, signer in zip(limits, signers, strict=True)]
