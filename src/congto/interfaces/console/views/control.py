"""Proposals, jobs, findings and audit rows: pages and what people decide on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from congto.interfaces.console.views.lists import now, person, scope_for
from congto.office.commands.queries import order_of_command
from congto.office.control import operations, queries
from congto.office.control.choices import JobState, ProposalState
from congto.office.control.permissions import Action, may
from congto.office.control.proposals import kind_of
from congto.office.control.telling import sentence_of
from congto.office.customers import proposals as prices
from congto.office.customers.choices import PriceGroup
from congto.vocabulary.errors import CongtoError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from congto.office.control.models import AuditEntry, Job, Proposal
    from congto.office.customers.models import Agreement

INBOX_ROWS = 100


# ---- maker and checker ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a proposal, as words, before and after."""

    label: str
    before: str
    after: str
    changed: bool


def differences(proposal: Proposal) -> list[Difference]:
    """Return both states of a proposal field by field, in the words of its kind."""
    kind = kind_of(proposal.kind)
    found = {one.field: one for one in queries.changes(proposal.before, proposal.after)}
    return [
        Difference(
            _(label),
            kind.shown(field, found[field].before),
            kind.shown(field, found[field].after),
            found[field].changed,
        )
        for field, label in kind.labels.items()
        if field in found
    ]


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what waits for a decision, oldest first, and the last decisions."""
    scope = scope_for(request)
    waiting = list(queries.pending_proposals(scope)[:INBOX_ROWS])
    decided = queries.proposals(scope).exclude(state=ProposalState.PENDING)[:20]
    context = {
        "waiting": [(one, _(kind_of(one.kind).title)) for one in waiting],
        "decided": [(one, _(kind_of(one.kind).title)) for one in decided],
    }
    return render(request, "console/control/inbox.html", context)


@require_safe
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """Show one proposal with its difference and the decisions the person may take."""
    found = get_object_or_404(queries.proposals(scope_for(request)), pk=number)
    pending = found.state == ProposalState.PENDING
    own = found.maker_id == person(request).pk
    context = {
        "proposal": found,
        "title": _(kind_of(found.kind).title),
        "subject_url": subject_url(found.subject_kind, found.subject),
        "differences": differences(found),
        "may_decide": pending and not own and may(person(request), Action.APPROVE, found.unit),
        "may_withdraw": pending and own,
        "history": queries.history("proposal", str(found.pk)),
    }
    return render(request, "console/control/proposal.html", context)


DECISIONS: dict[str, Callable[..., Proposal]] = {
    "approve": operations.approve,
    "reject": operations.reject,
    "withdraw": operations.withdraw,
}


@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Approve, reject or withdraw; a refusal comes back as a sentence on the proposal's page."""
    found = get_object_or_404(queries.proposals(scope_for(request)), pk=number)
    decision = DECISIONS.get(request.POST.get("decision", ""))
    if decision is None:
        raise Http404
    try:
        decided = decision(
            found.pk, user=person(request), reason=request.POST.get("reason", ""), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("proposal", found.pk)
    messages.success(request, _(str(ProposalState(decided.state).label)))
    return redirect("proposals")


@require_http_methods(["GET", "HEAD", "POST"])
def propose_price(request: HttpRequest, code: str) -> HttpResponse:
    """Form to propose another price assignment for one of the customer's agreements."""
    agreement = chosen_agreement(request, code)
    kind = kind_of("price_assignment")
    before = kind.current(agreement.code)
    error = ""
    if request.method == "POST":
        try:
            after = read_price_form(request)
            made = operations.propose(
                kind.key,
                agreement.code,
                after,
                reason=request.POST.get("reason", ""),
                user=person(request),
                at=now(),
            )
            return redirect("proposal", made.pk)
        except CongtoError as refused:
            error = sentence_of(refused)
    context = price_form(request, agreement, before, error)
    return render(
        request, "console/control/propose_price.html", context, status=400 if error else 200
    )


def chosen_agreement(request: HttpRequest, code: str) -> Agreement:
    """Return the agreement asked for, else the customer's first; 404 outside the scope."""
    agreements = prices.agreements_of(code)
    if not agreements or not scope_for(request).allows(agreements[0].customer.unit):
        raise Http404
    if not may(person(request), Action.PROPOSE, agreements[0].customer.unit):
        raise PermissionDenied(_("Bạn không có quyền lập đề nghị tại đơn vị này"))
    wanted = request.POST.get("agreement") or request.GET.get("agreement")
    for agreement in agreements:
        if wanted in (None, agreement.code):
            return agreement
    raise Http404


def read_price_form(request: HttpRequest) -> dict[str, Any]:
    """Read the form into the state that the kind validates."""
    posted = request.POST
    try:
        registered_kw = int(posted.get("registered_kw", "").strip() or 0)
    except ValueError as error:
        raise InvalidInputError(
            _("Công suất đăng ký: nhận “%(found)s”, cần một số nguyên kW")
            % {"found": posted.get("registered_kw", "")[:20]}
        ) from error
    return {
        "valid_from": iso_day(posted.get("valid_from", "")),
        "group": posted.get("group", ""),
        "subgroup": posted.get("subgroup", "").strip() or None,
        "voltage": posted.get("voltage") or None,
        "time_of_use": "time_of_use" in posted,
        "household_quarters": prices.quarters_of(posted.get("households", "")),
        "registered_kw": registered_kw,
    }


def iso_day(text: str) -> str:
    """Return dd/mm/yyyy as yyyy-mm-dd, and anything else as it is for the kind to refuse."""
    match = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text.strip(), re.ASCII)
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}" if match else text.strip()


def price_form(
    request: HttpRequest, agreement: Agreement, before: dict[str, Any], error: str
) -> dict[str, Any]:
    """Return the form: what is in force beside what is asked for, filled with what was typed."""
    kind = kind_of("price_assignment")
    values: dict[str, Any] = {
        **before,
        "households": prices.households_text(before["household_quarters"]),
        "valid_from": f"{first_of_next_month(timezone.localdate(now())):%d/%m/%Y}",
        "reason": "",
    }
    if request.method == "POST":
        values |= {name: request.POST.get(name, "") for name in values}
        values["time_of_use"] = "time_of_use" in request.POST
    return {
        "agreement": agreement,
        "agreements": prices.agreements_of(agreement.customer.code),
        "values": values,
        "present": [
            (_(label), kind.shown(name, before.get(name))) for name, label in kind.labels.items()
        ],
        "groups": [(value, _(str(label))) for value, label in PriceGroup.choices],
        "voltages": prices.VOLTAGES,
        "error": error,
    }


def first_of_next_month(day: date) -> date:
    """Return the day that a change begins on unless another is typed."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


# ---- jobs -------------------------------------------------------------------------------------


def visible_job(request: HttpRequest, number: int) -> Job:
    """Return a job of the person's scope; any other does not exist."""
    jobs = queries.jobs_of(person(request), scope_for(request))
    return get_object_or_404(jobs, pk=number)


def job_context(request: HttpRequest, found: Job) -> dict[str, Any]:
    """Return the job and what may be asked of it."""
    user = person(request)
    rules = found.user_id == user.pk or may(user, Action.RUN_JOBS, found.unit)
    active = queries.unfinished(found)
    return {
        "job": found,
        "active": active,
        "may_pause": rules and active and not found.request,
        "may_resume": rules and found.state in {JobState.PAUSED, JobState.FAILED},
        "may_cancel": rules and (active or found.state == JobState.PAUSED),
        "may_download": bool(found.result_file) and may_download(request, found),
    }


@require_safe
def job(request: HttpRequest, number: int) -> HttpResponse:
    """Show one job; its progress reads itself again while the job goes on."""
    found = visible_job(request, number)
    history = queries.history("job", str(found.pk))
    context = {**job_context(request, found), "history": history}
    return render(request, "console/control/job.html", context)


@require_safe
def job_progress(request: HttpRequest, number: int) -> HttpResponse:
    """Return the part of the job's page that moves."""
    context = job_context(request, visible_job(request, number))
    return render(request, "console/control/job_progress.html", context)


REQUESTS = {
    "pause": operations.request_pause,
    "resume": operations.resume,
    "cancel": operations.request_cancel,
}


@require_POST
def job_ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a job to pause, go on or stop."""
    found = visible_job(request, number)
    ask = REQUESTS.get(request.POST.get("request", ""))
    if ask is None:
        raise Http404
    try:
        ask(found, user=person(request), at=now())
    except CongtoError as error:
        messages.error(request, sentence_of(error))
    return redirect("job", found.pk)


def may_download(request: HttpRequest, found: Job) -> bool:
    """Tell whether the person may take the result: today's right to export where the job belongs.

    A result without one unit holds what its starter could see, so only its starter takes it, or
    who may export everything.
    """
    scope = queries.scope_of(person(request), Action.EXPORT)
    if found.unit is None and found.user_id == person(request).pk:
        return bool(scope.paths)
    return scope.allows(found.unit)


@require_safe
def job_result(request: HttpRequest, number: int) -> FileResponse:
    """Hand the finished file over and write down who took it."""
    found = visible_job(request, number)
    if found.state != JobState.DONE or not found.result_file or not may_download(request, found):
        raise Http404
    file = settings.DATA / "results" / found.result_file
    if file.parent != settings.DATA / "results" or not file.is_file():
        raise Http404
    operations.record(
        person(request),
        "job.download",
        "job",
        str(found.pk),
        unit=found.unit,
        after={"file": found.result_file},
        at=now(),
    )
    return FileResponse(file.open("rb"), as_attachment=True, filename=file.name)


# ---- findings and audit -----------------------------------------------------------------------


@require_safe
def finding(request: HttpRequest, number: int) -> HttpResponse:
    """Show one finding: the rule, what was seen, what was expected, what was done about it."""
    found = get_object_or_404(queries.findings(scope_for(request)), pk=number)
    may_close = found.state == "open" and may(person(request), Action.RESOLVE, found.unit)
    context = {
        "finding": found,
        "subject_url": subject_url(found.subject_kind, found.subject),
        "may_close": may_close,
        "may_order": may_close and found.subject_kind == "usage_point" and found.period_to,
        "history": queries.history("finding", str(found.pk)),
    }
    return render(request, "console/control/finding.html", context)


def subject_url(kind: str, subject: str) -> str:
    """Return the page of what a finding or an audit row is about, if it has one."""
    numbered = {
        "proposal": "proposal",
        "job": "job",
        "finding": "finding",
        "bill": "bill",
        "campaign": "campaign",
        "command_order": "command-order",
    }
    named = {
        "customer": "customer",
        "usage_point": "point-data",
        "reading_book": "reading-book",
        "plan": "plan",
        "meter": "device",
    }
    if kind == "command":
        order = order_of_command(int(subject)) if subject.isdigit() else None
        return reverse("command-order", args=[order]) if order else ""
    rules = {"hold_rule": ("hold-rule", "group"), "interval_rule": ("interval-rule", "class")}
    if kind in numbered:
        return reverse(numbered[kind], args=[int(subject)]) if subject.isdigit() else ""
    if kind in named:
        return reverse(named[kind], args=[subject])
    if kind in rules:
        (page, key), (rule, _slash, part) = rules[kind], subject.partition("/")
        return reverse(page, args=[rule]) + (f"?{key}={part}" if part else "")
    return ""


@require_POST
def close_finding(request: HttpRequest, number: int) -> HttpResponse:
    """Mark a finding as dealt with."""
    found = get_object_or_404(queries.findings(scope_for(request)), pk=number)
    try:
        operations.close_finding(
            found.pk, reason=request.POST.get("reason", ""), user=person(request), at=now()
        )
    except CongtoError as error:
        messages.error(request, sentence_of(error))
        return redirect("finding", found.pk)
    return redirect("findings")


@require_safe
def audit_entry(request: HttpRequest, number: int) -> HttpResponse:
    """Show one audit row with the state before and after, field by field."""
    entries = queries.audit(scope_for(request, Action.READ_AUDIT))
    found: AuditEntry = get_object_or_404(entries, pk=number)
    context = {
        "entry": found,
        "changes": queries.changes(found.before, found.after),
        "subject_url": subject_url(found.subject_kind, found.subject),
    }
    return render(request, "console/control/audit_entry.html", context)
