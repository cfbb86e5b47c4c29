"""The envelope of IEC 61968-100 messages: what a request is about, and the reply around a payload.

Element names are recalled from the standard, edition 2; the order of elements is no matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from congto.interfaces.files.readings.iec61968 import MESSAGE
from congto.interfaces.files.readings.words import LOCAL
from congto.interfaces.files.readings.xml_parts import Maker, text
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

BYTES_MAX = 4 * 2**20
MESSAGE_LENGTH = 60
FATAL, INFORM = "FATAL", "INFORM"


@dataclass(frozen=True, slots=True)
class Header:
    """What a message is about; `message` is the sender's own number for it."""

    verb: str
    noun: str
    message: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be, or not yet (INFORM): the meter or the order, and the sentence."""

    name: str
    sentence: str
    level: str = FATAL


def opened(octets: bytes, expected: str) -> tuple[etree._Element, Header]:
    """Return a message and its header.

    Raises:
        InvalidInputError: it is no XML, or too large; names the line.
    """
    if len(octets) > BYTES_MAX:
        raise InvalidInputError(
            f"a message of {len(octets)} bytes", expected=f"at most {BYTES_MAX}"
        )
    # No entity is resolved and nothing is fetched: the message comes from elsewhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidInputError(
            f"line {error.lineno or 0}: no XML ({error.msg})",
            expected=f"a RequestMessage of IEC 61968-9 with {expected}",
        ) from error
    header = root.find("{*}Header")
    parts = ("Verb", "Noun", "MessageID")
    words = [("" if header is None else text(header, part) or "") for part in parts]
    return root, Header(*words)


def checked(header: Header, verbs: Sequence[str], nouns: Sequence[str]) -> Header:
    """Return a header whose verb, noun and number can be worked with.

    Raises:
        InvalidInputError: they cannot.
    """
    known = header.verb in verbs and header.noun in nouns
    if not known or not 1 <= len(header.message) <= MESSAGE_LENGTH:
        raise InvalidInputError(
            f"a message {header.verb or '-'} {header.noun or '-'}"
            f" with MessageID '{header.message[:MESSAGE_LENGTH]}'",
            expected=f"{', '.join(verbs)} of {' or '.join(nouns)} with a MessageID of at most"
            f" {MESSAGE_LENGTH} characters",
            action="correct the header",
        )
    return header


def reply(
    header: Header, payload: etree._Element | None, troubles: Sequence[Trouble], at: datetime
) -> bytes:
    """Return the reply to a message.

    Args:
        header: of the message.
        payload: what is told; None: nothing.
        troubles: each an Error: one that is only not yet done makes the result PARTIAL.
        at: now.
    """
    make = Maker(MESSAGE)
    head = make(
        "Header",
        make("Verb", "reply"),
        make("Noun", header.noun),
        make("Timestamp", local(at)),
        make("CorrelationID", header.message),
    )
    some = payload is not None or any(one.level == INFORM for one in troubles)
    result = "OK" if not troubles else "PARTIAL" if some else "FAILED"
    errors = [
        make(
            "Error",
            make("level", one.level),
            make("details", one.sentence),
            make("ID", one.name, kind="name"),
        )
        for one in troubles
    ]
    parts = [head, make("Reply", make("Result", result), *errors)]
    if payload is not None:
        parts.append(make("Payload", payload))
    message = make("ResponseMessage", *parts)
    return etree.tostring(message, xml_declaration=True, encoding="utf-8")


def local(at: datetime) -> str:
    """Return an instant in local time with its offset."""
    return at.astimezone(LOCAL).isoformat(timespec="seconds")
