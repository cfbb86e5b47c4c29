"""What a failed session means for the next try."""

from __future__ import annotations

from enum import StrEnum

from congto.headend.dlms.apdu.acse import Diagnostic
from congto.headend.dlms.apdu.results import TRANSIENT, ServiceError, StateError
from congto.headend.dlms.client import AccessRefusedError, NotAssociatedError, NotServedError
from congto.headend.dlms.faults import DlmsError, Fault


class Outlook(StrEnum):
    """What the next try may come to."""

    TRANSIENT = "transient"  # the same again later may well succeed
    PERMANENT = "permanent"  # meter or profile has to be changed first
    SECURITY = "security"  # keys, counters or a forger: a person has to look


OF_FAULTS = {
    Fault.TRUNCATED: Outlook.TRANSIENT,
    Fault.TRAILING: Outlook.TRANSIENT,
    Fault.UNKNOWN_TAG: Outlook.PERMANENT,
    Fault.BAD_VALUE: Outlook.PERMANENT,
    Fault.TOO_DEEP: Outlook.PERMANENT,
    Fault.TOO_LARGE: Outlook.PERMANENT,
    Fault.BAD_CHECKSUM: Outlook.TRANSIENT,
    Fault.BAD_FRAME: Outlook.TRANSIENT,
    Fault.WRONG_ADDRESS: Outlook.PERMANENT,
    Fault.BAD_SEQUENCE: Outlook.TRANSIENT,
    Fault.BAD_TAG: Outlook.SECURITY,
    Fault.REPLAYED: Outlook.SECURITY,
    Fault.UNPROTECTED: Outlook.SECURITY,
    Fault.UNKNOWN_KEY: Outlook.SECURITY,
    Fault.COUNTER_SPENT: Outlook.SECURITY,
    Fault.CERTIFICATE: Outlook.SECURITY,
    Fault.UNEXPECTED: Outlook.TRANSIENT,
    Fault.WRONG_INVOKE_ID: Outlook.TRANSIENT,
    Fault.REJECTED: Outlook.PERMANENT,
    Fault.REFUSED: Outlook.PERMANENT,
    Fault.SILENT: Outlook.TRANSIENT,
    Fault.UNREACHABLE: Outlook.TRANSIENT,
    Fault.BROKEN: Outlook.TRANSIENT,
}
"""Every fault where nothing more is known of it."""
UNPROVED = frozenset({Diagnostic.AUTHENTICATION_FAILURE, Diagnostic.CALLING_TITLE_UNKNOWN})
"""Reasons of a refused association that lie in keys or passwords."""
UNREADABLE = frozenset({ServiceError.DECIPHERING_ERROR, ServiceError.INVOCATION_COUNTER_ERROR})
"""Reasons of an exception that lie in keys or counters."""


def outlook_of(error: DlmsError) -> Outlook:
    """Return what an error means for the next try."""
    if isinstance(error, AccessRefusedError):
        return Outlook.TRANSIENT if error.result in TRANSIENT else Outlook.PERMANENT
    if isinstance(error, NotServedError):
        return _of_exception(error)
    if isinstance(error, NotAssociatedError):
        if error.for_now:
            return Outlook.TRANSIENT
        return Outlook.SECURITY if error.diagnostic in UNPROVED else Outlook.PERMANENT
    return OF_FAULTS[error.fault]


def _of_exception(error: NotServedError) -> Outlook:
    if error.answer.service in UNREADABLE:
        return Outlook.SECURITY
    # Meters answer "not allowed" at random while they are busy with themselves; it passes.
    busy = error.answer.state == StateError.SERVICE_NOT_ALLOWED
    other = error.answer.service == ServiceError.OTHER_REASON
    return Outlook.TRANSIENT if busy or other else Outlook.PERMANENT
