"""One conversation told message by message: what earlier messages tell about later ones is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from congto.headend.cosem.class_names import SECRET_ATTRIBUTES
from congto.headend.cosem.pushed import pushed
from congto.headend.cosem.trace.messages import (
    HIDDEN,
    list_nodes,
    message_node,
    reference_node,
    title_text,
)
from congto.headend.cosem.trace.node import Node, unread
from congto.headend.cosem.trace.protection import Secrets, opened
from congto.headend.cosem.trace.values import octets_text, row_node, value_node
from congto.headend.dlms.apdu import acse, get
from congto.headend.dlms.apdu.general_block import Assembly, GeneralBlock
from congto.headend.dlms.apdu.initiate import InitiateRequest
from congto.headend.dlms.apdu.messages import parse
from congto.headend.dlms.apdu.notices import NOTIFICATION
from congto.headend.dlms.apdu.references import INVOKE_ID
from congto.headend.dlms.cursor import Cursor
from congto.headend.dlms.decoding import decode
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.forms import CIPHERED_TAGS
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.signed import GENERAL_SIGNING, read_signed

if TYPE_CHECKING:
    from congto.headend.dlms.apdu.messages import Message
    from congto.headend.dlms.apdu.references import Reference
    from congto.headend.dlms.security.signed import Signed

VALUE_BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 8
"""Pieces, ciphering, signature and message are four; more are no message of a meter."""


class Talk:
    """Tells messages in the order in which they went over the line."""

    def __init__(self, secrets: Secrets) -> None:
        self.secrets = secrets
        self._asked: dict[int, tuple[Reference, ...]] = {}
        self._blocks: dict[int, list[bytes]] = {}
        self._pieces = Assembly(VALUE_BYTES_MAX)
        self._depth = 0

    def tell(self, apdu: bytes) -> Node:
        """Return the tree of a message; what cannot be read is a node with the sentence."""
        self._depth += 1
        try:
            return self._message(apdu)
        except DlmsError as error:
            return replace(unread("message", error), parts=(Node("bytes", apdu.hex(" ")),))
        finally:
            self._depth -= 1

    def _message(self, apdu: bytes) -> Node:
        if self._depth > DEPTH_MAX:
            raise DlmsError(
                Fault.TOO_DEEP, f"messages in {self._depth} others", expected=f"up to {DEPTH_MAX}"
            )
        tag = apdu[0] if apdu else None
        if tag in CIPHERED_TAGS:
            return self._ciphered(apdu)
        if tag == GENERAL_SIGNING:
            return self._signed(read_signed(apdu))
        if tag == NOTIFICATION:
            return self._push(apdu)
        return self._told(parse(apdu))

    def _signed(self, message: Signed) -> Node:
        header = message.header
        parts = (
            Node("transaction", header.transaction_id.hex() or "none"),
            Node("from", title_text(header.originator)),
            Node("to", title_text(header.recipient) if header.recipient else "anybody"),
            Node("signature", f"{len(message.signature)} bytes, not checked"),
            self.tell(message.content),
        )
        return Node("signed message", "", parts)

    def _ciphered(self, apdu: bytes) -> Node:
        node, plain = opened(apdu, self.secrets)
        return node if plain is None else replace(node, parts=(*node.parts, self.tell(plain)))

    def _push(self, apdu: bytes) -> Node:
        """Tell a push by its rows; one of no known layout as the value it is."""
        try:
            found = pushed(apdu)
        except DlmsError:
            return message_node(parse(apdu))
        time = octets_text(found.time) if found.time else "no time said"
        parts = (
            Node("sent at", time),
            Node("layout", found.layout),
            *map(row_node, found.rows),
        )
        return Node(f"data notification {found.invoke & 0xFFFFFF}", "", parts)

    def _told(self, message: Message) -> Node:
        node = message_node(message)
        more: tuple[Node, ...] = ()
        if isinstance(message, GeneralBlock):
            more = self._piece(message)
        elif isinstance(message, acse.AssociationRequest | acse.AssociationResponse):
            more = self._association(message)
        elif isinstance(message, acse.ReleaseRequest | acse.ReleaseResponse):
            more = (self.tell(message.information),) if message.information else ()
        elif isinstance(message, InitiateRequest):
            if message.dedicated_key:
                self.secrets.dedicated = SecretKey(message.dedicated_key)
        elif isinstance(message, get.GetRequest):
            self._asked[message.invoke & INVOKE_ID] = (message.reference,)
        elif isinstance(message, get.GetList):
            self._asked[message.invoke & INVOKE_ID] = message.references
        elif isinstance(message, get.GetResponse | get.GetBlock):
            more = self._answer(message)
        return replace(node, parts=(*node.parts, *more)) if more else node

    def _association(
        self, message: acse.AssociationRequest | acse.AssociationResponse
    ) -> tuple[Node, ...]:
        if message.title:
            if isinstance(message, acse.AssociationRequest):
                self.secrets.client = message.title
            else:
                self.secrets.meter = message.title
        return (self.tell(message.information),) if message.information else ()

    def _piece(self, piece: GeneralBlock) -> tuple[Node, ...]:
        if not piece.number:
            return ()
        if piece.number == 1:
            self._pieces = Assembly(VALUE_BYTES_MAX)
        try:
            whole = self._pieces.take(piece)
        except DlmsError as error:
            return (unread("pieces", error),)
        return () if whole is None else (self.tell(whole),)

    def _answer(self, message: get.GetResponse | get.GetBlock) -> tuple[Node, ...]:
        number = message.invoke & INVOKE_ID
        asked = self._asked.get(number, ())
        told = tuple(map(reference_node, asked[:1])) if len(asked) == 1 else ()
        raw = message.raw if isinstance(message, get.GetResponse) else self._gathered(message)
        if raw is None:
            return told
        if any((one.class_id, one.number) in SECRET_ATTRIBUTES for one in asked):
            return (*told, Node("value", HIDDEN))
        try:
            if len(asked) > 1:
                cursor = Cursor(raw)
                items = get.read_list(cursor)
                cursor.finish()
                return list_nodes(items)
            return (*told, value_node("value", decode(raw)))
        except DlmsError as error:
            return (*told, unread("value", error))

    def _gathered(self, message: get.GetBlock) -> bytes | None:
        """Return the value behind its last block."""
        number = message.invoke & INVOKE_ID
        if message.block.number == 1:
            self._blocks[number] = []
        parts = self._blocks.get(number)
        if message.result or parts is None or len(parts) + 1 != message.block.number:
            return None
        parts.append(message.block.raw)
        return b"".join(self._blocks.pop(number)) if message.block.last else None
