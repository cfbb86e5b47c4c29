"""Script tables (class 9): lists of actions on objects, run by number."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    ANY,
    I8,
    LOGICAL_NAME,
    U16,
    array_of,
    enumerated,
    record,
)
from congto.headend.cosem.classes.shape import CosemObject, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.data import Data


class Service(IntEnum):
    """What an action does."""

    WRITE_ATTRIBUTE = 1
    EXECUTE_METHOD = 2


class ActionSpecification(NamedTuple):
    """One action; `number` is the index of the attribute or method."""

    service_id: Service
    class_id: int
    logical_name: bytes
    number: int
    parameter: Data


class ScriptEntry(NamedTuple):
    """A script and its actions, in order."""

    script_identifier: int
    actions: tuple[ActionSpecification, ...]


ACTION = record(ActionSpecification, enumerated(Service), U16, LOGICAL_NAME, I8, ANY)


class ScriptTable(CosemObject, number=9, version=0, title="Script table", clause="4.5.2"):
    """Scripts by number."""

    scripts = attribute(2, array_of(record(ScriptEntry, U16, array_of(ACTION))))

    execute = method(1, U16)
