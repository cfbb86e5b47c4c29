"""A master key that stays in a PKCS#11 token (HSM, smart card); needs the extra congto[hsm].

    CONGTO_PKCS11_MODULE    the maker's library, as /usr/lib/softhsm/libsofthsm2.so
    CONGTO_PKCS11_PIN_FILE  file with the user's PIN, or CONGTO_PKCS11_PIN the PIN itself

Each secret is sealed and opened by the token (AES-256, CKM_AES_GCM), so the key never leaves it.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from congto.office.devices.sealing import NAME_LENGTH_MAX
from congto.vocabulary.errors import InvalidInputError, RefusedError

NONCE_BYTES, TAG_BITS = 12, 128
PREFIX = "pkcs11:"
FIELDS = {"token", "object"}


class TokenKey:
    """A key of a token by its label.

    Args:
        label: of the key object.
        key: the object, of an open session.
    """

    def __init__(self, label: str, key: Any) -> None:  # noqa: ANN401  (the extra may be absent)
        self.name = f"{PREFIX}{label}"
        self._key = key
        self._busy = Lock()  # a session does one thing at a time

    def __repr__(self) -> str:
        return f"TokenKey({self.name})"

    def seal(self, plain: bytes, bound_to: bytes) -> bytes:
        """Return nonce, ciphertext and tag."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._do("encrypt", plain, nonce, bound_to)
        if sealed is None:
            raise RefusedError(f"the token does not seal with {self.name}", expected="CKM_AES_GCM")
        return nonce + sealed

    def unseal(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """Return what was sealed; None where tag or binding do not fit."""
        return self._do("decrypt", sealed[NONCE_BYTES:], sealed[:NONCE_BYTES], bound_to)

    def _do(self, what: str, text: bytes, nonce: bytes, bound_to: bytes) -> bytes | None:
        import pkcs11  # noqa: PLC0415  (the extra may be absent)

        # SoftHSM answers a wrong tag with a general error, others as the standard says.
        unfit = (
            pkcs11.exceptions.EncryptedDataInvalid,
            pkcs11.exceptions.EncryptedDataLenRange,
            pkcs11.exceptions.GeneralError,
        )
        try:
            with self._busy:
                done: bytes = getattr(self._key, what)(
                    text,
                    mechanism=pkcs11.Mechanism.AES_GCM,
                    mechanism_param=pkcs11.GCMParams(nonce, bound_to, TAG_BITS),
                )
        except unfit:
            return None
        except pkcs11.exceptions.PKCS11Error as error:
            raise RefusedError(
                f"the token of {self.name} answers {type(error).__name__}",
                expected="a token that is there and logged in",
                action="Look at the token, then start again",
            ) from None
        return done


@lru_cache(maxsize=4)
def token_key(source: str) -> TokenKey:
    """Return the key that `token=NAME;object=LABEL` names.

    Raises:
        InvalidInputError: the words are wrong, the extra, the library, the token or the key is
            missing, or the PIN is wrong.
    """
    words = dict(part.partition("=")[::2] for part in source.split(";"))
    if set(words) != FIELDS or len(PREFIX + words["object"]) > NAME_LENGTH_MAX:
        raise InvalidInputError(
            f"master key {PREFIX}{source}",
            expected=f"token=NAME;object=LABEL, the label of {NAME_LENGTH_MAX - len(PREFIX)}"
            " characters at most",
        )
    try:
        import pkcs11  # noqa: PLC0415  (the extra may be absent)
    except ImportError:
        raise InvalidInputError(
            "the master key is in a token and python-pkcs11 is not installed",
            expected="the extra congto[hsm]",
        ) from None
    try:
        session = _session(pkcs11, words["token"])
        key = session.get_key(
            object_class=pkcs11.ObjectClass.SECRET_KEY,
            key_type=pkcs11.KeyType.AES,
            label=words["object"],
        )
    except pkcs11.exceptions.PKCS11Error as error:
        why = f"{type(error).__name__} {error}".strip()
        raise InvalidInputError(
            f"token {words['token']}, key {words['object']}: {why}",
            expected="CONGTO_PKCS11_MODULE, token, PIN and an AES key of this label",
        ) from None
    return TokenKey(words["object"], key)


def _session(pkcs11: Any, label: str) -> Any:  # noqa: ANN401  (the extra may be absent)
    """Open a session; a login holds for all sessions of this process with the token."""
    token = pkcs11.lib(os.environ.get("CONGTO_PKCS11_MODULE", "")).get_token(token_label=label)
    try:
        return token.open(user_pin=_pin())
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        return token.open()


def _pin() -> str:
    file = os.environ.get("CONGTO_PKCS11_PIN_FILE")
    if not file:
        return os.environ.get("CONGTO_PKCS11_PIN", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise InvalidInputError(f"PIN file {file}", expected="a text file that is there") from None
