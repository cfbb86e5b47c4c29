"""Secrets at rest: sealed under a master key that the doors hand over.

The office knows neither files nor environment nor tokens: `settings.MASTER_KEYS` is called and
answers with the keys there are. What is sealed is bound to its device and use, so a row that is
copied to another device or use does not open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import TYPE_CHECKING, NoReturn, Protocol

from django.conf import settings

from congto.vocabulary.errors import CongtoError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from congto.office.devices.choices import SecretUse

NAME_LENGTH_MAX = 40


class BrokenSealError(CongtoError):
    """A sealed secret was changed, or belongs to another device or use."""


class SecretBytes:
    """A secret in memory: repr, str, format and pickle do not give it away."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        self._raw = bytes(raw)

    def reveal(self) -> bytes:
        """Return the secret itself, at the place where it is used and nowhere before."""
        return self._raw

    def __len__(self) -> int:
        return len(self._raw)

    def __repr__(self) -> str:
        return f"SecretBytes({len(self._raw)} bytes)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretBytes) and compare_digest(self._raw, other._raw)

    def __hash__(self) -> int:
        return hash(self._raw)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: it would be written somewhere")


class MasterKey(Protocol):
    """Seals with AES-256-GCM; where the key itself is, only the door knows."""

    @property
    def name(self) -> str:
        """Return its name, kept with every row that it sealed; 40 characters at most."""

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Return nonce, ciphertext and tag; `bound_to` is authenticated."""

    def unseal(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Return what was sealed; None where tag or binding do not fit."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys there are: one seals, all open."""

    current: MasterKey
    former: tuple[MasterKey, ...] = field(default=())

    def named(self, name: str) -> MasterKey:
        """Return the key of a name.

        Raises:
            RefusedError: it is not among those handed over.
        """
        for key in (self.current, *self.former):
            if key.name == name:
                return key
        raise RefusedError(
            f"secrets are sealed under the master key {name}, which is not here",
            expected=f"it beside {self.current.name}",
            action="Give it back (file of master keys, or CONGTO_MASTER_KEY_FORMER)",
        )


def keyring() -> Keyring:
    """Return the master keys that the door hands over."""
    found: Callable[[], Keyring] = settings.MASTER_KEYS
    return found()


def seal(keys: Keyring, device: int, use: SecretUse, plain: SecretBytes) -> bytes:
    """Seal a secret of a device under the current master key."""
    return keys.current.seal(plain.reveal(), _binding(device, use))


def unseal(keys: Keyring, name: str, device: int, use: SecretUse, sealed: bytes) -> SecretBytes:
    """Open a sealed secret of a device.

    Args:
        keys: the master keys.
        name: of the key that it is sealed under.
        device: whose it is.
        use: what it is for.
        sealed: as the books keep it.

    Raises:
        RefusedError: the master key is not here.
        BrokenSealError: the row was changed or moved.
    """
    plain = keys.named(name).unseal(sealed, _binding(device, use))
    if plain is None:
        raise BrokenSealError(
            f"device {device}: its secret {use.value} does not open under {name}",
            expected="the row as it was sealed for this device and use",
            action="Import the meter's keys again and find out who changed the row",
        )
    return SecretBytes(plain)


def _binding(device: int, use: SecretUse) -> bytes:
    return f"congto/secret/1/{device}/{use.value}".encode("ascii")
