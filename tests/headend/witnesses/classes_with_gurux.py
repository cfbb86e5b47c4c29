"""Read objects of a simulated meter by their classes with gurux-dlms 1.0.203.

Prints by class number what its objects hold after reading, all but what it notes for itself. Only
its documented use and what its objects show when printed; nothing of the package is part of Congto.
"""

from datetime import datetime
from enum import Enum

from gurux_dlms import GXDate, GXDateTime, GXTime
from gurux_dlms.objects import (
    GXDLMSActionSchedule,
    GXDLMSActivityCalendar,
    GXDLMSImageTransfer,
    GXDLMSLimiter,
    GXDLMSObject,
    GXDLMSPushSetup,
    GXDLMSRegisterActivation,
    GXDLMSSapAssignment,
    GXDLMSScriptTable,
    GXDLMSSecuritySetup,
    GXDLMSSpecialDaysTable,
)
from read_with_gurux import Reader, answer

OBJECTS = {
    6: (GXDLMSRegisterActivation, "0.0.14.0.0.255", (2, 3, 4)),
    9: (GXDLMSScriptTable, "0.0.10.0.100.255", (2,)),
    11: (GXDLMSSpecialDaysTable, "0.0.11.0.0.255", (2,)),
    17: (GXDLMSSapAssignment, "0.0.41.0.0.255", (2,)),
    18: (GXDLMSImageTransfer, "0.0.44.0.0.255", (2, 3, 4, 5, 6, 7)),
    20: (GXDLMSActivityCalendar, "0.0.13.0.0.255", tuple(range(2, 11))),
    22: (GXDLMSActionSchedule, "0.0.15.0.2.255", (2, 3, 4)),
    40: (GXDLMSPushSetup, "0.0.25.9.0.255", tuple(range(2, 8))),
    64: (GXDLMSSecuritySetup, "0.0.43.0.0.255", (2, 3, 4, 5)),
    71: (GXDLMSLimiter, "0.0.17.0.0.255", tuple(range(2, 12))),
}
NOTES = {"attributes", "methodAttributes", "readTimes", "description", "shortName", "objectType"}


def plain(value):
    """Return a value as JSON has it."""
    for kinds, written in WRITTEN:
        if isinstance(value, kinds):
            return written(value)
    if hasattr(value, "__dict__"):
        return {name: plain(item) for name, item in vars(value).items() if name not in NOTES}
    return value


WRITTEN = (
    (bool, bool),
    (int, int),  # its whole numbers are kinds of int of their own
    ((bytes, bytearray), lambda value: bytes(value).hex()),
    (Enum, lambda value: int(value.value)),
    ((GXTime, GXDate, GXDateTime, datetime), str),
    ((list, tuple), lambda value: [plain(item) for item in value]),
    (dict, lambda value: [[plain(key), plain(item)] for key, item in value.items()]),
    (GXDLMSObject, lambda value: value.logicalName),
)


def read(told):
    reader = Reader(told)
    reader.open()
    found = {}
    for number, (kind, name, attributes) in OBJECTS.items():
        item = kind(name)
        item.version = 0
        for attribute in attributes:
            reader.get(item, attribute)
        shown = {key: held for key, held in vars(item).items() if key not in NOTES}
        found[number] = {key: plain(held) for key, held in shown.items()}
    reader.close()
    return found


if __name__ == "__main__":
    answer(read)
