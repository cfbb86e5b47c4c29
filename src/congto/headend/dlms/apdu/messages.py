"""Any plain message by its first byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from congto.headend.dlms.apdu import (
    access,
    acse,
    action,
    general_block,
    get,
    initiate,
    notices,
)
from congto.headend.dlms.apdu import set as setting
from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.faults import DlmsError, Fault

if TYPE_CHECKING:
    from collections.abc import Callable


class Message(Protocol):
    """What every message can."""

    def encode(self) -> bytes:
        """Write the message with its tag."""


READERS: dict[int, Callable[[Cursor], Message]] = {
    initiate.REQUEST: initiate.read_initiate_request,
    initiate.RESPONSE: initiate.read_initiate_response,
    initiate.CONFIRMED_SERVICE_ERROR: initiate.read_service_error,
    notices.NOTIFICATION: notices.read_notification,
    acse.AARQ: acse.read_association_request,
    acse.AARE: acse.read_association_response,
    acse.RLRQ: acse.read_release_request,
    acse.RLRE: acse.read_release_response,
    get.REQUEST: get.read_request,
    get.RESPONSE: get.read_response,
    setting.REQUEST: setting.read_request,
    setting.RESPONSE: setting.read_response,
    notices.EVENT: notices.read_event,
    action.REQUEST: action.read_request,
    action.RESPONSE: action.read_response,
    notices.EXCEPTION: notices.read_exception,
    access.REQUEST: access.read_request,
    access.RESPONSE: access.read_response,
    general_block.TAG: general_block.read_general_block,
}


def parse(octets: bytes) -> Message:
    """Read one plain message that fills the bytes.

    Raises:
        DlmsError: an unknown tag, truncated, or bytes left over.
    """
    cursor = Cursor(octets)
    tag = cursor.u8()
    reader = READERS.get(tag)
    if reader is None:
        raise DlmsError(Fault.UNKNOWN_TAG, f"message {tag:#04x}", expected="a service of DLMS")
    message = reader(cursor)
    cursor.finish()
    return message
