"""Push setup (class 40): what a meter sends unasked, where, when and how often it tries again.

Version 0 is what most meters have. What version 1 adds is recalled; its protection is left to the
caller as data. Version 2 gives the list and the delay another shape, which is not declared here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from congto.headend.cosem.classes.kinds import (
    ANY,
    ENUM,
    I8,
    LOGICAL_NAME,
    OCTETS,
    U8,
    U16,
    ZERO,
    Kind,
    array_of,
    record,
)
from congto.headend.cosem.classes.moments import DATE_TIME
from congto.headend.cosem.classes.parts import CAPTURE_OBJECT
from congto.headend.cosem.classes.shape import CosemObject, attribute, method

if TYPE_CHECKING:
    from congto.headend.dlms.datetimes import CosemClock


class Transport(IntEnum):
    """How a push travels; from 200 on makers have numbers of their own."""

    TCP = 0
    UDP = 1
    FTP = 2
    SMTP = 3
    SMS = 4
    HDLC = 5
    MBUS = 6
    ZIGBEE = 7


class Destination(NamedTuple):
    """Where a push goes; of TCP and UDP as host:port. `message` 0 is A-XDR, 1 XML."""

    transport_service: int
    destination: bytes
    message: int


class Window(NamedTuple):
    """A span, mostly repeating, in which pushes are sent."""

    start_time: CosemClock
    end_time: CosemClock


DESTINATION = record(Destination, ENUM, OCTETS, ENUM)
WINDOWS: Kind[tuple[Window, ...]] = array_of(record(Window, DATE_TIME, DATE_TIME))


class PushSetup(CosemObject, number=40, version=1, title="Push setup", clause="4.4.8"):
    """Delays and the randomisation interval are in seconds."""

    push_object_list = attribute(2, array_of(CAPTURE_OBJECT), until=1)
    send_destination_and_method = attribute(3, DESTINATION)
    communication_window = attribute(4, WINDOWS)
    randomisation_start_interval = attribute(5, U16)
    number_of_retries = attribute(6, U8)
    repetition_delay = attribute(7, U16, until=1)
    port_reference = attribute(8, LOGICAL_NAME, since=1)
    push_client_sap = attribute(9, I8, since=1)
    push_protection_parameters = attribute(10, ANY, since=1)

    push = method(1, ZERO)
