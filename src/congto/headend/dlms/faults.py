"""What can be wrong with what a meter sent, each by a name that counters and findings use."""

from __future__ import annotations

from enum import StrEnum

from congto.vocabulary.errors import CongtoError


class Fault(StrEnum):
    """The named reason why bytes or a message are refused."""

    # form
    TRUNCATED = "truncated"  # a length reaches beyond the bytes that came
    TRAILING = "trailing-bytes"  # bytes are left after the message
    UNKNOWN_TAG = "unknown-tag"  # a tag that the standard does not have here
    BAD_VALUE = "bad-value"  # a value outside what its type allows
    TOO_DEEP = "nested-too-deep"
    TOO_LARGE = "too-large"  # more elements or bytes than the limits allow
    # framing
    BAD_CHECKSUM = "bad-checksum"
    BAD_FRAME = "bad-frame"
    WRONG_ADDRESS = "wrong-address"
    BAD_SEQUENCE = "bad-sequence"  # frame or block out of its order
    # security
    BAD_TAG = "authentication-tag-wrong"  # AES-GCM tag, signature or HLS answer does not fit
    REPLAYED = "invocation-counter-replayed"
    UNPROTECTED = "protection-missing"  # plain message where protection was agreed
    UNKNOWN_KEY = "key-unknown"
    COUNTER_SPENT = "invocation-counter-spent"
    CERTIFICATE = "certificate-refused"
    # service
    UNEXPECTED = "unexpected-message"  # not allowed in this state
    WRONG_INVOKE_ID = "wrong-invoke-id"
    REJECTED = "association-rejected"
    REFUSED = "service-refused"  # exception response or confirmed service error
    SILENT = "no-answer"
    # line
    UNREACHABLE = "unreachable"  # nobody listens there, or the network does not lead there
    BROKEN = "connection-broken"  # the other side or the network hung up in the middle


class DlmsError(CongtoError):
    """Bytes or a message were refused; `fault` names why.

    Args:
        fault: the named reason.
        found: what was found, with the place in the message where that helps.
        expected: what the standard or the association expects there.
        action: what to do now.
    """

    def __init__(self, fault: Fault, found: str, *, expected: str = "", action: str = "") -> None:
        self.fault = fault
        super().__init__(f"{fault}: {found}", expected=expected, action=action)
