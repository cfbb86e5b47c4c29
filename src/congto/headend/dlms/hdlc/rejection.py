"""The information field of FRMR: which frame a station could not take, and why."""

from __future__ import annotations

from enum import IntFlag

from congto.headend.dlms.faults import DlmsError, Fault


class Why(IntFlag):
    """The reasons of ISO/IEC 13239, bits W, X, Y and Z."""

    CONTROL_UNKNOWN = 1
    INFORMATION_NOT_ALLOWED = 2
    INFORMATION_TOO_LONG = 4
    NUMBER_INVALID = 8


_WORDS = {
    Why.CONTROL_UNKNOWN: "unknown control byte",
    Why.INFORMATION_NOT_ALLOWED: "information not allowed",
    Why.INFORMATION_TOO_LONG: "information too long",
    Why.NUMBER_INVALID: "invalid receive number",
}


def rejection(control: int, sent: int, awaited: int, why: Why) -> bytes:
    """Return the three bytes: the control byte refused, V(S) and V(R), the reasons."""
    return bytes((control, sent << 1 | awaited << 5, why))


def rejection_fault(information: bytes) -> DlmsError:
    """Return the fault that a received FRMR tells."""
    found = "the meter rejects a frame (FRMR)"
    if len(information) >= 3:
        words = [word for bit, word in _WORDS.items() if information[2] & bit]
        reasons = ", ".join(words) or "no reason given"
        found = f"the meter rejects the frame with control byte {information[0]:#04x}: {reasons}"
    return DlmsError(Fault.REFUSED, found, action="Connect again with SNRM")
