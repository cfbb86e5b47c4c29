"""Tasks that somebody asks for: a reading by a person now, and tasks of later stages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from congto.office.campaigns.choices import CampaignState, Priority, TaskKind, TaskState
from congto.office.campaigns.models import Campaign, Task
from congto.office.control.audit import operation
from congto.office.control.permissions import Action, require
from congto.office.devices.choices import DeviceState
from congto.office.devices.models import Device
from congto.vocabulary.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

ASKED_FOR = timedelta(minutes=10)
"""Nobody waits at a screen for longer."""
ASKABLE = (TaskKind.REGISTERS, TaskKind.HALF_HOURS, TaskKind.EVENTS, TaskKind.CLOCK)
PLAIN_ATTEMPTS = 3


class Asked(NamedTuple):
    """A task that a later stage asks for.

    Attributes:
        device: number of the device. kind, args: what is to be done.
        subject: what asked for it. key: asked for once under it.
        due_at, expires_at: not before, not after.
    """

    device: int
    kind: TaskKind
    args: dict[str, Any]
    subject: str
    key: str
    due_at: datetime
    expires_at: datetime


def ask_now(
    device_id: int,
    kinds: Iterable[TaskKind],
    *,
    user: User | None,
    at: datetime,
    key: str | None = None,
) -> int:
    """Let a meter be read now; return the number of the campaign, whose progress can be asked.

    A reading that another person asked for and that is not over is taken, not asked for again.

    Args:
        device_id: number of the device.
        kinds: of ASKABLE.
        user: who asks; None: the command line.
        at: now.
        key: the caller's own, of at most 60 characters: asked for once under it.

    Raises:
        RefusedError: the person may not, or the device is not called.
        InvalidInputError: no such device, or a kind that is no reading.
    """
    wanted = list(dict.fromkeys(kinds))
    with transaction.atomic():
        device = _device(device_id)
        if user is not None:
            require(user, Action.VIEW, device.unit)
        if not wanted or set(wanted) - set(ASKABLE):
            raise InvalidInputError(
                _("Việc đọc tức thời %(kinds)s") % {"kinds": ", ".join(wanted) or "-"},
                expected=", ".join(ASKABLE),
            )
        going_on = _going_on(device, wanted, at) if key is None else _of_key(key)
        if going_on is not None:
            return going_on
        until = at + ASKED_FOR
        with operation(
            user, "campaign.ask_now", "device", str(device.pk), unit=device.unit, at=at
        ) as work:
            made = Campaign.objects.create(
                name=_("Đọc tức thời %(serial)s") % {"serial": device.meter.serial},
                unit=device.unit,
                user=user,
                opens_at=at,
                closes_at=until,
                total=len(wanted),
            )
            Task.objects.bulk_create(
                Task(
                    campaign=made,
                    device=device,
                    kind=kind,
                    key=None if key is None else f"{key}:{kind}",
                    priority=Priority.ON_DEMAND,
                    created_at=at,
                    due_at=at,
                    expires_at=until,
                    attempts_max=PLAIN_ATTEMPTS,
                )
                for kind in wanted
            )
            work.after = {"campaign": made.pk, "kinds": wanted}
    return int(made.pk)


def put_task(asked: Asked, *, priority: Priority, at: datetime) -> int:
    """Put a task into the queue, in the caller's transaction; the same key gives the one there is.

    Args:
        asked: what.
        priority: COMMAND for commands.
        at: now.
    """
    found, _new = Task.objects.get_or_create(
        key=asked.key,
        defaults={
            "device_id": asked.device,
            "kind": asked.kind,
            "args": asked.args,
            "subject": asked.subject,
            "priority": priority,
            "created_at": at,
            "due_at": asked.due_at,
            "expires_at": asked.expires_at,
            "attempts_max": PLAIN_ATTEMPTS,
        },
    )
    return int(found.pk)


def cancel(tasks: Iterable[int], *, at: datetime) -> int:
    """Cancel tasks that wait; one that a worker has goes on. Return how many were cancelled."""
    rows = Task.objects.filter(pk__in=list(tasks), state=TaskState.WAITING)
    return rows.update(state=TaskState.CANCELLED, ended_at=at)


def _device(number: int) -> Device:
    found = (
        Device.objects.select_for_update(of=("self",))
        .select_related("unit", "meter")
        .filter(pk=number)
        .first()
    )
    if found is None:
        raise InvalidInputError(
            _("Không có thiết bị số %(number)d") % {"number": number},
            action=_("chọn thiết bị trong danh sách"),
        )
    if found.state != DeviceState.ACTIVE:
        raise RefusedError(
            _("Thiết bị %(serial)s %(state)s")
            % {"serial": found.meter.serial, "state": found.get_state_display()},
            expected=_("thiết bị đang đọc"),
        )
    return found


def _going_on(device: Device, kinds: list[TaskKind], at: datetime) -> int | None:
    """Return the campaign that is reading the same already; None where there is none."""
    rows = Campaign.objects.filter(
        plan=None,
        state=CampaignState.OPEN,
        closes_at__gt=at,
        tasks__device=device,
        tasks__state__in=[TaskState.WAITING, TaskState.LEASED],
    ).distinct()
    for one in rows:
        if set(one.tasks.values_list("kind", flat=True)) >= set(kinds):
            return int(one.pk)
    return None


def _of_key(key: str) -> int | None:
    """Return the campaign that was asked for under a key; None where there is none."""
    found = Task.objects.filter(key__startswith=f"{key}:").exclude(campaign=None).first()
    return None if found is None else found.campaign_id
