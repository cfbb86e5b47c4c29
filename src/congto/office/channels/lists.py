"""Bills handed over for collection: to a bank by mandates, to an agent by its reading books.

A bill is out on one list at a time. A result is taken line by line, each line once: what was paid
is posted under the line's own reference, so that a file that comes twice, in parts or after a kill
does what it would have done at once. Money that was taken and cannot be posted is never lost: its
line waits (WAITING), or says that it has to be given back (TAKEN) until somebody has (RETURNED).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from congto.office.billing.choices import owed_states
from congto.office.channels.choices import OVER_LIMIT, LineState, ListKind
from congto.office.channels.models import Agent, CollectionLine, CollectionList, ListResult
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.payments import collecting
from congto.office.payments.choices import Answer, AttemptState, PartnerKind
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django.contrib.auth.models import User

    from congto.office.organisation.models import Unit
    from congto.office.payments.models import Partner
    from congto.vocabulary.money import Dong

AUTO_DEBIT, AT_HOME, AT_POINT = "auto_debit", "agent_home", "agent"
"""Channels of the payments that lists bring."""

COLLECTED = frozenset({LineState.PAID, LineState.WAITING, LineState.TAKEN, LineState.RETURNED})
"""States of lines for which the customer has paid whoever collects."""
A_DAY = timedelta(days=1)
"""How far a partner's clock may be off: nothing is paid before its list, or tomorrow."""
SENTENCES_KEPT = 200


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a result: paid with an amount and an instant, or refused with a reason."""

    reference: str
    paid: bool
    amount_vnd: Dong
    paid_at: datetime | None
    reason: str = ""


BY_MANDATE = """
FROM channels_mandate m
JOIN customers_agreement a ON a.customer_id = m.customer_id
JOIN billing_bill b ON b.agreement_id = a.id AND b.state = ANY(%(owed)s)
JOIN organisation_unit u ON u.id = b.unit_id AND starts_with(u.path, %(path)s)
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o
WHERE m.bank_id = %(partner)s AND m.valid_from <= %(day)s
    AND (m.valid_to IS NULL OR %(day)s < m.valid_to) AND o.net + o.vat > 0
"""
BY_BOOK = """
FROM channels_agentbook g JOIN channels_agent q ON q.id = g.agent_id
JOIN meters_usagepoint p ON p.reading_book_id = g.book_id AND p.kind = 'customer'
JOIN customers_agreement a ON a.id = p.agreement_id
JOIN billing_bill b ON b.agreement_id = a.id AND b.state = ANY(%(owed)s)
JOIN organisation_unit u ON u.id = b.unit_id AND starts_with(u.path, %(path)s)
CROSS JOIN LATERAL payments_owed(ARRAY[b.id]) o
WHERE q.partner_id = %(partner)s AND g.valid_from <= %(day)s
    AND (g.valid_to IS NULL OR %(day)s < g.valid_to) AND o.net + o.vat > 0
    AND NOT EXISTS (SELECT FROM channels_mandate m WHERE m.customer_id = a.customer_id
        AND m.valid_from <= %(day)s AND (m.valid_to IS NULL OR %(day)s < m.valid_to))
"""
FILL = """
INSERT INTO channels_collectionline (list_id, number, unit_id, bill_id, agreement_id, mandate_id,
    reference, amount_vnd, state, reason, tries)
SELECT %(list)s, n, unit_id, bill, agreement, mandate, %(list)s || '-' || n, amount,
    CASE WHEN amount > most THEN 'refused' ELSE 'out' END,
    CASE WHEN amount > most THEN %(over)s ELSE '' END, 0
FROM (
    SELECT row_number() OVER (ORDER BY customer_id, period_from, bill) AS n, *
    FROM (
        SELECT DISTINCT b.id AS bill, b.unit_id, b.period_from, a.id AS agreement, a.customer_id,
            {mandate} AS mandate, {most} AS most, o.net + o.vat AS amount
        {source}
            AND NOT EXISTS (SELECT FROM channels_collectionline l
                WHERE l.bill_id = b.id AND l.state IN ('out', 'waiting'))
    ) owed
) numbered
"""
FILL_DEBIT = FILL.format(mandate="m.id", most="m.limit_vnd", source=BY_MANDATE)
FILL_AGENT = FILL.format(mandate="NULL::bigint", most="NULL::bigint", source=BY_BOOK)


def make_debit_list(
    bank: Partner, unit: Unit, collect_on: date, *, user: User, at: datetime
) -> CollectionList:
    """Put the open bills of a bank's mandates on a list, once for a bank, unit and day.

    A bill above its mandate's limit is on the list as refused, and not in the file.

    Raises:
        RefusedError: no bank, no right in the unit, or nothing to collect.
    """
    if bank.kind != PartnerKind.BANK:
        raise RefusedError(
            _("%(partner)s không phải ngân hàng") % {"partner": bank.name},
            expected=_("ngân hàng giữ các ủy nhiệm trích nợ"),
        )
    return _make(ListKind.DEBIT, bank, unit, collect_on, AUTO_DEBIT, user=user, at=at)


def make_agent_list(agent: Agent, collect_on: date, *, user: User, at: datetime) -> CollectionList:
    """Put the open bills of an agent's reading books on a list; customers with a mandate are left.

    Raises:
        RefusedError: no right in the unit, no contract on the day, or nothing to collect.
    """
    if collect_on < agent.valid_from or (agent.valid_to and agent.valid_to <= collect_on):
        raise RefusedError(
            _("Hợp đồng đại lý %(agent)s không có hiệu lực ngày %(day)s")
            % {"agent": agent.partner.code, "day": f"{collect_on:%d/%m/%Y}"}
        )
    channel = AT_HOME if agent.visits_homes else AT_POINT
    given = (ListKind.AGENT, agent.partner, agent.unit, collect_on, channel)
    return _make(*given, user=user, at=at)


def _make(  # noqa: PLR0913  (what, whose, when, by whom)
    kind: ListKind,
    partner: Partner,
    unit: Unit,
    collect_on: date,
    channel: str,
    *,
    user: User,
    at: datetime,
) -> CollectionList:
    require(user, Action.COLLECT, unit)
    key = f"list:{partner.pk}:{unit.pk}:{collect_on}"
    with operation(user, "list.make", "collection_list", unit=unit, at=at, key=key) as work:
        if work.earlier:
            return CollectionList.objects.get(pk=int(work.earlier.subject))
        made = CollectionList.objects.create(
            kind=kind,
            partner=partner,
            unit=unit,
            collect_on=collect_on,
            channel=channel,
            lines_count=0,
            total_vnd=0,
            made_at=at,
        )
        values: dict[str, int | str | date | list[int]] = {
            "list": made.pk, "partner": partner.pk, "path": unit.path, "day": collect_on,
            "owed": owed_states(), "over": OVER_LIMIT,
        }  # fmt: skip
        _fill(FILL_DEBIT if kind is ListKind.DEBIT else FILL_AGENT, values)
        out = made.lines.filter(state=LineState.OUT).aggregate(n=Count("id"), sum=Sum("amount_vnd"))
        if not out["n"]:
            raise RefusedError(
                _("Không có hóa đơn nào để giao %(partner)s thu") % {"partner": partner.name}
            )
        made.lines_count, made.total_vnd = out["n"], int(out["sum"])
        made.save(update_fields=["lines_count", "total_vnd"])
        work.subject = str(made.pk)
        work.after = {"lines": made.lines_count, "total_vnd": made.total_vnd}
    return made


def _fill(sql: str, values: dict[str, int | str | date | list[int]]) -> None:
    """Write the lines; of two lists made at this moment with the same bill one waits and fails."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError as error:
        if "bill_on_one_list" not in str(error):
            raise
        raise RefusedError(
            _("Một bảng kê khác vừa nhận các hóa đơn này"), action=_("lập lại bảng kê")
        ) from error


def take_result(
    given: CollectionList, told: Sequence[Told], content: bytes, *, user: User, at: datetime
) -> ListResult:
    """Apply a result file line by line; a file that was applied to its end does nothing.

    Args:
        given: the list that the result is of.
        told: its lines, read from `content`.
        content: the file, whose hash is its name.
        user: who brings it.
        at: now.
    """
    require(user, Action.COLLECT, given.unit)
    digest = hashlib.sha256(content).hexdigest()
    earlier = given.results.filter(digest=digest).first()
    if earlier is not None:
        return earlier
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for one in told:
        became = _apply(given, one, at=at)
        if became in LineState.values:
            counts[became] += 1
        else:
            wrong.append(became)
    with operation(
        user, "list.result", "collection_list", str(given.pk), unit=given.unit, at=at
    ) as work:
        work.after = {"file": digest, **counts, "wrong": len(wrong)}
        found, _made = ListResult.objects.get_or_create(
            list=given,
            digest=digest,
            defaults={
                "came_at": at,
                "told": {
                    "counts": dict(counts), "wrong": wrong[:SENTENCES_KEPT],
                    "wrong_count": len(wrong),
                },
            },
        )  # fmt: skip
    return found


@transaction.atomic
def _apply(given: CollectionList, told: Told, *, at: datetime) -> str:
    """Apply one line; return its state, or the sentence that says why it was not taken."""
    line = _locked(given, told.reference)
    if line is None:
        return _("%(reference)s không có trong bảng kê này") % {"reference": told.reference[:40]}
    if told.paid and told.amount_vnd != line.amount_vnd:
        return _("%(reference)s: tệp ghi %(told)s đồng, bảng kê giao %(given)s đồng") % {
            "reference": line.reference,
            "told": told.amount_vnd,
            "given": line.amount_vnd,
        }
    if not told.paid:
        return _refused(line, told.reason)
    if told.paid_at and not given.made_at - A_DAY <= told.paid_at <= at + A_DAY:
        return _("%(reference)s: trả lúc %(paid)s, ngoài thời gian của bảng kê") % {
            "reference": line.reference,
            "paid": format_vi.instant(told.paid_at),
        }
    if line.state not in COLLECTED:
        line.paid_at = told.paid_at or at
        _post(line, given, at=at)
    return str(line.state)


def _refused(line: CollectionLine, reason: str) -> str:
    if line.state in COLLECTED:
        return _("%(reference)s: tệp ghi không thu được, trước đó đã báo thu được") % {
            "reference": line.reference
        }
    if line.state == LineState.OUT:
        line.state, line.reason = LineState.REFUSED, reason[:120]
        line.save(update_fields=["state", "reason"])
    return str(line.state)


def _post(line: CollectionLine, given: CollectionList, *, at: datetime) -> None:
    """Post a line under its next number, or find out what became of the number before."""
    number = _number(line)
    held = collecting.status(given.partner_id, number) if line.tries else None
    if held is None or held.state is AttemptState.REJECTED:
        line.tries += 1
        number = _number(line)
        held = collecting.pay(given.partner_id, _asked(line, number, given.channel), at=at)
    if held.state is AttemptState.POSTED:
        line.state, line.reason = LineState.PAID, ""
    else:
        paid_otherwise = held.answer in {Answer.ALREADY_PAID, Answer.INVOICE_CANCELLED}
        line.state = LineState.TAKEN if paid_otherwise else LineState.WAITING
        line.reason = str(held.answer.label)
    line.save(update_fields=["state", "reason", "paid_at", "tries"])


def _number(line: CollectionLine) -> str:
    """Return the number under which the line is posted: D-12-3, then D-12-3-2 and so on."""
    return f"L{line.reference}" if line.tries <= 1 else f"L{line.reference}-{line.tries}"


def _asked(line: CollectionLine, number: str, channel: str) -> collecting.Asked:
    assert line.paid_at is not None, "told before"
    return collecting.Asked(
        number,
        hashlib.sha256(f"{number} {line.amount_vnd}".encode()).digest(),
        line.agreement.customer.code,
        [line.bill_id],
        [line.amount_vnd],
        line.paid_at,
        channel,
    )


def post_waiting(given: CollectionList, *, user: User, at: datetime) -> int:
    """Try again to post what was collected and waits; return how many lines wait no more."""
    require(user, Action.COLLECT, given.unit)
    done = 0
    references = given.lines.filter(state=LineState.WAITING).values_list("reference", flat=True)
    for reference in list(references):
        with transaction.atomic():
            line = _locked(given, reference)
            if line is not None and line.state == LineState.WAITING:
                _post(line, given, at=at)
                done += line.state != LineState.WAITING
    return done


def recall(given: CollectionList, *, reason: str, user: User, at: datetime) -> int:
    """Take back the bills that are still out, so that others may collect them; return how many."""
    require(user, Action.COLLECT, given.unit)
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with operation(
        user, "list.recall", "collection_list", str(given.pk), unit=given.unit,
        reason=reason, at=at,
    ) as work:  # fmt: skip
        taken = given.lines.filter(state=LineState.OUT).update(state=LineState.RECALLED)
        work.after = {"lines": taken}
    return taken


def give_back(
    given: CollectionList, reference: str, *, reason: str, user: User, at: datetime
) -> CollectionLine:
    """Write down that money taken for a bill that was paid otherwise has been given back.

    It never entered the ledger here: the bank or the agent returns it, and the reason says how.

    Raises:
        InvalidInputError: no reason.
        RefusedError: the line is not one whose money has to be given back.
    """
    require(user, Action.COLLECT, given.unit)
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with operation(
        user, "list.give_back", "collection_line", reference, unit=given.unit, reason=reason, at=at
    ) as work:
        line = _locked(given, reference)
        if line is None or line.state != LineState.TAKEN:
            raise RefusedError(
                _("%(reference)s không phải dòng chờ hoàn lại") % {"reference": reference[:40]}
            )
        work.before = {"state": line.state}
        line.state = LineState.RETURNED
        line.save(update_fields=["state"])
        work.after = {"state": line.state, "amount_vnd": line.amount_vnd}
    return line


def _locked(given: CollectionList, reference: str) -> CollectionLine | None:
    rows = CollectionLine.objects.select_for_update(of=("self",))
    found = rows.select_related("agreement__customer").filter(list=given, reference=reference)
    return found.first()
