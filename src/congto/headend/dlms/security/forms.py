"""The envelopes of protected messages: service-specific, general-glo, general-ded, general."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from congto.headend.dlms.cursor import Cursor, length_bytes, octets_bytes
from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.control import SecurityControl, control_of
from congto.headend.dlms.security.general import GeneralHeader, header_bytes, read_header

GENERAL_GLO, GENERAL_DED, GENERAL_CIPHERING = 0xDB, 0xDC, 0xDD
TITLE_BYTES = 8
CONTENT_BYTES_MIN = 5


class Form(StrEnum):
    """The envelope a protected message travels in."""

    SERVICE_GLOBAL = "glo"
    SERVICE_DEDICATED = "ded"
    GENERAL_GLOBAL = "general-glo"
    GENERAL_DEDICATED = "general-ded"
    GENERAL = "general-ciphering"

    @property
    def dedicated(self) -> bool:
        """Return whether the key of the association protects, not a global one."""
        return self in (Form.SERVICE_DEDICATED, Form.GENERAL_DEDICATED)


# Green Book, clause 9.5. Short names: initiate, read, write, responses, error, unconfirmed, report.
# Logical names: get, set, event, action, responses; other messages travel in a general form.
_SHORT_NAME_TAGS = (1, 5, 6, 8, 12, 13, 14, 22, 24)
_LOGICAL_NAME_TAGS = (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)
INITIATE_TAGS = frozenset((1, 8))

SERVICE_TAGS = {
    Form.SERVICE_GLOBAL: {
        **{tag: tag + 0x20 for tag in _SHORT_NAME_TAGS},
        **{tag: tag + 0x08 for tag in _LOGICAL_NAME_TAGS},
    },
    Form.SERVICE_DEDICATED: {
        **{tag: tag + 0x40 for tag in _SHORT_NAME_TAGS},
        **{tag: tag + 0x10 for tag in _LOGICAL_NAME_TAGS},
    },
}
"""Form -> plain tag -> tag of the envelope."""
_PLAIN_TAGS = {
    outer: (form, plain) for form, tags in SERVICE_TAGS.items() for plain, outer in tags.items()
}
_GENERAL_TAGS = {GENERAL_GLO: Form.GENERAL_GLOBAL, GENERAL_DED: Form.GENERAL_DEDICATED}
_TAG_OF_GENERAL = {form: tag for tag, form in _GENERAL_TAGS.items()}
CIPHERED_TAGS = frozenset((*_PLAIN_TAGS, *_GENERAL_TAGS, GENERAL_CIPHERING))


class Ciphered(NamedTuple):
    """A protected message, envelope opened, text still protected.

    Attributes:
        form: the envelope.
        plain_tag: the tag of the message inside, where the envelope tells it.
        system_title: the sender's, where the envelope tells it.
        control: the protection applied.
        counter: the sender's invocation counter.
        payload: the text, with the tag of authentication if there is one.
        header: of general-ciphering.
    """

    form: Form
    plain_tag: int | None
    system_title: bytes | None
    control: SecurityControl
    counter: int
    payload: bytes
    header: GeneralHeader | None = None


def decode(apdu: bytes) -> Ciphered:
    """Open the envelope of a protected message.

    Raises:
        DlmsError: UNKNOWN_TAG, TRUNCATED, TRAILING, BAD_VALUE.
    """
    cursor = Cursor(apdu)
    tag = cursor.u8()
    form, plain_tag = _PLAIN_TAGS.get(tag) or _general_form(tag)
    title = header = None
    if plain_tag is None:
        header = read_header(cursor) if form is Form.GENERAL else None
        title = _title(cursor.octets() if header is None else header.originator)
    content = cursor.octets()
    cursor.finish()
    if len(content) < CONTENT_BYTES_MIN:
        raise DlmsError(
            Fault.TRUNCATED,
            f"{len(content)} bytes of protected content",
            expected=f"at least {CONTENT_BYTES_MIN}: control byte and invocation counter",
        )
    control = control_of(content[0])
    counter = int.from_bytes(content[1:5])
    return Ciphered(form, plain_tag, title, control, counter, content[5:], header)


def encode(message: Ciphered) -> bytes:
    """Write a protected message with its envelope.

    Raises:
        DlmsError: UNKNOWN_TAG if the form has no envelope for the message.
    """
    return envelope(message) + content_bytes(message.control, message.counter, message.payload)


def content_bytes(control: SecurityControl, counter: int, payload: bytes) -> bytes:
    """Write length, control byte, invocation counter and protected text."""
    size = length_bytes(len(payload) + CONTENT_BYTES_MIN)
    return size + control.byte.to_bytes() + counter.to_bytes(4) + payload


def envelope(message: Ciphered) -> bytes:
    """Write what stands before the content of a protected message."""
    if message.header is not None:
        return GENERAL_CIPHERING.to_bytes() + header_bytes(message.header)
    tag = _TAG_OF_GENERAL.get(message.form)
    if tag is not None:
        return tag.to_bytes() + octets_bytes(message.system_title or b"")
    outer = SERVICE_TAGS.get(message.form, {}).get(message.plain_tag or 0)
    if outer is None:
        raise DlmsError(
            Fault.UNKNOWN_TAG,
            f"message {message.plain_tag or 0:#04x} has no {message.form} form",
            expected="a service with a form of its own, or a general form",
        )
    return outer.to_bytes()


def form_for(form: Form, plain_tag: int) -> Form:
    """Return the form a message can have: the wanted one, or the next that fits.

    InitiateRequest and -Response set up what the others use, so they are always glo; a message
    without a form of its own travels in the general one with the same key.
    """
    if plain_tag in INITIATE_TAGS:
        return Form.SERVICE_GLOBAL
    tags = SERVICE_TAGS.get(form)
    if tags is None or plain_tag in tags:
        return form
    return Form.GENERAL_DEDICATED if form.dedicated else Form.GENERAL_GLOBAL


def _general_form(tag: int) -> tuple[Form, None]:
    if tag == GENERAL_CIPHERING:
        return Form.GENERAL, None
    form = _GENERAL_TAGS.get(tag)
    if form is None:
        raise DlmsError(
            Fault.UNKNOWN_TAG, f"tag {tag:#04x} at byte 0", expected="a protected message"
        )
    return form, None


def _title(octets: bytes) -> bytes | None:
    if not octets:
        return None  # the association has told it
    if len(octets) != TITLE_BYTES:
        raise DlmsError(
            Fault.BAD_VALUE,
            f"a system title of {len(octets)} bytes",
            expected=f"{TITLE_BYTES} bytes, or none",
        )
    return octets
