"""A drawer's difference reaches the ledger: proposed by one person, decided by another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from django.utils.translation import gettext as _

from congto.office.channels.choices import DrawerState, Tender
from congto.office.channels.drawers import differences
from congto.office.channels.models import DrawerTurn
from congto.office.control.proposals import ProposalKind, register
from congto.office.ledger import rules
from congto.office.ledger.accounts import (
    collecting_account_code,
    overage_account_code,
    shortage_account_code,
)
from congto.office.ledger.choices import JournalKind
from congto.office.ledger.operations import open_difference_accounts, post
from congto.office.ledger.queries import account_numbers
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.money import format_dong
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from congto.office.organisation.models import Unit

KEY = "drawer_difference"


class DrawerDifference(ProposalKind):
    """Books what a drawer lacked or held too much; the subject is the number of the turn."""

    key = KEY
    title = "Ghi sổ chênh lệch kiểm quỹ"
    subject_kind = "drawer_turn"
    labels = {"state": "Trạng thái", **dict(Tender.choices)}  # noqa: RUF012  (the registry's protocol; nobody writes to it)

    def unit(self, subject: str) -> Unit:
        """Return the unit of the drawer."""
        return _turn(subject).unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the state and the difference of each tender that differs."""
        turn = _turn(subject)
        return {"state": turn.state, **differences(turn)}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state; what was counted cannot be proposed otherwise."""
        turn = _turn(subject)
        if turn.state != DrawerState.DIFFERENCE:
            raise RefusedError(
                _("Ca thu %(turn)s không có chênh lệch chờ xử lý") % {"turn": subject}
            )
        if after.get("state") != DrawerState.SETTLED:
            raise InvalidInputError(_("Chỉ ghi sổ được chênh lệch đã kiểm"))
        return {"state": DrawerState.SETTLED.value, **differences(turn)}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Post the differences on the day of the approval: Dr or Cr the counter's cash."""
        del after, reason
        turn = _turn(subject)
        counter = turn.drawer.counter
        open_difference_accounts(counter.code, counter.name)
        codes = {
            "cash": collecting_account_code(counter.code, is_counter=True),
            "shortage": shortage_account_code(counter.code),
            "overage": overage_account_code(counter.code),
        }
        numbers = account_numbers(list(codes.values()))
        counts = pl.DataFrame(
            [
                {"source": turn.pk, "amount_vnd": amount}
                | {name: numbers[code] for name, code in codes.items()}
                for amount in differences(turn).values()
            ]
        )
        day = at.astimezone(LOCAL_ZONE).date()
        post(JournalKind.DRAWER_DIFFERENCE, rules.drawer_differences(counts), accounting_date=day)
        DrawerTurn.objects.filter(pk=turn.pk).update(state=DrawerState.SETTLED)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if field == "state":
            return _(DrawerState(str(value)).label)
        return "" if value is None else format_dong(int(str(value)))


def _turn(subject: str) -> DrawerTurn:
    rows = DrawerTurn.objects.select_related("drawer__counter", "unit")
    found = rows.filter(pk=int(subject)).first() if subject.isdecimal() else None
    if found is None:
        raise RefusedError(_("Không có ca thu số %(turn)s") % {"turn": subject[:20]})
    return found


register(DrawerDifference())
