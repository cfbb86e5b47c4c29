"""EndDeviceControls of IEC 61968-9 carried out: each is an order, its answer tells every meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.interfaces.files.controls.iec61968 import (
    Control,
    Request,
    Told,
    Verb,
    read_request,
    write_reply,
)
from congto.interfaces.files.iec61968_envelope import Trouble
from congto.interfaces.meters.abilities import able
from congto.office.commands import operations, queries
from congto.office.control.permissions import Action
from congto.office.control.queries import scope_of
from congto.vocabulary.errors import CongtoError
from congto.vocabulary.periods import LOCAL_ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User


def answered(octets: bytes, *, user: User, at: datetime) -> bytes:
    """Carry out a message and return the reply.

    A control that cannot be is told in the reply and does not stop the others; the meters of one
    that can be are taken, the others are told. The same message again gives the same orders.

    Raises:
        InvalidInputError: the message cannot be read.
    """
    request = read_request(octets)
    told: list[Told] = []
    troubles: list[Trouble] = []
    for place, control in enumerate(request.controls, 1):
        try:
            number, refused = _done(request, place, control, user, at)
        except operations.RefusedMetersError as error:
            troubles += [Trouble(one.name, one.why) for one in error.refused]
            continue
        except CongtoError as error:
            troubles.append(Trouble(str(control.number or place), error.sentence()))
            continue
        troubles += refused
        told += _told(number, user)
    return write_reply(request, told, troubles, at)


def _done(
    request: Request, place: int, control: Control, user: User, at: datetime
) -> tuple[int, list[Trouble]]:
    """Return the number of the order, and the meters that it left out."""
    if request.verb is Verb.CREATE:
        return _ordered(request, place, control, user, at)
    number = control.number or 0
    if request.verb is Verb.CANCEL:
        reason = control.reason or request.message
        operations.withdraw(number, user=user, reason=reason, at=at)
    elif queries.order_of(number, scope_of(user)) is None:
        return number, [Trouble(str(number), f"there is no order {number}.")]
    return number, []


def _ordered(
    request: Request, place: int, control: Control, user: User, at: datetime
) -> tuple[int, list[Trouble]]:
    scope = scope_of(user, Action.COMMAND)
    named = operations.find(control.names, scope, at.astimezone(LOCAL_ZONE).date())
    if not named.devices:
        raise operations.RefusedMetersError(named.unknown)
    wanted = operations.Wanted(
        control.kind,
        tuple({device.pk: None for device in named.devices.values()}),
        control.reason,
        control.args,
        control.begin,
        control.end,
    )
    key = f"iec/{user.pk}/{request.message}/{place}"
    done = operations.order(wanted, user=user, at=at, able=able, key=key, skip_refused=True)
    left_out = (*named.unknown, *done.refused)
    return done.order.pk, [Trouble(one.name, one.why) for one in left_out]


def _told(number: int, user: User) -> list[Told]:
    scope = scope_of(user)
    found = queries.order_of(number, scope)
    if found is None:
        return []
    return [
        Told(number, one.device.meter.serial, one.state, one.message, one.changed_at)
        for one in queries.commands_of(found, scope)
    ]
