"""Devices suspended, taken into use again, retired, moved to another address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import AccessLimit, Device
from congto.office.meters.remote import read_remotely
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.contrib.auth.models import User

    from congto.office.devices.choices import LimitKind

NAMED_MAX = 200
"""So many devices of one operation are named in its audit row; of more the number is."""
CHANGEABLE = ("host", "port", "logical_device", "cell", "profile", "concentrator_id", "path")


def suspend(devices: Sequence[int], *, reason: str, user: User | None, at: datetime) -> int:
    """Call devices no more until they are resumed; return how many were active."""
    return _move(
        devices, DeviceState.SUSPENDED, (DeviceState.ACTIVE,), reason=reason, user=user, at=at
    )


def resume(devices: Sequence[int], *, reason: str, user: User | None, at: datetime) -> int:
    """Call suspended or retired devices again; return how many there were."""
    before = (DeviceState.SUSPENDED, DeviceState.RETIRED)
    return _move(devices, DeviceState.ACTIVE, before, reason=reason, user=user, at=at)


def retire(devices: Sequence[int], *, reason: str, user: User | None, at: datetime) -> int:
    """Give devices up: their secrets are not opened any more, what was done stays in the books."""
    before = (DeviceState.ACTIVE, DeviceState.SUSPENDED)
    return _move(devices, DeviceState.RETIRED, before, reason=reason, user=user, at=at)


def _move(  # noqa: PLR0913  (who, what, why and when)
    devices: Sequence[int],
    state: DeviceState,
    before: tuple[DeviceState, ...],
    *,
    reason: str,
    user: User | None,
    at: datetime,
) -> int:
    with operation(user, f"devices.{state}", "device", unit=None, at=at, reason=reason) as work:
        rows = list(
            Device.objects.select_for_update(of=("self",))
            .filter(pk__in=devices, state__in=before)
            .select_related("unit", "meter")
            .order_by("pk")
        )
        _require(user, rows)
        Device.objects.filter(pk__in=[one.pk for one in rows]).update(state=state)
        if state is DeviceState.ACTIVE:
            read_remotely({one.meter_id: one.unit for one in rows}, user=user, at=at)
        work.subject = rows[0].meter.serial if len(rows) == 1 else ""
        work.unit = rows[0].unit if len({one.unit_id for one in rows}) == 1 else None
        work.before = {one.meter.serial: one.state for one in rows[:NAMED_MAX]}
        work.after = {one.meter.serial: str(state) for one in rows[:NAMED_MAX]}
        if len(rows) > NAMED_MAX:
            work.after["devices"] = len(rows)
    return len(rows)


def change_device(
    device: int, changes: dict[str, Any], *, reason: str, user: User | None, at: datetime
) -> None:
    """Change how a device is reached: host, port, logical_device, cell, profile, concentrator_id.

    Raises:
        InvalidInputError: another field.
        RefusedError: no such device, or the person may not.
    """
    strange = set(changes) - set(CHANGEABLE)
    if strange:
        raise InvalidInputError(f"field {min(strange)}", expected=f"one of {', '.join(CHANGEABLE)}")
    with operation(user, "devices.change", "device", unit=None, at=at, reason=reason) as work:
        row = (
            Device.objects.select_for_update(of=("self",))
            .select_related("unit", "meter")
            .filter(pk=device)
            .first()
        )
        if row is None:
            raise RefusedError(f"device {device} is not in the books", expected="a device of them")
        _require(user, [row])
        work.subject, work.unit = row.meter.serial, row.unit
        work.before = {name: getattr(row, name) for name in changes}
        work.after = changes
        for name, value in changes.items():
            setattr(row, name, value)
        row.save(update_fields=list(changes))


def set_access_limit(  # noqa: PLR0913  (what a limit is, who and when)
    kind: LimitKind,
    code: str,
    *,
    sessions_max: int,
    starts_per_minute: int,
    burst: int,
    user: User | None,
    at: datetime,
    reason: str = "",
) -> AccessLimit:
    """Set how often meters may be called: of all, or of a cell or concentrator.

    One person's decision, audited; a new limit starts with a full bucket.

    Raises:
        InvalidInputError: a number is not above zero.
        RefusedError: the person may not, everywhere.
    """
    numbers = {
        "sessions_max": sessions_max,
        "starts_per_minute": starts_per_minute,
        "burst": burst,
    }
    for name, number in numbers.items():
        if number < 1:
            raise InvalidInputError(f"{name} {number}", expected="1 or more")
    if user is not None:
        require(user, Action.MANAGE_DEVICES, None)
    subject = f"{kind} {code}".strip()
    with operation(
        user, "devices.limit", "access_limit", subject, unit=None, at=at, reason=reason
    ) as work:
        limit = AccessLimit.objects.select_for_update().filter(kind=kind, code=code).first()
        if limit is None:
            full = {"tokens_milli": burst * 1_000, "refilled_at": at}
            limit = AccessLimit.objects.create(kind=kind, code=code, **numbers, **full)
        else:
            work.before = {name: getattr(limit, name) for name in numbers}
            for name, number in numbers.items():
                setattr(limit, name, number)
            limit.tokens_milli = min(limit.tokens_milli, burst * 1_000)
            limit.save(update_fields=[*numbers, "tokens_milli"])
        work.after = numbers
    return limit


def _require(user: User | None, rows: Sequence[Device]) -> None:
    if user is None:
        return
    for unit in {one.unit_id: one.unit for one in rows}.values():
        require(user, Action.MANAGE_DEVICES, unit)
