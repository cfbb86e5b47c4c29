"""What a link tells its owner."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from congto.headend.dlms.faults import DlmsError
    from congto.headend.dlms.hdlc.parameters import Parameters


class Connected(NamedTuple):
    """Both sides agreed on parameters; all that went before on this link is forgotten."""

    parameters: Parameters


class Apdu(NamedTuple):
    """A whole message came; `numbered` says that the connection vouches for once and in order."""

    apdu: bytes
    numbered: bool


class Disconnected(NamedTuple):
    """The connection has ended: in order (`fault` None), or refused or broken off."""

    fault: DlmsError | None


class Faulted(NamedTuple):
    """Something that came was refused; the link goes on unless `Disconnected` follows."""

    fault: DlmsError


Event = Connected | Apdu | Disconnected | Faulted
