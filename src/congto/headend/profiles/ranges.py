"""Rows of a generic profile from one time to another, asked for as the model takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.cosem.classes.parts import CaptureObject
from congto.headend.cosem.classes.profile_generic import by_range
from congto.headend.dlms.data import octets
from congto.headend.dlms.datetimes import clock_of
from congto.headend.profiles.model import Deviation

if TYPE_CHECKING:
    from datetime import datetime

    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.profiles.model import Times

STATUS_SPECIFIED = 0


def between(
    buffer: Reference, sort_object: Reference, times: Times, first: datetime, last: datetime
) -> Reference:
    """Return the reference to the rows from one time to another; meters take both as included."""
    begin, end = (octets(bound(instant, times)) for instant in (first, last))
    restricting = CaptureObject(sort_object.class_id, sort_object.name, sort_object.number)
    return buffer._replace(selection=by_range(restricting, begin, end))


def bound(instant: datetime, times: Times) -> bytes:
    """Return the clock that says a bound: some models refuse a deviation, others its absence."""
    told = clock_of(
        instant,
        times.zone_minutes,
        deviation=times.deviation is Deviation.SEND,
        inverted=times.inverted,
    )
    if times.deviation is Deviation.UNSPECIFIED:
        told = told._replace(status=STATUS_SPECIFIED)
    return told.octets()
