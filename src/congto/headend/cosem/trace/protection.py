"""Protected messages told and, with their key, opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from congto.headend.cosem.trace.messages import title_text
from congto.headend.cosem.trace.node import Node
from congto.headend.dlms.apdu.messages import READERS
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security import gcm
from congto.headend.dlms.security.forms import Ciphered, decode
from congto.headend.dlms.security.general import AgreedKey, WrappedKey
from congto.headend.dlms.security.keys import KeySet, SecretKey

if TYPE_CHECKING:
    from congto.headend.dlms.security.control import SecurityControl

FROM_CLIENT = frozenset((0x01, 0xC0, 0xC1, 0xC3))
"""Tags of requests: their sender is the client."""


@dataclass(slots=True)
class Secrets:
    """What is known for opening messages; titles and dedicated key are learned on the way.

    Attributes:
        keys: unicast and authentication key, what is given of them.
        title: system title of a sender whom neither message nor association names.
        client, meter: titles that the association told.
    """

    keys: KeySet = field(default_factory=KeySet)
    title: bytes = b""
    client: bytes = b""
    meter: bytes = b""
    dedicated: SecretKey | None = None

    def sender(self, message: Ciphered) -> bytes:
        """Return the sender's title; empty where nothing tells it."""
        if message.system_title is not None:
            return message.system_title
        told = self.client if message.plain_tag in FROM_CLIENT else self.meter
        return told or self.title


def opened(apdu: bytes, secrets: Secrets) -> tuple[Node, bytes | None]:
    """Return how a message is protected, and the message where it could be opened.

    Raises:
        DlmsError: the envelope is malformed.
    """
    message = decode(apdu)
    title = secrets.sender(message)
    parts = [
        Node("protection", _control_text(message.control)),
        Node("invocation counter", str(message.counter)),
        Node("system title", title_text(title) if title else "not told"),
    ]
    plain = None
    try:
        told, plain = _plain(message, title, secrets)
        parts.append(told)
    except DlmsError as error:
        parts.append(Node("not opened", error.sentence(), fault=True))
    return Node(f"ciphered message, {message.form}", "", tuple(parts)), plain


def _plain(message: Ciphered, title: bytes, secrets: Secrets) -> tuple[Node, bytes | None]:
    control = message.control
    key = _key(message, secrets)
    if key is None:
        size = len(message.payload)
        return Node("closed", f"{size} bytes; --key opens them"), None
    if not title:
        return Node("closed", "nothing tells the sender's system title; --title does"), None
    vector = gcm.initial_vector(title, message.counter)
    proof = secrets.keys.authentication
    if control.authenticated and proof is None:
        plain = gcm.reveal(control, key.cipher, vector, message.payload)
        return _likely(plain, "authentication tag not checked: --auth-key is not given")
    header = b"" if message.header is None else message.header.associated
    associated = gcm.associated_data(control, proof.raw, header) if proof else b""
    plain = gcm.unprotect(control, key.cipher, vector, associated, message.payload)
    if not control.authenticated:
        return _likely(plain, "nothing proves it: the message has no authentication tag")
    return Node("opened", "authentication tag right"), plain


def _likely(plain: bytes, how: str) -> tuple[Node, bytes]:
    """Without a proof a wrong key shows by what comes out."""
    if plain[:1] and plain[0] in READERS:
        return Node("opened", how), plain
    raise DlmsError(
        Fault.BAD_TAG,
        f"what comes out begins with {plain[:1].hex() or 'nothing'}",
        expected="the first byte of a message",
        action="Compare key and system title with the meter's.",
    )


def _key(message: Ciphered, secrets: Secrets) -> SecretKey | None:
    info = None if message.header is None else message.header.key_info
    if isinstance(info, WrappedKey | AgreedKey):
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            "a key made for this message alone",
            expected="a message under the global unicast or the dedicated key",
        )
    if message.form.dedicated:
        return secrets.dedicated
    return secrets.keys.unicast


def _control_text(control: SecurityControl) -> str:
    how = ["authenticated"] if control.authenticated else []
    how += ["encrypted"] if control.encrypted else []
    key = ", broadcast key" if control.broadcast else ""
    return f"suite {control.suite}, {' and '.join(how) or 'none'}{key}"
