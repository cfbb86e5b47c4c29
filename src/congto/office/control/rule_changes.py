"""Change of a dated rule of the house: its limits and whether it is on, from a day on.

The gates of bills and the rules of half-hours are changed the same way: a proposal carries the
whole new state, a second person approves it, a new row begins on its day and the row before stays
for the days before. A rule is the whole house's, so its proposals belong to the corporation. A
family of rules is a subclass that names its limits, returns its latest state and adds a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.control.choices import ProposalState
from congto.office.control.models import Proposal
from congto.office.control.proposals import ProposalKind
from congto.office.organisation.models import Unit
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_LABELS = {
    "valid_from": "Áp dụng từ ngày",
    "enabled": "Đang bật",
    "limits": "Ngưỡng",
}
"""What every dated rule has; a family may add fields of its own."""


@dataclass(frozen=True, slots=True)
class LimitWords:
    """What the limits of a family of rules are called, and in which unit screens show them."""

    labels: Mapping[str, str]
    scales: Mapping[str, int] = field(default_factory=dict)
    """What one unit on the screen is in the books: a kWh is 1000 Wh, a household four quarters."""

    most: int = 10**12
    """The largest limit in the unit of the books, which the arithmetic still multiplies."""

    def shown(self, name: str, value: int) -> str:
        """Write a limit in the unit of the screen: 100000 Wh -> "100", 1500 Wh -> "1,5"."""
        scale = self.scales.get(name, 1)
        whole, rest = divmod(value, scale)
        if not rest:
            return format_vi.number(whole)
        digits = f"{rest * 1000 // scale:03}".rstrip("0")
        return f"{format_vi.number(whole)},{digits}"

    def checked(self, given: object, known: Mapping[str, int]) -> dict[str, int]:
        """Return the limits that the rule reads, each a whole number; refuse any other set."""
        if not isinstance(given, dict) or given.keys() != known.keys():
            names = ", ".join(_(self.labels[name]) for name in sorted(known)) or "–"
            raise InvalidInputError(_("Ngưỡng: cần đúng các mục %(names)s") % {"names": names})
        for name, value in given.items():
            if not is_whole(value, self.most):
                raise InvalidInputError(
                    _("%(label)s: nhận “%(found)s”, cần số nguyên không âm")
                    % {"label": _(self.labels[name]), "found": str(value)[:20]}
                )
        return {name: given[name] for name in known}


class RuleChange(ProposalKind):
    """A kind of proposal that adds a row to a rule; a state is `STATE_LABELS` and more."""

    words: LimitWords
    labels = STATE_LABELS

    def unit(self, subject: str) -> Unit:
        """Return the corporation: the root of the units."""
        self.current(subject)
        root = Unit.objects.filter(parent=None).order_by("pk").first()
        if root is None:
            raise RefusedError(_("Chưa có đơn vị nào trong sổ"))
        return root

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state made clean, or say what is wrong with it.

        Refused: a day not after the start of the present state (what was judged stays judged) and
        limits that the rule does not read.
        """
        unknown = after.keys() - self.labels.keys()
        if unknown:
            raise InvalidInputError(
                _("Trường lạ: %(names)s") % {"names": ", ".join(sorted(unknown))}
            )
        now = self.current(subject)
        start = first_day(after.get("valid_from"))
        if start <= now["valid_from"]:
            raise RefusedError(
                _("Ngày áp dụng %(day)s: cần sau %(start)s, ngày trạng thái hiện tại bắt đầu")
                % {"day": format_vi.day(start), "start": format_vi.day(now["valid_from"])}
            )
        if not isinstance(after.get("enabled"), bool):
            raise InvalidInputError(_("Đang bật: cần có hoặc không"))
        limits = self.words.checked(after.get("limits"), now["limits"])
        return {"valid_from": start, "enabled": after["enabled"], "limits": limits}

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if field == "valid_from":
            return format_vi.day(first_day(value))
        if field == "enabled":
            return _("Có") if value else _("Không")
        if field == "limits" and isinstance(value, dict):
            labels, shown = self.words.labels, self.words.shown
            return "; ".join(
                f"{_(labels[name])}: {shown(name, one)}" for name, one in value.items()
            )
        return str(value)


def subject_of(rule: str, group: str) -> str:
    """Return how proposals name a rule of a group, or of all: "V-09/residential", "BIL-102/"."""
    return f"{rule}/{group}"


def parts_of(subject: str) -> tuple[str, str]:
    """Return the rule and the group that a subject names."""
    rule, _slash, group = subject.partition("/")
    return rule, group


def waiting(kind: str) -> dict[str, Proposal]:
    """Return the proposals of a kind that wait for a second person, by their rule."""
    rows = Proposal.objects.filter(kind=kind, state=ProposalState.PENDING)
    return {one.subject: one for one in rows.select_related("maker")}


def first_day(value: object) -> date:
    """Return the day a state begins, from a date or its ISO text."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidInputError(
            _("Ngày áp dụng: nhận “%(found)s”, cần ngày như 01/12/2026")
            % {"found": str(value)[:20]}
        ) from error


def is_whole(value: object, most: int) -> bool:
    """Tell whether a value can be a limit: a whole number from 0, not True or False."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
