"""The key under evidence: Ed25519 (RFC 8032), named by the thumbprint of its JWK (RFC 7638, RFC 8037)."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from traceability.evidence_pack.errors import EvidenceError

SEED_CONTEXT, COMMITMENT_CONTEXT = b"tiantou evidence signature 1", b"tiantou evidence commitment 1"
Jwk = dict[str, str]


@dataclass(frozen=True, slots=True)
class EvidenceKey:
    """The operator's key; `secret` is what it is derived from, and never leaves the data folder."""

    secret: bytes

    def __repr__(self) -> str:
        """Never the secret."""
        return f"EvidenceKey({self.jwk['kid']})"

    @property
    def jwk(self) -> Jwk:
        """The public key."""
        return jwk_of(self._private().public_key())

    @property
    def pem(self) -> bytes:
        """The public key as other programs read it."""
        return self._private().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        return self._private().sign(message)

    def commit(self, document: str) -> str:
        """The keyed digest (hex) of an event as captured."""
        key = hmac.new(self.secret, COMMITMENT_CONTEXT, hashlib.sha256).digest()
        return hmac.new(key, document.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _private(self) -> Ed25519PrivateKey:
        seed = hmac.new(self.secret, SEED_CONTEXT, hashlib.sha256).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)


def jwk_of(key: Ed25519PublicKey) -> Jwk:
    """The key as a JWK whose `kid` is its thumbprint."""
    x = _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    required = {"crv": "Ed25519", "kty": "OKP", "x": x}
    thumbprint = hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
    return {**required, "alg": "EdDSA", "kid": _base64url(thumbprint), "use": "sig"}


def key_of_jwk(jwk: object) -> Ed25519PublicKey:
    """The public key of a JWK; raises EvidenceError where it is none, or its `kid` is another's."""
    x = str(jwk.get("x", "")) if isinstance(jwk, dict) else ""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
    except ValueError:
        raise EvidenceError(part="manifest.json", rule="it names no Ed25519 key") from None
    if jwk_of(key) != jwk:
        raise EvidenceError(part="manifest.json", rule="its key is written in another form than it was")
    return key


def key_of_pem(text: bytes) -> Ed25519PublicKey:
    """The public key of a PEM file; raises EvidenceError."""
    try:
        key = load_pem_public_key(text)
    except ValueError:
        raise EvidenceError(part="key", rule="it is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise EvidenceError(part="key", rule="it is no Ed25519 key")
    return key


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether that key signed the message."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
