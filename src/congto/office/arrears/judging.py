"""One agreement judged at a moment, and the verdict in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from congto.office.arrears.cases import judged
from congto.office.arrears.choices import StepKind, WaitReason
from congto.office.arrears.owed import open_bills_of
from congto.office.storage.bulk import bulk
from congto.vocabulary import format_vi

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from congto.vocabulary.money import Dong


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of an agreement.

    Attributes:
        agreement: number. case: number of the open case, if there is one.
        step: due now; cut_on: day that a warning given now would announce.
        waits: why nothing is due; next_step, next_on: what comes next if nothing intervenes.
        announced: day of the cut that the last warning named.
        owed_vnd: overdue.
    """

    agreement: int
    case: int | None
    step: str | None
    cut_on: date | None
    waits: str | None
    next_step: str | None
    next_on: date | None
    announced: date | None
    owed_vnd: Dong


def judgements(agreements: Sequence[int], at: datetime) -> dict[int, Judgement]:
    """Judge agreements from the ledger as it is; those without debt and case are left out."""
    with bulk() as books:
        bills = open_bills_of(books, agreements)
        rows = judged(books, bills, at, agreements=agreements)
    names = ("step", "cut_on", "waits", "next_step", "next_on", "announced", "owed_vnd")
    return {
        row["agreement_id"]: Judgement(
            row["agreement_id"], row["case_id"], **{name: row[name] for name in names}
        )
        for row in rows.iter_rows(named=True)
    }


def judgement(agreement: int, at: datetime) -> Judgement | None:
    """Judge one agreement; None where it owes nothing and has no case."""
    return judgements([agreement], at).get(agreement)


def why_not(step: str, answer: Judgement | None) -> str | None:
    """Say in words why a step may not be taken; None where it is due."""
    if answer is None:
        return _("không còn nợ quá hạn")
    if answer.step == step:
        return None
    if answer.waits is not None:
        reason = _(str(WaitReason(answer.waits).label))
        if answer.next_on is None or answer.next_step is None:
            return reason
        return _("%(why)s; tiếp theo là %(step)s ngày %(day)s") % {
            "why": reason,
            "step": _(str(StepKind(answer.next_step).label)),
            "day": format_vi.day(answer.next_on),
        }
    if answer.step == StepKind.CLOSE:
        return _("không còn nợ quá hạn")
    return _("bước phải làm lúc này là %(step)s") % {
        "step": _(str(StepKind(str(answer.step)).label))
    }
