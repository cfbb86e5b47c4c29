"""Answers to a request that went wrong: access and action results, exceptions, service errors."""

from __future__ import annotations

from enum import IntEnum


class AccessResult(IntEnum):
    """Data-Access-Result and Action-Result; the numbers they share mean the same."""

    SUCCESS = 0
    HARDWARE_FAULT = 1
    TEMPORARY_FAILURE = 2
    READ_WRITE_DENIED = 3
    OBJECT_UNDEFINED = 4
    OBJECT_CLASS_INCONSISTENT = 9
    OBJECT_UNAVAILABLE = 11
    TYPE_UNMATCHED = 12
    SCOPE_OF_ACCESS_VIOLATED = 13
    DATA_BLOCK_UNAVAILABLE = 14
    LONG_ABORTED = 15
    NO_LONG_IN_PROGRESS = 16
    LONG_SET_ABORTED = 17
    NO_LONG_SET_IN_PROGRESS = 18
    DATA_BLOCK_NUMBER_INVALID = 19
    OTHER_REASON = 250


TRANSIENT = frozenset(
    {AccessResult.HARDWARE_FAULT, AccessResult.TEMPORARY_FAILURE, AccessResult.OTHER_REASON}
)
"""Results after which asking again later may help."""


class StateError(IntEnum):
    """First byte of an exception response."""

    SERVICE_NOT_ALLOWED = 1
    SERVICE_UNKNOWN = 2


class ServiceError(IntEnum):
    """Second byte of an exception response."""

    OPERATION_NOT_POSSIBLE = 1
    SERVICE_NOT_SUPPORTED = 2
    OTHER_REASON = 3
    PDU_TOO_LONG = 4
    DECIPHERING_ERROR = 5
    INVOCATION_COUNTER_ERROR = 6


def result_name(result: int) -> str:
    """Return a result's name as the standard writes it, or its number."""
    try:
        return AccessResult(result).name.lower().replace("_", "-")
    except ValueError:
        return f"result {result}"
