"""What a second person decides: orders of commands, the end of a protection, a cap."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from congto.office.commands.caps import caps_over, lock_kind, refuse_over_cap
from congto.office.commands.choices import CommandKind, CommandState
from congto.office.commands.models import CommandCap, CommandOrder, ProtectedPoint
from congto.office.commands.ordering import PROPOSAL
from congto.office.commands.protection import held, lock_points, points_of
from congto.office.commands.releasing import release
from congto.office.commands.targets import Refusal, RefusedMetersError, refuse_cutting
from congto.office.commands.withdrawing import take_back
from congto.office.control.permissions import Action
from congto.office.control.proposals import ProposalKind, register
from congto.office.devices.choices import DeviceState
from congto.office.meters.models import UsagePoint
from congto.office.organisation.models import Unit
from congto.vocabulary import format_vi
from congto.vocabulary.errors import InvalidInputError, RefusedError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from congto.office.devices.models import Device

PROTECTION_END, CAP = "protection_end", "command_cap"
PER_DAY_MAX = 100_000
LEAST = {"per_day": 0, "two_persons_from": 1}


class OrderOfCommands(ProposalKind):
    """Releases the commands of an order; the subject is the order's number."""

    key = PROPOSAL
    title = "Phiếu lệnh điều khiển"
    subject_kind = "command_order"
    right = Action.COMMAND
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "state": "Trạng thái",
        "kind": "Lệnh",
        "args": "Thông số",
        "meters": "Số công tơ",
        "serials": "Công tơ",
        "not_before": "Gửi từ",
        "not_after": "Gửi đến",
    }

    def unit(self, subject: str) -> Unit:
        """Return the lowest unit that has all the meters."""
        return _order(subject).unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the state of the commands, which is one as long as they wait."""
        states = _order(subject).commands.order_by("state").values_list("state", flat=True)
        return {"state": "; ".join(states.distinct())}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return what the order says; its commands were judged when it was taken."""
        _order(subject)
        unknown = after.keys() - self.labels.keys()
        if unknown:
            raise InvalidInputError(
                _("Trường lạ: %(names)s") % {"names": ", ".join(sorted(unknown))}
            )
        return after

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Judge again what may have changed since, then put the commands into the queue.

        Raises:
            RefusedError: the window is over, a device is called no more, a point is protected
                now, or a cap has been lowered.
        """
        del after, reason
        made = _order(subject)
        if at >= made.not_after:
            raise RefusedError(
                _("Phiếu lệnh số %(number)s đã quá hạn gửi %(end)s")
                % {"number": subject, "end": format_vi.instant(made.not_after)},
                action=_("từ chối và lập phiếu mới"),
            )
        lock_kind(made.kind)
        rows = made.commands.select_related("device__meter", "device__unit")
        devices = [command.device for command in rows]
        _refuse_silent(devices)
        first = max(at, made.not_before)
        day = first.astimezone(LOCAL_ZONE).date()
        points = points_of((one.meter_id for one in devices), day)
        lock_points(point.pk for point in points.values())
        refuse_cutting(made.kind, devices, (first, made.not_after))
        none_more = Counter({device.unit.path: 0 for device in devices})
        refuse_over_cap(made.kind, none_more, first, made.not_after)
        release(made, at=at)

    def dropped(self, subject: str, *, at: datetime) -> None:
        """Withdraw the commands of an order that was turned down or taken back."""
        commands = _order(subject).commands.filter(state=CommandState.PROPOSED)
        take_back(commands, CommandState.WITHDRAWN, _("phiếu lệnh không được duyệt"), at=at)

    def shown(self, field: str, value: object) -> str:
        """Return a value of the state as a screen shows it."""
        if value is None or value in ("", {}, []):
            return ""
        if field == "state" and value in CommandState.values:
            return _(str(CommandState(str(value)).label))
        if field == "kind" and value in CommandKind.values:
            return _(str(CommandKind(str(value)).label))
        if field in {"not_before", "not_after"}:
            return format_vi.instant(datetime.fromisoformat(str(value)))
        if isinstance(value, dict):
            return "; ".join(f"{name}: {one}" for name, one in value.items())
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


class EndOfProtection(ProposalKind):
    """Ends the protection of a usage point on a day; the subject is the point's code."""

    key = PROTECTION_END
    title = "Bỏ bảo vệ phụ tải không được cắt"
    subject_kind = "usage_point"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "reason": "Lý do bảo vệ",
        "document": "Văn bản",
        "valid_from": "Bảo vệ từ ngày",
        "valid_to": "Bảo vệ đến trước ngày",
    }

    def unit(self, subject: str) -> Unit:
        """Return the district of the point."""
        point = UsagePoint.objects.select_related("unit").filter(code=subject).first()
        if point is None:
            raise RefusedError(_("Không có điểm đo %(code)s") % {"code": subject})
        return point.unit

    def current(self, subject: str) -> dict[str, Any]:
        """Return the latest protection of the point."""
        row = _latest(subject)
        return {name: getattr(row, name) for name in self.labels}

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the protection with its end; only the end may change."""
        now = self.current(subject)
        try:
            end = date.fromisoformat(str(after.get("valid_to")))
        except ValueError as error:
            raise InvalidInputError(
                _("Bảo vệ đến trước ngày: nhận “%(found)s”, cần một ngày")
                % {"found": str(after.get("valid_to"))[:20]}
            ) from error
        if end <= now["valid_from"]:
            raise InvalidInputError(
                _("Bảo vệ điểm đo %(code)s: ngày kết thúc không sau ngày bắt đầu")
                % {"code": subject}
            )
        return {**now, "valid_to": end}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Write the end down; days before the present one stay protected as they were.

        Raises:
            RefusedError: the end lies before the day of the approval.
        """
        del reason
        end = date.fromisoformat(str(after["valid_to"]))
        if end < at.astimezone(LOCAL_ZONE).date():
            raise RefusedError(
                _("Ngày bỏ bảo vệ %(day)s đã qua") % {"day": format_vi.day(end)},
                action=_("từ chối và lập đề nghị mới"),
            )
        row = ProtectedPoint.objects.select_for_update().get(pk=_latest(subject).pk)
        row.valid_to = end
        row.save(update_fields=["valid_to"])

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        if value is None:
            return ""
        if field.startswith("valid_"):
            return format_vi.day(date.fromisoformat(str(value)))
        return str(value)


class CapChange(ProposalKind):
    """Changes the cap of a kind in a unit; the subject is the unit's code, a slash, the kind."""

    key = CAP
    title = "Hạn mức lệnh điều khiển"
    subject_kind = "command_cap"
    labels = {  # noqa: RUF012  (the registry's protocol; nobody writes to it)
        "per_day": "Lệnh một ngày",
        "two_persons_from": "Hai người duyệt từ số công tơ",
    }

    def unit(self, subject: str) -> Unit:
        """Return the unit that the cap is over."""
        return _unit_and_kind(subject)[0]

    def signing_unit(self, subject: str, unit: Unit) -> Unit:
        """Return the unit above: nobody in a unit widens its own cap; the root has none above."""
        del subject
        return unit if unit.parent is None else unit.parent

    def current(self, subject: str) -> dict[str, Any]:
        """Return what holds now: the unit's own cap, else the default."""
        unit, kind = _unit_and_kind(subject)
        over = next(one for one in caps_over(kind, [unit]) if one.unit == unit)
        return dict(over.cap._asdict())

    def validate(self, subject: str, after: dict[str, Any]) -> dict[str, Any]:
        """Return the new cap, or say what is wrong with it."""
        _unit_and_kind(subject)
        if after.keys() != self.labels.keys():
            raise InvalidInputError(
                _("Hạn mức: cần đúng các mục %(names)s")
                % {"names": ", ".join(_(label) for label in self.labels.values())}
            )
        for name, least in LEAST.items():
            value = after[name]
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole or not least <= value <= PER_DAY_MAX:
                raise InvalidInputError(
                    _("%(label)s: nhận “%(found)s”, cần số nguyên từ %(least)d đến %(most)d")
                    % {
                        "label": _(self.labels[name]),
                        "found": str(value)[:20],
                        "least": least,
                        "most": PER_DAY_MAX,
                    }
                )
        return {name: after[name] for name in self.labels}

    def apply(self, subject: str, after: dict[str, Any], *, reason: str, at: datetime) -> None:
        """Write the cap; it holds for orders and approvals from now on."""
        del reason, at
        unit, kind = _unit_and_kind(subject)
        lock_kind(kind)
        CommandCap.objects.update_or_create(unit=unit, kind=kind, defaults=after)

    def shown(self, field: str, value: object) -> str:
        """Return a value as a screen shows it."""
        del field
        return "" if value is None else str(value)


def _order(subject: str) -> CommandOrder:
    found = CommandOrder.objects.select_related("unit").filter(pk=_number(subject)).first()
    if found is None:
        raise RefusedError(_("Không có phiếu lệnh số %(number)s") % {"number": subject})
    return found


def _number(subject: str) -> int:
    return int(subject) if subject.isdecimal() else 0


def _refuse_silent(devices: list[Device]) -> None:
    silent = [one for one in devices if one.state != DeviceState.ACTIVE]
    if silent:
        raise RefusedMetersError(
            [
                Refusal(
                    one.meter.serial,
                    _("thiết bị %(state)s") % {"state": _(str(DeviceState(one.state).label))},
                )
                for one in silent
            ]
        )


def _latest(code: str) -> ProtectedPoint:
    row = held(code).last()
    if row is None:
        raise RefusedError(_("Điểm đo %(code)s không có trong danh sách bảo vệ") % {"code": code})
    return row


def _unit_and_kind(subject: str) -> tuple[Unit, CommandKind]:
    code, _slash, kind = subject.partition("/")
    unit = Unit.objects.select_related("parent").filter(code=code).first()
    if unit is None or kind not in CommandKind.values:
        raise RefusedError(_("Không có hạn mức %(subject)s") % {"subject": subject})
    return unit, CommandKind(kind)


register(OrderOfCommands())
register(EndOfProtection())
register(CapChange())
