"""The secret keys of one meter as a session holds them; never shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.control import KEY_BYTES


class KeyUse(StrEnum):
    """What a key is for; each has invocation counters of its own."""

    UNICAST = "unicast"  # global unicast encryption key (GUEK)
    BROADCAST = "broadcast"  # global broadcast encryption key (GBEK)
    DEDICATED = "dedicated"  # of one association, sent in its InitiateRequest
    AUTHENTICATION = "authentication"  # global authentication key (GAK)
    MASTER = "master"  # key encrypting key (KEK), wraps the others


class SecretKey:
    """A symmetric key with its prepared cipher; repr and str do not show it.

    The cipher lives and dies with this object, so no store of secrets grows beside it.
    """

    __slots__ = ("cipher", "raw")

    def __init__(self, raw: bytes) -> None:
        if len(raw) not in (16, 32):
            raise DlmsError(
                Fault.UNKNOWN_KEY, f"a key of {len(raw)} bytes", expected="16 bytes, suite 2: 32"
            )
        self.raw = bytes(raw)
        self.cipher = AESGCM(self.raw)

    def __repr__(self) -> str:
        return f"SecretKey({len(self.raw)} bytes)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretKey) and compare_digest(self.raw, other.raw)

    def __hash__(self) -> int:
        return hash(self.raw)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys that one side of an association holds; what is None is not known."""

    unicast: SecretKey | None = None
    authentication: SecretKey | None = None
    broadcast: SecretKey | None = None
    dedicated: SecretKey | None = None
    master: SecretKey | None = None

    @classmethod
    def of(
        cls,
        *,
        unicast: bytes | None = None,
        authentication: bytes | None = None,
        broadcast: bytes | None = None,
        dedicated: bytes | None = None,
        master: bytes | None = None,
    ) -> KeySet:
        """Make a key set of raw keys.

        Raises:
            DlmsError: UNKNOWN_KEY for a key of another length than 16 or 32 bytes.
        """
        raws = (unicast, authentication, broadcast, dedicated, master)
        return cls(*(None if raw is None else SecretKey(raw) for raw in raws))

    def key(self, use: KeyUse) -> SecretKey:
        """Return the key of a use.

        Raises:
            DlmsError: UNKNOWN_KEY.
        """
        found: SecretKey | None = getattr(self, use)
        if found is None:
            raise DlmsError(
                Fault.UNKNOWN_KEY,
                f"no {use} key of this meter is known",
                expected=f"the {use} key with which the message is protected",
                action="Import the meter's keys from the maker's shipment file.",
            )
        return found

    def refuse_other_suite(self, suite: int) -> None:
        """Refuse keys whose length is not the suite's."""
        size = KEY_BYTES[suite]
        for use in KeyUse:
            held: SecretKey | None = getattr(self, use)
            if held is not None and len(held.raw) != size:
                raise DlmsError(
                    Fault.UNKNOWN_KEY,
                    f"{use} key of {len(held.raw)} bytes",
                    expected=f"{size} bytes for security suite {suite}",
                )
