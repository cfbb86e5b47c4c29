"""The key of one message in general-ciphering: chosen by its sender, found by its receiver."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from congto.headend.dlms.faults import DlmsError, Fault
from congto.headend.dlms.security.control import KEY_BYTES
from congto.headend.dlms.security.general import (
    GeneralHeader,
    IdentifiedKey,
    Scheme,
    WrappedKey,
    key_info_bytes,
)
from congto.headend.dlms.security.keys import KeySet, KeyUse, SecretKey
from congto.headend.dlms.security.wrap import unwrap, wrap

if TYPE_CHECKING:
    from congto.headend.dlms.security.agreement import CurveKeys


def chosen_key(
    scheme: Scheme, header: GeneralHeader, suite: int, keys: KeySet, curve_keys: CurveKeys
) -> tuple[GeneralHeader, SecretKey]:
    """Return the header with its key information, and the key of a message that we send.

    Raises:
        DlmsError: UNKNOWN_KEY where the scheme needs a key or a recipient that is not known.
    """
    if scheme is Scheme.IDENTIFIED:
        return header._replace(key_info=IdentifiedKey()), keys.key(KeyUse.UNICAST)
    if scheme is Scheme.WRAPPED:
        fresh = SecretKey(secrets.token_bytes(KEY_BYTES[suite]))
        wrapped = WrappedKey(wrap(keys.key(KeyUse.MASTER), fresh))
        return header._replace(key_info=wrapped), fresh
    if not header.recipient:
        raise DlmsError(
            Fault.UNKNOWN_KEY,
            "no system title of the other side to agree on a key with",
            expected="the title that its association answer or the shipment file tells",
        )
    if scheme is Scheme.EPHEMERAL:
        return curve_keys.offered_once(header)
    return curve_keys.offered(header)


def received_key(
    header: GeneralHeader, keys: KeySet, curve_keys: CurveKeys
) -> tuple[SecretKey, KeyUse | bytes]:
    """Return the key of a received message, and whose counters count for it.

    Raises:
        DlmsError: UNKNOWN_KEY, BAD_TAG for a key that was not wrapped or signed by the peer.
    """
    info = header.key_info
    if info is None:
        return keys.key(KeyUse.UNICAST), KeyUse.UNICAST
    if isinstance(info, IdentifiedKey):
        return keys.key(info.use), info.use
    # A key for one exchange has counters of its own, known by what made the key.
    made_of = header.transaction_id + key_info_bytes(info)
    if isinstance(info, WrappedKey):
        return unwrap(keys.key(KeyUse.MASTER), info.wrapped), made_of
    return curve_keys.agreed(header), made_of
