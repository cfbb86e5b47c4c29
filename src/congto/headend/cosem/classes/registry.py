"""The interface classes by number, and the objects that an association lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from congto.headend.cosem.classes.activity_calendar import ActivityCalendar
from congto.headend.cosem.classes.association import Association
from congto.headend.cosem.classes.clock import Clock
from congto.headend.cosem.classes.data import DataObject
from congto.headend.cosem.classes.disconnect_control import DisconnectControl
from congto.headend.cosem.classes.image_transfer import ImageTransfer
from congto.headend.cosem.classes.limiter import Limiter
from congto.headend.cosem.classes.profile_generic import ProfileGeneric
from congto.headend.cosem.classes.push_setup import PushSetup
from congto.headend.cosem.classes.register_activation import RegisterActivation
from congto.headend.cosem.classes.registers import DemandRegister, ExtendedRegister, Register
from congto.headend.cosem.classes.sap_assignment import SapAssignment
from congto.headend.cosem.classes.schedule import Schedule
from congto.headend.cosem.classes.script_table import ScriptTable
from congto.headend.cosem.classes.security_setup import SecuritySetup
from congto.headend.cosem.classes.single_action_schedule import SingleActionSchedule
from congto.headend.cosem.classes.special_days import SpecialDays

if TYPE_CHECKING:
    from congto.headend.cosem.classes.association import ListedObject
    from congto.headend.cosem.classes.shape import CosemObject

CLASSES: dict[int, type[CosemObject]] = {
    one.number: one
    for one in (
        DataObject,
        Register,
        ExtendedRegister,
        DemandRegister,
        RegisterActivation,
        ProfileGeneric,
        Clock,
        ScriptTable,
        Schedule,
        SpecialDays,
        Association,
        SapAssignment,
        ImageTransfer,
        ActivityCalendar,
        SingleActionSchedule,
        PushSetup,
        SecuritySetup,
        DisconnectControl,
        Limiter,
    )
}


def listed(row: ListedObject) -> CosemObject | None:
    """Return the object of a row of an association's list; None for a class not known here."""
    known = CLASSES.get(row.class_id)
    return None if known is None else known(row.logical_name, row.version)
