"""SAP assignment (class 17): the logical devices inside a physical one."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.cosem.classes.kinds import OCTETS, U16, array_of, record
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class AssignedSap(NamedTuple):
    """A logical device: its address and name."""

    sap: int
    logical_device_name: bytes


ASSIGNED = record(AssignedSap, U16, OCTETS)


class SapAssignment(CosemObject, number=17, version=0, title="SAP assignment", clause="4.4.5"):
    """Logical devices by their addresses."""

    sap_assignment_list = attribute(2, array_of(ASSIGNED))

    connect_logical_device = method(1, ASSIGNED)
