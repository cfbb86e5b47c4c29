"""The master key that seals the secrets of meters: from a file, the environment or a token.

    CONGTO_MASTER_KEY         file:PATH, hex:64DIGITS or pkcs11:token=NAME;object=LABEL
                              (file:<data folder>/master_key, made on first use)
    CONGTO_MASTER_KEY_FORMER  the same of keys being replaced, separated by blanks

A file has one key a line as 64 hexadecimal digits: the first seals, all open. Nobody but its owner
may read it.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from congto.office.devices.sealing import Keyring
from congto.vocabulary.errors import InvalidInputError

if TYPE_CHECKING:
    from congto.office.devices.sealing import MasterKey

KEY_BYTES, NONCE_BYTES = 32, 12
OTHERS = 0o077
FILE, HEX, TOKEN = "file:", "hex:", "pkcs11:"
EXPECTED = "file:PATH, hex:64DIGITS or pkcs11:token=NAME;object=LABEL"


class MemoryKey:
    """A master key in memory. Its name is derived from it, so one name is never two keys."""

    __slots__ = ("_cipher", "name")

    def __init__(self, raw: bytes) -> None:
        self._cipher = AESGCM(raw)
        self.name = f"key:{digest(raw, b'congto master key name', sha256)[:6].hex()}"

    def __repr__(self) -> str:
        return f"MemoryKey({self.name})"

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Return nonce, ciphertext and tag. Nonces are drawn: NIST SP 800-38D allows 2^32 a key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, bound_to)

    def unseal(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Return what was sealed; None where tag or binding do not fit."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            return None


@dataclass(slots=True)
class MasterKeys:
    """Gives the keys there are; a file that was changed is read again.

    Args:
        data: the data folder, where a key is made if the environment names none.
    """

    data: Path
    _read: tuple[object, Keyring] | None = field(default=None, repr=False)

    def __call__(self) -> Keyring:
        """Return the keys.

        Raises:
            InvalidInputError: a source cannot be read, is readable by others, or is no key.
        """
        sources = self.sources()
        self._make_missing(sources)
        state = tuple((one, _changed(one)) for one in sources)
        if self._read is None or self._read[0] != state:
            keys = [key for one in sources for key in _keys(one)]
            self._read = (state, Keyring(keys[0], tuple(keys[1:])))
        return self._read[1]

    def sources(self) -> list[str]:
        """Return where the keys are, the one that seals first."""
        current = os.environ.get("CONGTO_MASTER_KEY") or f"{FILE}{self.data / 'master_key'}"
        return [current, *os.environ.get("CONGTO_MASTER_KEY_FORMER", "").split()]

    @property
    def file(self) -> Path | None:
        """Return the file of keys; None where they come from elsewhere."""
        current = self.sources()[0]
        return Path(current.removeprefix(FILE)) if current.startswith(FILE) else None

    def _make_missing(self, sources: list[str]) -> None:
        own = self.data / "master_key"
        if sources[0] == f"{FILE}{own}" and not own.exists():
            write_keys(own, [secrets.token_bytes(KEY_BYTES)], only_if_absent=True)


def write_keys(path: Path, keys: list[bytes], *, only_if_absent: bool = False) -> None:
    """Write a file of keys, whole or not at all; of two processes that make one, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    private = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(private, "w", encoding="ascii") as file:
        file.writelines(f"{key.hex()}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    try:
        if only_if_absent:
            os.link(draft, path)
        else:
            draft.replace(path)
    except FileExistsError:
        pass  # another process was first; its key is as good
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)  # the name too: secrets are sealed under this key from now on
    os.close(folder)


def read_keys(path: Path) -> list[bytes]:
    """Return the keys of a file.

    Raises:
        InvalidInputError: it is not there, others may read it, or a line is no key.
    """
    try:
        mode = path.stat().st_mode
        lines = path.read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidInputError(
            f"master key file {path}: {reason}",
            expected="64 hexadecimal digits a line",
            action="Put the file back from where it is kept safe; a new key opens nothing",
        ) from None
    if mode & OTHERS:
        raise InvalidInputError(
            f"master key file {path} may be read by others (mode {mode & 0o777:03o})",
            expected="mode 600",
            action=f"chmod 600 {path}, and change the key if anybody may have read it",
        )
    keys = [_raw(line, f"master key file {path}, line {n}") for n, line in enumerate(lines, 1)]
    if not keys:
        raise InvalidInputError(f"master key file {path} is empty", expected="a key")
    return keys


def _changed(source: str) -> object:
    if not source.startswith(FILE):
        return None
    try:
        found = Path(source.removeprefix(FILE)).stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)


def _keys(source: str) -> list[MasterKey]:
    if source.startswith(FILE):
        return [MemoryKey(raw) for raw in read_keys(Path(source.removeprefix(FILE)))]
    if source.startswith(HEX):
        return [MemoryKey(_raw(source.removeprefix(HEX), "CONGTO_MASTER_KEY"))]
    if source.startswith(TOKEN):
        from congto.interfaces.project.token_key import token_key  # noqa: PLC0415  (optional)

        return [token_key(source.removeprefix(TOKEN))]
    # The word may be a key whose "hex:" was forgotten: it is not shown.
    raise InvalidInputError("CONGTO_MASTER_KEY names no source", expected=EXPECTED)


def _raw(text: str, place: str) -> bytes:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise InvalidInputError(place, expected=f"{2 * KEY_BYTES} hexadecimal digits")
    return raw
