"""The limiter (class 71): a threshold of power or current, and what is done beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    ANY,
    BOOLEAN,
    I8,
    LOGICAL_NAME,
    U16,
    U32,
    array_of,
    record,
)
from congto.headend.cosem.classes.moments import DATE_TIME
from congto.headend.cosem.classes.parts import SCRIPT, Script
from congto.headend.cosem.classes.shape import CosemObject, attribute

if TYPE_CHECKING:
    from congto.headend.dlms.datetimes import CosemClock


class MonitoredValue(NamedTuple):
    """The attribute that the threshold is compared with."""

    class_id: int
    logical_name: bytes
    attribute_index: int


class EmergencyProfile(NamedTuple):
    """Until when, from when another threshold holds; the duration is in seconds."""

    emergency_profile_id: int
    emergency_activation_time: CosemClock
    emergency_duration: int


class Actions(NamedTuple):
    """Scripts that run when the value is over the threshold, and under it again."""

    action_over_threshold: Script
    action_under_threshold: Script


class Limiter(CosemObject, number=71, version=0, title="Limiter", clause="4.5.9"):
    """Thresholds have the type of the monitored value; durations are in seconds."""

    monitored_value = attribute(2, record(MonitoredValue, U16, LOGICAL_NAME, I8))
    threshold_active = attribute(3, ANY)
    threshold_normal = attribute(4, ANY)
    threshold_emergency = attribute(5, ANY)
    min_over_threshold_duration = attribute(6, U32)
    min_under_threshold_duration = attribute(7, U32)
    emergency_profile = attribute(8, record(EmergencyProfile, U16, DATE_TIME, U32))
    emergency_profile_group_id_list = attribute(9, array_of(U16))
    emergency_profile_active = attribute(10, BOOLEAN)
    actions = attribute(11, record(Actions, SCRIPT, SCRIPT))
