"""The link as a table: in which state which frame leads to which action (IEC 62056-46, 6.4.4)."""

from __future__ import annotations

from enum import StrEnum

from congto.headend.dlms.hdlc.control import Kind


class Role(StrEnum):
    """The client (primary station) gives the word, the server (the meter) answers."""

    CLIENT = "client"
    SERVER = "server"


class State(StrEnum):
    """Where a link stands."""

    DISCONNECTED = "disconnected"  # NDM, normal disconnected mode
    CONNECTING = "connecting"  # SNRM sent
    CONNECTED = "connected"  # NRM, normal response mode
    DISCONNECTING = "disconnecting"  # DISC sent
    REJECTING = "rejecting"  # FRMR sent: only SNRM or DISC lead out


class Action(StrEnum):
    """What a link does with a frame."""

    OPEN = "open"
    REFUSED = "refused"
    CLOSED = "closed"
    DROPPED = "dropped"
    REJECTED = "rejected"
    ACCEPT = "accept"
    RELEASE = "release"
    ABSENT = "absent"
    REJECT = "reject"
    REJECT_AGAIN = "reject-again"
    TAKE = "take"
    HEAR = "hear"
    TAKE_UNNUMBERED = "take-unnumbered"
    STRAY = "stray"


_CLIENT = {
    (State.DISCONNECTED, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.CONNECTING, Kind.ACKNOWLEDGE): Action.OPEN,
    (State.CONNECTING, Kind.DISCONNECTED): Action.REFUSED,
    (State.CONNECTING, Kind.REJECT): Action.REJECTED,
    (State.CONNECTING, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.CONNECTED, Kind.INFORMATION): Action.TAKE,
    (State.CONNECTED, Kind.RECEIVE_READY): Action.HEAR,
    (State.CONNECTED, Kind.RECEIVE_NOT_READY): Action.HEAR,
    (State.CONNECTED, Kind.DISCONNECTED): Action.DROPPED,
    (State.CONNECTED, Kind.REJECT): Action.REJECTED,
    (State.CONNECTED, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.DISCONNECTING, Kind.ACKNOWLEDGE): Action.CLOSED,
    (State.DISCONNECTING, Kind.DISCONNECTED): Action.CLOSED,
    (State.DISCONNECTING, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
}

_SERVER = {
    (State.DISCONNECTED, Kind.CONNECT): Action.ACCEPT,
    (State.DISCONNECTED, Kind.DISCONNECT): Action.ABSENT,
    (State.DISCONNECTED, Kind.INFORMATION): Action.ABSENT,
    (State.DISCONNECTED, Kind.RECEIVE_READY): Action.ABSENT,
    (State.DISCONNECTED, Kind.RECEIVE_NOT_READY): Action.ABSENT,
    (State.DISCONNECTED, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.CONNECTED, Kind.CONNECT): Action.ACCEPT,
    (State.CONNECTED, Kind.DISCONNECT): Action.RELEASE,
    (State.CONNECTED, Kind.INFORMATION): Action.TAKE,
    (State.CONNECTED, Kind.RECEIVE_READY): Action.HEAR,
    (State.CONNECTED, Kind.RECEIVE_NOT_READY): Action.HEAR,
    (State.CONNECTED, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.CONNECTED, Kind.UNKNOWN): Action.REJECT,
    (State.REJECTING, Kind.CONNECT): Action.ACCEPT,
    (State.REJECTING, Kind.DISCONNECT): Action.RELEASE,
    (State.REJECTING, Kind.INFORMATION): Action.REJECT_AGAIN,
    (State.REJECTING, Kind.RECEIVE_READY): Action.REJECT_AGAIN,
    (State.REJECTING, Kind.RECEIVE_NOT_READY): Action.REJECT_AGAIN,
    (State.REJECTING, Kind.UNNUMBERED): Action.TAKE_UNNUMBERED,
    (State.REJECTING, Kind.UNKNOWN): Action.REJECT_AGAIN,
}

TABLES = {Role.CLIENT: _CLIENT, Role.SERVER: _SERVER}
"""By role: state and kind of frame to action; what is not named is STRAY."""
