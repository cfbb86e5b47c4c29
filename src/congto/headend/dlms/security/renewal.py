"""A global key renewed by agreement: method key_agreement of class 64, scheme C(2e,0s).

Client and meter each make a key pair for this once and send its public key, signed. The client is
party U, the meter party V. Nothing that is sent, nor any key taken later, reveals the new key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from congto.headend.dlms.security.agreement import (
    DLMS_ARC,
    Algorithm,
    ciphering,
    derive,
    shared_secret,
)
from congto.headend.dlms.security.keys import SecretKey
from congto.headend.dlms.security.signatures import (
    curve_of,
    public_bytes,
    public_key,
    sign,
    verify,
)
from congto.headend.dlms.security.wrap import KeyId

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )


@dataclass(frozen=True, slots=True)
class Renewal:
    """One side's part in renewing one key.

    Attributes:
        key_id: the key to renew.
        ephemeral: our key pair of this renewal, never used again.
        signing: our signature key.
        peer_signing: the peer's, from its certificate.
        client_title, server_title: system titles.
        arc: 6 for meters that follow the misprint of the 8th edition.
    """

    key_id: KeyId
    ephemeral: EllipticCurvePrivateKey = field(repr=False)
    signing: EllipticCurvePrivateKey = field(repr=False)
    peer_signing: EllipticCurvePublicKey
    client_title: bytes
    server_title: bytes
    arc: int = DLMS_ARC

    def offer(self) -> bytes:
        """Return our key data: the public key and the signature over key id and public key."""
        public = public_bytes(self.ephemeral.public_key())
        return public + sign(self.signing, self.key_id.to_bytes(1) + public)

    def renewed(self, offered: bytes) -> SecretKey:
        """Compute the new key from the peer's key data.

        Raises:
            DlmsError: BAD_TAG if the peer did not sign it, BAD_VALUE if it is malformed.
        """
        curve = curve_of(self.ephemeral)
        public, signature = offered[: 2 * curve.size], offered[2 * curve.size :]
        verify(self.peer_signing, signature, self.key_id.to_bytes(1) + public)
        secret = shared_secret(self.ephemeral, public_key(curve, public))
        purpose = ciphering(curve)
        if self.key_id is KeyId.MASTER:
            small = purpose is Algorithm.AES_GCM_128
            purpose = Algorithm.AES_WRAP_128 if small else Algorithm.AES_WRAP_256
        algorithm = purpose.identifier(self.arc)
        return SecretKey(derive(curve, secret, algorithm, self.client_title, self.server_title))
