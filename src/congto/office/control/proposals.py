"""Maker and checker: one person proposes a change, another sees the difference and decides.

What can be proposed is a registry of kinds: each stage registers its own in its `proposals` module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from congto.office.control.audit import as_json, checked_reason, operation
from congto.office.control.choices import ProposalState
from congto.office.control.models import Proposal
from congto.office.control.permissions import Action, require
from congto.office.control.queries import changes
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit


class ProposalKind(Protocol):
    """One kind of change that needs a second person; states are dicts that JSON can keep."""

    key: str
    title: str
    subject_kind: str
    labels: dict[str, str]
    """Field of the state -> its name on screens."""
    right: Action = Action.PROPOSE
    """What the maker must be allowed in the unit."""

    def unit(self, subject: str) -> Unit:
        """Return the unit whose people may propose and approve; RefusedError if no such subject."""

    def current(self, subject: str) -> dict[str, Any]:
        """Return the present state."""

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new state made clean, or raise a sentence that says what is wrong with it."""

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Put the new state into the books, inside the transaction of the approval."""

    def shown(self, field: str, value: object) -> str:
        """Return a value of the state as a screen shows it."""

    def signing_unit(self, subject: str, unit: Unit) -> Unit:
        """Return the unit in which the checker needs the right; that of the subject by default."""
        del subject
        return unit

    def proposed(self, subject: str, *, at: datetime) -> None:
        """Mark the subject as waiting, inside the transaction of the proposal."""
        del subject, at  # most kinds leave no mark

    def dropped(self, subject: str, *, at: datetime) -> None:
        """Take the mark back, inside the transaction that rejects or withdraws."""
        del subject, at


_KINDS: dict[str, ProposalKind] = {}


def register(kind: ProposalKind) -> None:
    """Make a kind known under its key."""
    _KINDS[kind.key] = kind


def kind_of(key: str) -> ProposalKind:
    """Return the kind of a key."""
    if key not in _KINDS:
        raise InvalidInputError(
            _("Không có loại đề nghị %(key)s") % {"key": key}, expected=", ".join(sorted(_KINDS))
        )
    return _KINDS[key]


def propose(  # noqa: PLR0913  (who, what, why and when)
    kind: str,
    subject: str,
    after: dict[str, Any],
    *,
    reason: str,
    user: User,
    at: datetime,
    key: str | None = None,
) -> Proposal:
    """Write down a change for another person to decide; the same key again gives the same one."""
    what = kind_of(kind)
    unit = what.unit(subject)
    require(user, what.right, unit)
    _need_reason(reason)
    with operation(
        user, "proposal.make", "proposal", unit=unit, reason=reason, at=at, key=key
    ) as work:
        if work.earlier:
            return Proposal.objects.get(pk=int(work.earlier.subject))
        before = as_json(what.current(subject)) or {}
        clean = as_json(what.validate(subject, after)) or {}
        if clean == before:
            raise RefusedError(_("Đề nghị không thay đổi gì so với hiện tại"))
        proposal = Proposal(
            kind=what.key,
            subject_kind=what.subject_kind,
            subject=subject,
            unit=unit,
            before=before,
            after=clean,
            reason=checked_reason(reason),
            maker=user,
            made_at=at,
        )
        _insert(proposal)
        what.proposed(subject, at=at)
        work.subject = str(proposal.pk)
        work.before, work.after = before, clean
    return proposal


def _insert(proposal: Proposal) -> None:
    """Insert the row; the database lets one wait per kind and subject."""
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError as error:
        if "proposal_one_pending" not in str(error):
            raise
        raise RefusedError(
            _("%(subject)s đã có một đề nghị cùng loại đang chờ duyệt")
            % {"subject": proposal.subject},
            action=_("duyệt, từ chối hoặc rút đề nghị đó trước"),
        ) from error


def approve(proposal_id: int, *, user: User, reason: str = "", at: datetime) -> Proposal:
    """Put the change into force after reading the present state again.

    Refused for the maker, for a proposal already decided, and when the state has changed since.
    """
    with transaction.atomic():
        proposal = _locked(proposal_id)
        what = kind_of(proposal.kind)
        require(user, Action.APPROVE, what.signing_unit(proposal.subject, proposal.unit))
        if proposal.maker_id == user.pk:
            raise RefusedError(_("Người lập không được tự duyệt đề nghị của mình"))
        _refuse_if_changed(what, proposal)
        after = what.validate(proposal.subject, proposal.after)
        what.apply(proposal.subject, after, reason=proposal.reason, at=at)
        return _decide(proposal, ProposalState.APPROVED, user, reason, at)


def reject(proposal_id: int, *, user: User, reason: str, at: datetime) -> Proposal:
    """Turn a proposal down, with the reason."""
    _need_reason(reason)
    with transaction.atomic():
        proposal = _locked(proposal_id)
        require(user, Action.APPROVE, proposal.unit)
        if proposal.maker_id == user.pk:
            raise RefusedError(_("Người lập không được tự từ chối, chỉ được rút lại"))
        kind_of(proposal.kind).dropped(proposal.subject, at=at)
        return _decide(proposal, ProposalState.REJECTED, user, reason, at)


def withdraw(proposal_id: int, *, user: User, reason: str = "", at: datetime) -> Proposal:
    """Take one's own proposal back."""
    with transaction.atomic():
        proposal = _locked(proposal_id)
        if proposal.maker_id != user.pk:
            raise RefusedError(_("Chỉ người lập được rút đề nghị"))
        kind_of(proposal.kind).dropped(proposal.subject, at=at)
        return _decide(proposal, ProposalState.WITHDRAWN, user, reason, at)


def lapse(proposal_id: int, *, reason: str, at: datetime) -> Proposal | None:
    """Take a proposal back whose time is over; its own kind has dropped the subject already.

    Returns None where a person has decided it meanwhile.
    """
    with transaction.atomic():
        rows = Proposal.objects.select_for_update(of=("self",)).select_related("unit")
        proposal = rows.filter(pk=proposal_id, state=ProposalState.PENDING).first()
        if proposal is None:
            return None
        return _decide(proposal, ProposalState.WITHDRAWN, None, reason, at)


def _locked(proposal_id: int) -> Proposal:
    """Lock the row, so that of two deciding at once the second finds it decided."""
    rows = Proposal.objects.select_for_update(of=("self",)).select_related("unit")
    proposal = rows.filter(pk=proposal_id).first()
    if proposal is None:
        raise RefusedError(_("Không có đề nghị số %(id)s") % {"id": proposal_id})
    if proposal.state != ProposalState.PENDING:
        raise RefusedError(
            _("Đề nghị số %(id)s không còn chờ duyệt: %(state)s")
            % {"id": proposal_id, "state": _(ProposalState(proposal.state).label)}
        )
    return proposal


def _refuse_if_changed(what: ProposalKind, proposal: Proposal) -> None:
    now = as_json(what.current(proposal.subject)) or {}
    moved = [
        _("%(field)s: lúc lập %(then)s, nay %(now)s")
        % {
            "field": _(what.labels.get(change.field, change.field)),
            "then": what.shown(change.field, change.before) or "–",
            "now": what.shown(change.field, change.after) or "–",
        }
        for change in changes(proposal.before, now)
        if change.changed
    ]
    if moved:
        raise RefusedError(
            _("%(subject)s đã thay đổi từ khi lập đề nghị (%(difference)s)")
            % {"subject": proposal.subject, "difference": "; ".join(moved)},
            action=_("từ chối và lập đề nghị mới"),
        )


def _decide(
    proposal: Proposal, state: ProposalState, user: User | None, reason: str, at: datetime
) -> Proposal:
    with operation(
        user,
        f"proposal.{state}",
        "proposal",
        str(proposal.pk),
        unit=proposal.unit,
        reason=reason,
        at=at,
    ) as work:
        work.before = {"state": proposal.state, "of": proposal.before}
        proposal.state = state
        proposal.checker = user
        proposal.decided_at = at
        proposal.decision_reason = checked_reason(reason)
        proposal.save(update_fields=["state", "checker", "decided_at", "decision_reason"])
        work.after = {"state": state, "of": proposal.after}
    return proposal


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
