"""Orders to cut supply for debt and to give it back.

By command where the meter takes one, else on the spot. Each is judged from the ledger when it is
given; a command that cuts is judged again when it is sent (see `lookout`).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from congto.office.arrears.cases import moment
from congto.office.arrears.choices import CaseState, OrderKind, OrderState, Way
from congto.office.arrears.judging import judgement, why_not
from congto.office.arrears.models import Case, DunningStep, SupplyOrder
from congto.office.commands.choices import ENDED, CommandKind, CommandState
from congto.office.commands.models import Command
from congto.office.commands.operations import RefusedMetersError, Wanted, order, withdraw
from congto.office.control.audit import checked_reason, operation
from congto.office.control.permissions import Action, require
from congto.office.devices.models import Device
from congto.office.meters.choices import UsagePointKind
from congto.office.meters.models import MeterInstallation, UsagePoint
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from congto.office.arrears.judging import Judgement
    from congto.office.commands.models import CommandOrder
    from congto.office.commands.targets import Able

COMMANDS = {OrderKind.DISCONNECT: CommandKind.DISCONNECT, OrderKind.RECONNECT: CommandKind.CONNECT}
RECONNECT_WITHIN = timedelta(hours=24)
"""A command to give supply back may be sent for so long; it is meant to go at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who orders what, and why.

    Attributes:
        kind: what is done to the supply.
        user: who orders it; needs the right to command in the unit.
        reason: stays in the audit row and in the command.
        at: now.
        able: which kinds of command a profile's meters can take.
    """

    kind: OrderKind
    user: User
    reason: str
    at: datetime
    able: Able


def give_order(case: int, asked: Asked) -> list[SupplyOrder]:
    """Order the supply of a case's points cut, or given back; one order a point.

    Raises:
        InvalidInputError: no reason.
        RefusedError: no right, no open case, or the step is not due: the sentence says why.
    """
    if not asked.reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    follow_commands(at=asked.at)
    with operation(
        asked.user, f"arrears.{asked.kind}", "arrears_case", str(case), unit=None,
        reason=asked.reason, at=asked.at,
    ) as work:  # fmt: skip
        held = _locked(case)
        require(asked.user, Action.COMMAND, held.unit)
        answer = _due(held, asked)
        window = _window(asked, answer)
        made = [_order_point(held, point, window, asked) for point in _points(held, asked.kind)]
        _write_step(held, answer, asked)
        work.unit = held.unit
        work.after = {"points": [one.usage_point.code for one in made], "owed_vnd": answer.owed_vnd}
    return made


def _due(case: Case, asked: Asked) -> Judgement:
    """Return the judgement of a case of which the step is due; refuse all others."""
    answer = judgement(case.agreement_id, asked.at)
    refusal = why_not(asked.kind, answer)
    if answer is None or refusal is not None:
        raise RefusedError(
            _("Hợp đồng %(code)s: chưa được %(what)s, %(why)s")
            % {
                "code": case.agreement.code,
                "what": _(str(asked.kind.label)),
                "why": refusal or "",
            }
        )
    return answer


def _locked(number: int) -> Case:
    rows = Case.objects.select_for_update(of=("self",)).select_related("unit", "agreement")
    held = rows.filter(pk=number, state=CaseState.OPEN).first()
    if held is None:
        raise RefusedError(_("Không có hồ sơ nợ số %(number)d đang mở") % {"number": number})
    return held


def _window(asked: Asked, answer: Judgement) -> tuple[datetime, datetime]:
    """Return when an order may be carried out: a cut on the announced day from its hour on."""
    if asked.kind is OrderKind.RECONNECT or answer.announced is None:
        return asked.at, asked.at + RECONNECT_WITHIN
    begin = moment(asked.at).cut_moment(answer.announced).replace(tzinfo=LOCAL_ZONE)
    midnight = datetime.combine(answer.announced + timedelta(days=1), time(), LOCAL_ZONE)
    return max(begin, asked.at), midnight


def _points(case: Case, kind: OrderKind) -> list[UsagePoint]:
    """Return the points of the agreement; to give supply back, those that were cut."""
    points = UsagePoint.objects.filter(agreement=case.agreement_id, kind=UsagePointKind.CUSTOMER)
    if kind is OrderKind.RECONNECT:
        cut = [point for point, last in _last_orders(case).items() if last == OrderKind.DISCONNECT]
        points = points.filter(pk__in=cut)
    found = list(points.select_related("unit").order_by("code"))
    if not found:
        raise RefusedError(
            _("Hợp đồng %(code)s không có điểm đo nào để %(what)s")
            % {"code": case.agreement.code, "what": _(str(kind.label))}
        )
    return found


def _last_orders(case: Case) -> dict[int, str]:
    """Return point -> kind of its last order that was carried out."""
    rows = case.orders.filter(state=OrderState.DONE).order_by("pk")
    return dict(rows.values_list("usage_point_id", "kind"))


def _order_point(
    case: Case, point: UsagePoint, window: tuple[datetime, datetime], asked: Asked
) -> SupplyOrder:
    waiting = SupplyOrder.objects.filter(usage_point=point, state=OrderState.ORDERED).first()
    if waiting is not None:
        raise RefusedError(
            _("Điểm đo %(code)s đã có phiếu số %(number)d chờ thực hiện")
            % {"code": point.code, "number": waiting.pk},
            action=_("chờ kết quả, hoặc rút phiếu đó"),
        )
    sent = _command(case, point, window, asked)
    return SupplyOrder.objects.create(
        case=case,
        usage_point=point,
        unit=case.unit,
        kind=asked.kind,
        way=Way.FIELD if sent is None else Way.REMOTE,
        command_order=sent,
        not_before=window[0],
        not_after=window[1],
        maker=asked.user,
        made_at=asked.at,
    )


def _command(
    case: Case, point: UsagePoint, window: tuple[datetime, datetime], asked: Asked
) -> CommandOrder | None:
    """Order a command to the meter of a point; None where it takes none: somebody has to go."""
    day = asked.at.astimezone(LOCAL_ZONE).date()
    hung = MeterInstallation.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), usage_point=point, valid_from__lte=day
    )
    device = Device.objects.filter(meter__in=hung.values("meter")).first()
    if device is None:
        return None
    wanted = Wanted(
        COMMANDS[asked.kind],
        (device.pk,),
        _("Nợ quá hạn, hồ sơ %(case)d: %(reason)s") % {"case": case.pk, "reason": asked.reason},
        not_before=window[0],
        not_after=window[1],
    )
    try:
        return order(wanted, user=asked.user, at=asked.at, able=asked.able).order
    except RefusedMetersError:  # no way to this meter by command: somebody goes there
        return None


def _write_step(case: Case, answer: Judgement, asked: Asked) -> None:
    DunningStep.objects.get_or_create(
        agreement_id=case.agreement_id,
        kind=asked.kind,
        day=asked.at.astimezone(LOCAL_ZONE).date(),
        defaults={
            "unit": case.unit, "at": asked.at, "round": case.round, "owed_vnd": answer.owed_vnd,
            "due_date": case.due_date,
        },
    )  # fmt: skip


def carried_out(number: int, done_at: datetime, *, user: User, note: str, at: datetime) -> None:
    """Write down that an order was carried out on the spot, and when.

    Raises:
        RefusedError: not such an order, no right, or at a time at which it was not allowed.
    """
    with _ending(number, user, note, at) as held:
        if not held.not_before <= done_at <= min(at, held.not_after):
            raise RefusedError(
                _("Phiếu số %(number)d chỉ được thực hiện từ %(begin)s đến %(end)s")
                % {
                    "number": number,
                    "begin": format_vi.instant(held.not_before),
                    "end": format_vi.instant(held.not_after),
                },
                action=_("nếu đã cắt ngoài giờ đó: đóng điện lại ngay, ghi là không thực hiện"),
            )
        held.state, held.ended_at = OrderState.DONE, done_at


def not_carried_out(number: int, *, user: User, note: str, at: datetime) -> None:
    """Write down that an order was not carried out on the spot, and why."""
    if not note.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    with _ending(number, user, note, at) as held:
        held.state, held.ended_at = OrderState.NOT_DONE, at


def withdraw_order(number: int, *, user: User, reason: str, at: datetime) -> None:
    """Take back an order that nobody has carried out; its command with it."""
    if not reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    follow_commands(at=at)
    with operation(
        user, "arrears.withdraw", "supply_order", str(number), unit=None, reason=reason, at=at
    ) as work:
        held = _waiting(number, user)
        if held.command_order_id is not None:
            withdraw(held.command_order_id, user=user, reason=reason, at=at)
        _end(held, OrderState.WITHDRAWN, checked_reason(reason), at)
        work.unit, work.after = held.unit, {"state": held.state}


def follow_commands(*, at: datetime) -> int:
    """End the orders whose commands have ended; return how many. Safe to repeat."""
    rows = Command.objects.filter(
        order__supply_orders__state=OrderState.ORDERED, state__in=ENDED
    ).values_list("order__supply_orders", "state", "message", "order__supply_orders__kind")
    count = 0
    for number, state, message, kind in list(rows):
        with transaction.atomic():
            held = SupplyOrder.objects.select_for_update().get(pk=number)
            if held.state == OrderState.ORDERED:
                _end(held, _state_of(state, kind), message, at)
                count += 1
    return count


def _state_of(command: str, kind: str) -> OrderState:
    """Return what an order has become when its command has ended.

    A cut whose end nobody saw may have happened: it counts as done, so that supply is given back.
    """
    if command == CommandState.CONFIRMED:
        return OrderState.DONE
    if command == CommandState.UNCERTAIN and kind == OrderKind.DISCONNECT:
        return OrderState.DONE
    return OrderState.WITHDRAWN if command == CommandState.WITHDRAWN else OrderState.NOT_DONE


@contextmanager
def _ending(number: int, user: User, note: str, at: datetime) -> Iterator[SupplyOrder]:
    """Lock an order that waits for somebody on the spot; the block says how it ended."""
    with operation(
        user, "arrears.ended", "supply_order", str(number), unit=None, reason=note, at=at
    ) as work:
        held = _waiting(number, user)
        if held.way != Way.FIELD:
            raise RefusedError(
                _("Phiếu số %(number)d là lệnh từ xa, kết quả đọc về từ công tơ")
                % {"number": number}
            )
        yield held
        held.result = checked_reason(note)
        held.save(update_fields=["state", "ended_at", "result"])
        work.unit, work.before = held.unit, {"state": OrderState.ORDERED.value}
        work.after = {"state": held.state, "ended_at": held.ended_at}


def _waiting(number: int, user: User) -> SupplyOrder:
    rows = SupplyOrder.objects.select_for_update(of=("self",)).select_related("unit")
    held = rows.filter(pk=number, state=OrderState.ORDERED).first()
    if held is None:
        raise RefusedError(_("Không có phiếu số %(number)d chờ thực hiện") % {"number": number})
    require(user, Action.COMMAND, held.unit)
    return held


def _end(held: SupplyOrder, state: OrderState, result: str, at: datetime) -> None:
    held.state, held.result, held.ended_at = state, result[:400], at
    held.save(update_fields=["state", "result", "ended_at"])
