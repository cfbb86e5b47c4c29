"""Structures that several classes hold: names of objects, attributes, scripts; scaler and unit."""

from __future__ import annotations

from typing import NamedTuple

from congto.headend.cosem.classes.kinds import ENUM, I8, LOGICAL_NAME, U16, record
from congto.headend.dlms.apdu.references import Reference


class ScalerUnit(NamedTuple):
    """Value x 10^scaler is in this unit; units by their numbers (Blue Book, Table 4)."""

    scaler: int
    unit: int


class ObjectName(NamedTuple):
    """An object: class and logical name."""

    class_id: int
    logical_name: bytes


class CaptureObject(NamedTuple):
    """A column: an attribute of an object; data_index 0 is the whole of it."""

    class_id: int
    logical_name: bytes
    attribute_index: int
    data_index: int = 0

    @property
    def reference(self) -> Reference:
        """Return the reference to the attribute."""
        return Reference(self.class_id, self.logical_name, self.attribute_index)


class Script(NamedTuple):
    """A script of a script table."""

    script_logical_name: bytes
    script_selector: int


SCALER_UNIT = record(ScalerUnit, I8, ENUM)
OBJECT_NAME = record(ObjectName, U16, LOGICAL_NAME)
CAPTURE_OBJECT = record(CaptureObject, U16, LOGICAL_NAME, I8, U16)
SCRIPT = record(Script, LOGICAL_NAME, U16)
