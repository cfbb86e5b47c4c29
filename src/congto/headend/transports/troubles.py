"""What a failed session means for the next try."""

from __future__ import annotations

from enum import StrEnum

from congto.headend.dlms.apdu.acse import Diagnostic
from congto.headend.dlms.apdu.results import TRANSIENT, ServiceError, StateError
from congto.headend.dlms.client import AccessRefusedError, NotAssociatedError, NotServedError
from congto.headend.dlms.faults import DlmsError, Fault


class Trouble(StrEnum):
    """Classes of errors."""

    TRANSIENT = "transient"  # the same again later may well succeed
    PERMANENT = "permanent"  # meter or profile has to be changed first
    SECURITY = "security"  # keys, counters or a forger: a person has to look


OF_FAULTS = {
    Fault.TRUNCATED: Trouble.TRANSIENT,
    Fault.TRAILING: Trouble.TRANSIENT,
    Fault.UNKNOWN_TAG: Trouble.PERMANENT,
    Fault.BAD_VALUE: Trouble.PERMANENT,
    Fault.TOO_DEEP: Trouble.PERMANENT,
    Fault.TOO_LARGE: Trouble.PERMANENT,
    Fault.BAD_CHECKSUM: Trouble.TRANSIENT,
    Fault.BAD_FRAME: Trouble.TRANSIENT,
    Fault.WRONG_ADDRESS: Trouble.PERMANENT,
    Fault.BAD_SEQUENCE: Trouble.TRANSIENT,
    Fault.BAD_TAG: Trouble.SECURITY,
    Fault.REPLAYED: Trouble.SECURITY,
    Fault.UNPROTECTED: Trouble.SECURITY,
    Fault.UNKNOWN_KEY: Trouble.SECURITY,
    Fault.COUNTER_SPENT: Trouble.SECURITY,
    Fault.UNEXPECTED: Trouble.TRANSIENT,
    Fault.WRONG_INVOKE_ID: Trouble.TRANSIENT,
    Fault.REJECTED: Trouble.PERMANENT,
    Fault.REFUSED: Trouble.PERMANENT,
    Fault.SILENT: Trouble.TRANSIENT,
    Fault.UNREACHABLE: Trouble.TRANSIENT,
    Fault.BROKEN: Trouble.TRANSIENT,
}
"""Every fault where nothing more is known of it."""
UNPROVED = frozenset({Diagnostic.AUTHENTICATION_FAILURE, Diagnostic.CALLING_TITLE_UNKNOWN})
"""Reasons of a refused association that lie in keys or passwords."""
UNREADABLE = frozenset({ServiceError.DECIPHERING_ERROR, ServiceError.INVOCATION_COUNTER_ERROR})
"""Reasons of an exception that lie in keys or counters."""


def trouble_of(error: DlmsError) -> Trouble:
    """Return the class of an error."""
    if isinstance(error, AccessRefusedError):
        return Trouble.TRANSIENT if error.result in TRANSIENT else Trouble.PERMANENT
    if isinstance(error, NotServedError):
        return _of_exception(error)
    if isinstance(error, NotAssociatedError):
        if error.for_now:
            return Trouble.TRANSIENT
        return Trouble.SECURITY if error.diagnostic in UNPROVED else Trouble.PERMANENT
    return OF_FAULTS[error.fault]


def _of_exception(error: NotServedError) -> Trouble:
    if error.answer.service in UNREADABLE:
        return Trouble.SECURITY
    # Meters answer "not allowed" at random while they are busy with themselves; it passes.
    busy = error.answer.state == StateError.SERVICE_NOT_ALLOWED
    other = error.answer.service == ServiceError.OTHER_REASON
    return Trouble.TRANSIENT if busy or other else Trouble.PERMANENT
