"""Orders (phiếu lệnh): taken as a whole or refused as a whole, each meter with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.commands.arguments import checked_args
from congto.office.commands.caps import caps_over, days_of, lock_kind, refuse_over_cap
from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.models import Command, CommandOrder
from congto.office.commands.releasing import release
from congto.office.commands.rules import AHEAD_MAX, CUTTING, METERS_MAX, WINDOW_MAX
from congto.office.commands.targets import Judged, Refusal, RefusedMetersError, judge
from congto.office.control.audit import checked_reason, operation
from congto.office.control.permissions import Action, require
from congto.office.control.proposals import propose
from congto.office.control.queries import scope_of
from congto.office.organisation.models import Unit
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from congto.office.commands.targets import Able

PROPOSAL = "command_order"
WINDOW = timedelta(hours=24)
SERIALS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for.

    Attributes:
        kind: CommandKind.
        device_ids: of the meters.
        reason: why; stays in the audit row.
        args: see `arguments`.
        not_before, not_after: when it may be sent; from now on and for a day, where not given.
    """

    kind: str
    device_ids: tuple[int, ...]
    reason: str
    args: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    not_after: datetime | None = None

    def window(self, at: datetime) -> tuple[datetime, datetime]:
        """Return when it may be sent, or refuse a window that is over, too long or too far."""
        begin = max(self.not_before or at, at)
        end = self.not_after or begin + WINDOW
        if not begin < end <= begin + WINDOW_MAX or begin > at + AHEAD_MAX:
            raise InvalidInputError(
                _("Thời hạn lệnh từ %(begin)s đến %(end)s")
                % {"begin": format_vi.instant(begin), "end": format_vi.instant(end)},
                expected=_("bắt đầu trong 31 ngày tới, kết thúc sau lúc bắt đầu tối đa 7 ngày"),
            )
        return begin, end


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order in the books, and the meters that were left out of it."""

    order: CommandOrder
    refused: tuple[Refusal, ...] = ()


def preview(wanted: Wanted, *, user: User, at: datetime, able: Able) -> Judged:
    """Tell which meters an order would take and which it would refuse; nothing is written."""
    kind = checked(wanted)
    days = days_of(*wanted.window(at))
    return judge(kind, wanted.device_ids, days, scope_of(user, Action.COMMAND), able)


def order(  # noqa: PLR0913  (what, who, when, and how to take it)
    wanted: Wanted,
    *,
    user: User,
    at: datetime,
    able: Able,
    key: str | None = None,
    skip_refused: bool = False,
) -> Ordered:
    """Take an order: its commands wait for a second person, or for the meter where none is needed.

    Args:
        wanted: what is asked for.
        user: the maker, who may command in the unit of all the meters.
        at: now.
        able: which kinds a profile's meters can take.
        key: the caller's; the same key with the same order gives the same order again.
        skip_refused: take the order for the meters that can, and say which were left out.

    Raises:
        InvalidInputError: kind, arguments, reason or window cannot be.
        RefusedMetersError: a meter cannot take it (with `skip_refused`: none can).
        RefusedError: no right, a cap would be passed, or the key was another order's.
    """
    kind = checked(wanted)
    args = checked_args(kind, wanted.args)
    with operation(
        user, "command.order", PROPOSAL, unit=None, reason=wanted.reason, at=at, key=key
    ) as work:
        if work.earlier:
            return Ordered(_the_same(int(work.earlier.subject), wanted, args, skip=skip_refused))
        window = wanted.window(at)
        lock_kind(kind)
        scope = scope_of(user, Action.COMMAND)
        judged = judge(kind, wanted.device_ids, days_of(*window), scope, able)
        _refuse_meters(judged, skip=skip_refused)
        unit = common_unit(device.unit for device in judged.taken)
        require(user, Action.COMMAND, unit)
        refuse_over_cap(kind, judged.by_unit, *window)
        made = CommandOrder(kind=kind, args=args, unit=unit, maker=user, made_at=at, key=key)
        made.reason = checked_reason(wanted.reason)
        made.not_before, made.not_after = window
        _take(made, judged, second=needs_second(kind, judged, user, at))
        work.subject, work.unit, work.after = str(made.pk), unit, state_of(made, judged)
    return Ordered(made, judged.refused)


def checked(wanted: Wanted) -> CommandKind:
    """Return the kind of an order whose plain parts are right."""
    if wanted.kind not in CommandKind.values:
        raise InvalidInputError(
            _("Không có loại lệnh %(kind)s") % {"kind": wanted.kind[:40]},
            expected=", ".join(CommandKind.values),
        )
    if not wanted.reason.strip():
        raise InvalidInputError(_("Thiếu lý do"), action=_("ghi lý do"))
    ids = wanted.device_ids
    if not 1 <= len(ids) <= METERS_MAX or len(set(ids)) != len(ids):
        raise InvalidInputError(
            _("Phiếu lệnh có %(count)d công tơ") % {"count": len(ids)},
            expected=_("từ 1 đến %(most)d công tơ, mỗi công tơ một lần") % {"most": METERS_MAX},
        )
    return CommandKind(wanted.kind)


def common_unit(units: Iterable[Unit]) -> Unit:
    """Return the lowest unit that has all of these below it."""
    paths = sorted({unit.path for unit in units})
    shared = paths[0]
    while not all(path.startswith(shared) for path in paths):
        shared = shared.rstrip("/").rpartition("/")[0] + "/"
        if shared == "/":
            raise RefusedError(_("Các công tơ không cùng một tổng công ty"))
    return Unit.objects.get(path=shared)


def needs_second(kind: CommandKind, judged: Judged, user: User, at: datetime) -> bool:
    """Tell whether a second person decides: from so many meters on, as the units say.

    What cuts is counted together with what the same person cut alone that day, so that an order in
    pieces is no way around.
    """
    count = len(judged.taken)
    if kind in CUTTING:
        day = at.astimezone(LOCAL_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        alone = Command.objects.filter(kind=kind, order__maker=user, order__proposal=None)
        count += alone.filter(order__made_at__gte=day).count()
    units = {device.unit for device in judged.taken}
    return any(count >= over.cap.two_persons_from for over in caps_over(kind, units))


def state_of(made: CommandOrder, judged: Judged) -> dict[str, Any]:
    """Return an order as audit rows and proposals keep it."""
    serials = [device.meter.serial for device in judged.taken]
    return {
        "kind": made.kind,
        "args": made.args,
        "meters": len(serials),
        "serials": serials[:SERIALS_SHOWN],
        "not_before": made.not_before,
        "not_after": made.not_after,
    }


def _refuse_meters(judged: Judged, *, skip: bool) -> None:
    if not judged.refused or (skip and judged.taken):
        return
    raise RefusedMetersError(
        judged.refused, "" if skip else _("bỏ các công tơ đó ra, hoặc chọn bỏ qua chúng")
    )


def _take(made: CommandOrder, judged: Judged, *, second: bool) -> None:
    """Write an order with its commands; they wait for the second person or for their meters."""
    made.save(force_insert=True)
    Command.objects.bulk_create(
        Command(order=made, device=device, kind=made.kind, changed_at=made.made_at)
        for device in judged.taken
    )
    if not second:
        release(made, at=made.made_at)
        return
    after = {"state": CommandState.QUEUED.value, **state_of(made, judged)}
    made.proposal = propose(
        PROPOSAL, str(made.pk), after, reason=made.reason, user=made.maker, at=made.made_at
    )
    made.save(update_fields=["proposal"])


def _the_same(number: int, wanted: Wanted, args: dict[str, Any], *, skip: bool) -> CommandOrder:
    """Return the order of a key that came again; refuse where it asks for something else."""
    made = CommandOrder.objects.get(pk=number)
    held = set(made.commands.values_list("device_id", flat=True))
    asked = set(wanted.device_ids)
    meters = held <= asked if skip else held == asked
    if made.kind != wanted.kind or made.args != args or not meters:
        raise RefusedError(
            _("Khóa này đã dùng cho phiếu lệnh số %(number)d, có nội dung khác")
            % {"number": number},
            expected=_("một khóa riêng cho mỗi phiếu"),
        )
    return made
