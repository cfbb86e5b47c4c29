"""Change of a gate's rule: its limits, its ladder of signers, whether it is on, from a day on.

A rule is the whole house's, so its proposals belong to the corporation.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.billing.choices import Signer
from congto.office.billing.models import HoldRule
from congto.office.control.proposals import ProposalKind, register
from congto.office.organisation.models import Unit
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

SCALES = {"day_wh": 1000, "energy_wh": 1000, "quarters": 4}
"""What one unit on the screen is in the books: a kWh is 1000 Wh, a household four quarters."""

LIMIT_MAX = 10**15
STEPS_MAX = 8


class HoldRuleChange(ProposalKind):
    """Closes the rule in force on the day and opens a new one from that day."""

    key = "hold_rule"
    title = "Thay đổi quy tắc treo hóa đơn"
    subject_kind = "hold_rule"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "valid_from": "Áp dụng từ ngày",
        "enabled": "Đang bật",
        "limits": "Ngưỡng",
        "ladder": "Bậc ký duyệt",
    }

    def unit(self, subject: str) -> Unit:
        """Return the corporation: the root of the units."""
        latest_row(subject)
        root = Unit.objects.filter(parent=None).order_by("pk").first()
        if root is None:
            raise RefusedError(_("Chưa có đơn vị nào trong sổ"))
        return root

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
        """Return the new state made clean, or say what is wrong with it.

        Refused: a day not after the start of the present state (bills already judged stay judged),
        limits that the rule does not read, and a ladder that does not rise.
        """
        unknown = after.keys() - self.labels.keys()
        if unknown:
            raise InvalidInputError(
                _("Trường lạ: %(names)s") % {"names": ", ".join(sorted(unknown))}
            )
        row = latest_row(subject)
        start = _day(after.get("valid_from"))
        if start <= row.valid_from:
            raise RefusedError(
                _("Ngày áp dụng %(day)s: cần sau %(start)s, ngày trạng thái hiện tại bắt đầu")
                % {"day": format_vi.day(start), "start": format_vi.day(row.valid_from)}
            )
        if not isinstance(after.get("enabled"), bool):
            raise InvalidInputError(_("Đang bật: cần có hoặc không"))
        now = self.current(subject)
        return {
            "valid_from": start,
            "enabled": after["enabled"],
            "limits": _limits(after.get("limits"), now["limits"]),
            "ladder": _ladder(after.get("ladder"), needed=bool(now["ladder"])),
        }

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Close the present row on the day before and open the new one; rows keep their history."""
        row = latest_row(subject, lock=True)
        start = _day(after["valid_from"])
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
        if field == "valid_from":
            return format_vi.day(_day(value))
        if field == "enabled":
            return _("Có") if value else _("Không")
        if field == "limits" and isinstance(value, dict):
            said = [f"{_(LIMITS[name])}: {shown_limit(name, one)}" for name, one in value.items()]
            return "; ".join(said)
        if field == "ladder" and isinstance(value, list):
            steps = [f"{format_vi.number(step)}: {_(Signer(who).label)}" for step, who in value]
            return "; ".join(steps)
        return str(value)


register(HoldRuleChange())


def subject_of(rule: str, group: str) -> str:
    """Return how proposals name a rule: "BIL-201/residential", "BIL-102/"."""
    return f"{rule}/{group}"


def latest_row(subject: str, *, lock: bool = False) -> HoldRule:
    """Return the newest row of a rule, the one with an open end."""
    rule, _slash, group = subject.partition("/")
    rows = HoldRule.objects.select_for_update() if lock else HoldRule.objects.all()
    row = rows.filter(rule=rule, group=group, valid_to=None).first()
    if row is None:
        raise RefusedError(_("Không có quy tắc treo %(subject)s") % {"subject": subject[:40]})
    return row


def changed_rule(subject: str, after: Mapping[str, Any]) -> GateRule:
    """Return a state of the rule as the gates read it, for a dry run."""
    rule, _slash, group = subject.partition("/")
    ladder = tuple((step, who) for step, who in after["ladder"])
    return GateRule(rule, group, after["limits"], ladder)


def shown_limit(name: str, value: int) -> str:
    """Write a limit in the unit of the screen: 100000 Wh -> "100"; a fraction keeps its comma."""
    scale = SCALES.get(name, 1)
    whole, rest = divmod(value, scale)
    if not rest:
        return format_vi.number(whole)
    digits = f"{rest * 1000 // scale:03}".rstrip("0")
    return f"{format_vi.number(whole)},{digits}"


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
        if not _whole(value):
            raise InvalidInputError(
                _("%(label)s: nhận “%(found)s”, cần số nguyên không âm")
                % {"label": _(LIMITS[name]), "found": str(value)[:20]}
            )
    return {name: given[name] for name in known}


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
        if not fits or not _whole(step[0]) or step[1] not in Signer.values:
            raise InvalidInputError(
                _("Bậc ký duyệt: nhận “%(found)s”, cần ngưỡng là số nguyên và người ký")
                % {"found": re.sub(r"[\[\]]", "", str(step))[:30]}
            )
    limits, signers = [step[0] for step in steps], [step[1] for step in steps]
    if limits != sorted(set(limits)) or signers != sorted(signers):
        raise InvalidInputError(_("Bậc ký duyệt: ngưỡng phải tăng dần và người ký không thấp đi"))
    return [[limit, signer] for limit, signer in zip(limits, signers, strict=True)]


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LIMIT_MAX
