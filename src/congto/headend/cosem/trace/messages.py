"""Messages told: what is asked of which object, what is answered."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from congto.headend.cosem.class_names import (
    SECRET_ATTRIBUTES,
    SECRET_METHODS,
    attribute_text,
    method_text,
)
from congto.headend.cosem.trace.node import Node
from congto.headend.cosem.trace.values import octets_text, reference_text, value_node
from congto.headend.dlms.apdu import access, acse, action, get, initiate, notices
from congto.headend.dlms.apdu import set as setting
from congto.headend.dlms.apdu.general_block import GeneralBlock
from congto.headend.dlms.apdu.references import CONFIRMED, INVOKE_ID, PRIORITY_HIGH
from congto.headend.dlms.apdu.results import result_name
from congto.headend.dlms.data import Data
from congto.headend.dlms.security.hls import Mechanism

if TYPE_CHECKING:
    from collections.abc import Iterable

    from congto.headend.dlms.apdu.blocks import Block
    from congto.headend.dlms.apdu.messages import Message
    from congto.headend.dlms.apdu.references import Reference

HIDDEN = "not shown"


@singledispatch
def message_node(message: Message) -> Node:
    """Return the tree of a message; a value in blocks is told where its last block is."""
    return Node(type(message).__name__, repr(message))


def reference_node(reference: Reference, *, method: bool = False) -> Node:
    """Return the object that is asked and its attribute or method."""
    parts = [Node("of", method_text(reference) if method else attribute_text(reference))]
    if reference.selection is not None:
        selector, parameter = reference.selection
        kind = {1: "by range", 2: "by entry"}.get(selector, f"selector {selector}")
        parts.append(value_node(f"only {kind}", parameter))
    return Node("object", reference_text(reference), tuple(parts))


def outcome_node(result: int, name: str = "result") -> Node:
    """Return a result by name and number."""
    return Node(name, f"{result_name(result)} ({result})")


def _title(name: str, invoke: int) -> str:
    flags = ["high priority"] if invoke & PRIORITY_HIGH else []
    flags += ["confirmed"] if invoke & CONFIRMED else []
    return f"{name} {invoke & INVOKE_ID}" + (f" ({', '.join(flags)})" if flags else "")


def _long_title(name: str, invoke: int) -> str:
    return f"{name} {invoke & 0xFFFFFF}"


def _block(block: Block) -> Node:
    last = ", the last" if block.last else ""
    return Node("block", f"number {block.number}{last}, {len(block.raw)} bytes")


def _unless_secret(
    reference: Reference, secrets: frozenset[tuple[int, int]], name: str, value: Data
) -> Node:
    """Return the value, but not a password or key."""
    if (reference.class_id, reference.number) in secrets:
        return Node(name, HIDDEN)
    return value_node(name, value)


# GET


@message_node.register
def _(message: get.GetRequest) -> Node:
    return Node(_title("GET request", message.invoke), "", (reference_node(message.reference),))


@message_node.register
def _(message: get.GetNext) -> Node:
    return Node(_title("GET next block", message.invoke), f"after block {message.number}")


@message_node.register
def _(message: get.GetList) -> Node:
    parts = tuple(map(reference_node, message.references))
    return Node(_title("GET request with list", message.invoke), f"{len(parts)} objects", parts)


@message_node.register
def _(message: get.GetResponse) -> Node:
    parts = (outcome_node(message.result),) if message.raw is None else ()
    return Node(_title("GET response", message.invoke), "", parts)


@message_node.register
def _(message: get.GetBlock) -> Node:
    told = outcome_node(message.result) if message.result else _block(message.block)
    return Node(_title("GET response in blocks", message.invoke), "", (told,))


@message_node.register
def _(message: get.GetListResponse) -> Node:
    return Node(_title("GET response with list", message.invoke), "", list_nodes(message.items))


def list_nodes(items: Iterable[Data | int]) -> tuple[Node, ...]:
    """Return a node for each value or result of a list."""
    return tuple(
        value_node(f"value {at}", item) if isinstance(item, Data) else outcome_node(item, str(at))
        for at, item in enumerate(items, 1)
    )


# SET


@message_node.register
def _(message: setting.SetRequest) -> Node:
    parts = (
        reference_node(message.reference),
        _unless_secret(message.reference, SECRET_ATTRIBUTES, "value", message.value),
    )
    return Node(_title("SET request", message.invoke), "", parts)


@message_node.register
def _(message: setting.SetFirstBlock) -> Node:
    parts = (reference_node(message.reference), _block(message.block))
    return Node(_title("SET request in blocks", message.invoke), "", parts)


@message_node.register
def _(message: setting.SetBlock) -> Node:
    return Node(_title("SET request in blocks", message.invoke), "", (_block(message.block),))


@message_node.register
def _(message: setting.SetList) -> Node:
    parts = [*map(reference_node, message.references)]
    pairs = zip(message.references, message.values, strict=False)
    parts += [
        _unless_secret(reference, SECRET_ATTRIBUTES, f"value {at}", value)
        for at, (reference, value) in enumerate(pairs, 1)
    ]
    return Node(_title("SET request with list", message.invoke), "", tuple(parts))


@message_node.register
def _(message: setting.SetListFirstBlock) -> Node:
    parts = (*map(reference_node, message.references), _block(message.block))
    return Node(_title("SET request with list in blocks", message.invoke), "", parts)


@message_node.register
def _(message: setting.SetResponse) -> Node:
    return Node(_title("SET response", message.invoke), "", (outcome_node(message.result),))


@message_node.register
def _(message: setting.SetNext) -> Node:
    return Node(_title("SET go on", message.invoke), f"block {message.number} has come")


@message_node.register
def _(message: setting.SetListResponse) -> Node:
    parts = tuple(outcome_node(one, str(at)) for at, one in enumerate(message.results, 1))
    return Node(_title("SET response with list", message.invoke), "", parts)


# ACTION


@message_node.register
def _(message: action.ActionRequest) -> Node:
    parts = [reference_node(message.method, method=True)]
    if message.parameter is not None:
        parts.append(_unless_secret(message.method, SECRET_METHODS, "parameter", message.parameter))
    return Node(_title("ACTION request", message.invoke), "", tuple(parts))


@message_node.register
def _(message: action.ActionNext) -> Node:
    return Node(_title("ACTION next block", message.invoke), f"after block {message.number}")


@message_node.register
def _(message: action.ActionList) -> Node:
    parts = [reference_node(one, method=True) for one in message.methods]
    pairs = zip(message.methods, message.parameters, strict=False)
    parts += [
        _unless_secret(method, SECRET_METHODS, f"parameter {at}", value)
        for at, (method, value) in enumerate(pairs, 1)
    ]
    return Node(_title("ACTION request with list", message.invoke), "", tuple(parts))


@message_node.register
def _(message: action.ActionFirstBlock) -> Node:
    parts = (reference_node(message.method, method=True), _block(message.block))
    return Node(_title("ACTION request in blocks", message.invoke), "", parts)


@message_node.register
def _(message: action.ActionBlock) -> Node:
    return Node(_title("ACTION request in blocks", message.invoke), "", (_block(message.block),))


@message_node.register
def _(message: action.ActionResponse) -> Node:
    parts = (outcome_node(message.result), *_returned(message.returned))
    return Node(_title("ACTION response", message.invoke), "", parts)


@message_node.register
def _(message: action.ActionAnswerBlock) -> Node:
    return Node(_title("ACTION response in blocks", message.invoke), "", (_block(message.block),))


@message_node.register
def _(message: action.ActionListResponse) -> Node:
    parts = tuple(
        Node(str(at), "", (outcome_node(result), *_returned(returned)))
        for at, (result, returned) in enumerate(message.outcomes, 1)
    )
    return Node(_title("ACTION response with list", message.invoke), "", parts)


@message_node.register
def _(message: action.ActionContinue) -> Node:
    return Node(_title("ACTION go on", message.invoke), f"block {message.number} has come")


def _returned(returned: Data | int | None) -> tuple[Node, ...]:
    if returned is None:
        return ()
    if isinstance(returned, int):
        return (outcome_node(returned, "in place of the answer"),)
    return (value_node("answer", returned),)


# ACCESS

_STEPS = {access.GET: "get", access.SET: "set", access.ACTION: "action"}


def _steps(steps: tuple[access.Access, ...]) -> list[Node]:
    return [
        Node(
            f"step {at}",
            _STEPS[step.kind],
            (reference_node(step.reference, method=step.kind == access.ACTION),),
        )
        for at, step in enumerate(steps, 1)
    ]


@message_node.register
def _(message: access.AccessRequest) -> Node:
    values = zip(message.steps, message.values, strict=False)
    parts = _steps(message.steps)
    parts += [
        _unless_secret(
            step.reference,
            SECRET_METHODS if step.kind == access.ACTION else SECRET_ATTRIBUTES,
            f"value {at}",
            value,
        )
        for at, (step, value) in enumerate(values, 1)
    ]
    return Node(_long_title("ACCESS request", message.invoke), "", tuple(parts))


@message_node.register
def _(message: access.AccessResponse) -> Node:
    parts = _steps(message.steps)
    parts += [value_node(f"value {at}", one) for at, one in enumerate(message.values, 1)]
    parts += [outcome_node(one, f"result {at}") for at, (_, one) in enumerate(message.results, 1)]
    return Node(_long_title("ACCESS response", message.invoke), "", tuple(parts))


# Unasked, refused


@message_node.register
def _(message: notices.DataNotification) -> Node:
    parts = (_time(message.time), value_node("value", message.value))
    return Node(_long_title("data notification", message.invoke), "", parts)


@message_node.register
def _(message: notices.EventNotification) -> Node:
    time = () if message.time is None else (_time(message.time),)
    parts = (*time, reference_node(message.reference), value_node("value", message.value))
    return Node("event notification", "", parts)


def _time(octets: bytes) -> Node:
    return Node("sent at", octets_text(octets) if octets else "no time said")


@message_node.register
def _(message: notices.ExceptionResponse) -> Node:
    parts: tuple[Node, ...] = ()
    if message.counter is not None:
        parts = (Node("invocation counter awaited", str(message.counter)),)
    return Node("exception response", str(message), parts)


@message_node.register
def _(message: initiate.ConfirmedServiceError) -> Node:
    service = {1: "initiate", 5: "read", 6: "write"}.get(message.service, str(message.service))
    return Node(
        "confirmed service error", f"{service}, error {message.value} of kind {message.kind}"
    )


@message_node.register
def _(message: GeneralBlock) -> Node:
    told = [f"piece {message.number}", f"{len(message.raw)} bytes"]
    told += ["the last"] if message.last else []
    told += ["more follow at once"] if message.streaming else []
    told += [f"piece {message.answered} has come"] if message.answered else []
    return Node("general block transfer", f"{', '.join(told)}; window {message.window}")


# Associations

_CONTEXTS: dict[int, str] = {
    acse.Context.LOGICAL_NAMES: "logical names, plain",
    acse.Context.SHORT_NAMES: "short names, plain",
    acse.Context.LOGICAL_NAMES_CIPHERED: "logical names, ciphered",
    acse.Context.SHORT_NAMES_CIPHERED: "short names, ciphered",
}
_MECHANISMS: dict[int, str] = {
    Mechanism.NONE: "none",
    Mechanism.LOW: "password (LLS)",
    Mechanism.MANUFACTURER: "the maker's own (HLS 2)",
    Mechanism.MD5: "HLS 3, MD5",
    Mechanism.SHA1: "HLS 4, SHA-1",
    Mechanism.GMAC: "HLS 5, GMAC",
    Mechanism.SHA256: "HLS 6, SHA-256",
    Mechanism.ECDSA: "HLS 7, ECDSA",
}


def _named(names: dict[int, str], number: int) -> str:
    return f"{names.get(number, 'unknown')} ({number})"


@message_node.register
def _(message: acse.AssociationRequest) -> Node:
    parts = [
        Node("context", _named(_CONTEXTS, message.context)),
        Node("authentication", _named(_MECHANISMS, message.mechanism)),
    ]
    if message.secret:
        what = "password" if message.mechanism == Mechanism.LOW else "challenge"
        parts.append(Node(what, f"{len(message.secret)} bytes, {HIDDEN}"))
    parts += _title_of("client", message.title)
    if message.user is not None:
        parts.append(Node("user", str(message.user)))
    return Node("association request (AARQ)", "", tuple(parts))


@message_node.register
def _(message: acse.AssociationResponse) -> Node:
    parts = [
        Node("context", _named(_CONTEXTS, message.context)),
        Node("diagnostic", _diagnostic(message)),
    ]
    if message.mechanism:
        parts.append(Node("authentication", _named(_MECHANISMS, message.mechanism)))
    if message.secret:
        parts.append(Node("challenge", f"{len(message.secret)} bytes, {HIDDEN}"))
    parts += _title_of("meter", message.title)
    results = {
        acse.ACCEPTED: "accepted",
        acse.REJECTED_PERMANENT: "refused for good",
        acse.REJECTED_TRANSIENT: "refused for now",
    }
    return Node(
        "association response (AARE)", results.get(message.result, "unknown result"), tuple(parts)
    )


def _diagnostic(message: acse.AssociationResponse) -> str:
    if message.by_provider:
        return f"of the provider, {message.diagnostic}"
    if message.diagnostic == acse.Diagnostic.NULL:
        return "no complaint"
    try:
        return acse.Diagnostic(message.diagnostic).name.lower().replace("_", " ")
    except ValueError:
        return str(message.diagnostic)


def _title_of(side: str, title: bytes) -> list[Node]:
    return [Node(f"system title of the {side}", title_text(title))] if title else []


def title_text(title: bytes) -> str:
    """Return a system title: digits, and the three letters of the maker before them."""
    letters = title[:3].decode("ascii", "replace")
    maker = f"{letters} " if letters.isalnum() and letters.isascii() else ""
    return f"{maker}{title.hex().upper()}"


@message_node.register
def _(message: acse.ReleaseRequest) -> Node:
    return Node("release request (RLRQ)", _reason(message.reason))


@message_node.register
def _(message: acse.ReleaseResponse) -> Node:
    return Node("release response (RLRE)", _reason(message.reason))


def _reason(reason: int | None) -> str:
    return (
        ""
        if reason is None
        else {0: "normal", 1: "urgent or not finished"}.get(reason, f"reason {reason}")
    )


@message_node.register
def _(message: initiate.InitiateRequest) -> Node:
    key = f"{len(message.dedicated_key)} bytes, {HIDDEN}" if message.dedicated_key else "none"
    parts = (
        *_agreement(message.conformance, message.pdu_max, message.version),
        Node("dedicated key", key),
    )
    return Node("initiate request", "", parts)


@message_node.register
def _(message: initiate.InitiateResponse) -> Node:
    parts = _agreement(message.conformance, message.pdu_max, message.version)
    return Node("initiate response", "", parts)


def _agreement(services: initiate.Conformance, pdu_max: int, version: int) -> tuple[Node, ...]:
    names = ", ".join((one.name or "").lower().replace("_", " ") for one in services)
    size = "any" if pdu_max == 0 else f"{pdu_max} bytes"
    return (
        Node("DLMS version", str(version)),
        Node("services", names or "none"),
        Node("longest message taken", size),
    )
