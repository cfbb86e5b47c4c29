"""The relay that cuts and connects the customer (class 70)."""

from __future__ import annotations

from enum import IntEnum

from congto.headend.cosem.classes.kinds import BOOLEAN, ZERO, enumerated
from congto.headend.cosem.classes.shape import CosemObject, attribute, method


class ControlState(IntEnum):
    """What the relay is told to be; `output_state` says what it is."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


class ControlMode(IntEnum):
    """Who may disconnect and reconnect: remotely, by hand at the meter, or the meter itself.

    The Blue Book has a table of transitions for each mode; the names tell what they differ in.
    """

    NONE = 0  # the relay is always connected
    REMOTE_READY_BY_HAND = 1  # reconnects by hand after it was made ready; may be cut by hand
    REMOTE_DIRECT_BY_HAND = 2  # reconnects at the remote command; may be cut by hand
    REMOTE_READY = 3  # as 1, never cut by hand
    REMOTE_DIRECT = 4  # as 2, never cut by hand
    REMOTE_READY_LOCAL_DIRECT = 5  # as 1; what the meter cut itself it may connect itself
    REMOTE_READY_LOCAL_DIRECT_NO_HAND = 6  # as 5, never cut by hand


class DisconnectControl(
    CosemObject, number=70, version=0, title="Disconnect control", clause="4.5.8"
):
    """State of the relay; `output_state` True: current can flow."""

    output_state = attribute(2, BOOLEAN)
    control_state = attribute(3, enumerated(ControlState))
    control_mode = attribute(4, enumerated(ControlMode))

    remote_disconnect = method(1, ZERO)
    remote_reconnect = method(2, ZERO)
