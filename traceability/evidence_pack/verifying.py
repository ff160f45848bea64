"""A pack of evidence checked without the service that made it: standard library and `cryptography` alone.

1. The file is exactly the container that its members make. 2. The manifest is signed by the key it names, and by the
key that is expected. 3. Every file is as the manifest says, packed and unpacked, and there is none beside them.
So a change of any byte is found. What is proven: unaltered since it was signed. Not: true when it was written.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from traceability.evidence_pack.container import Member, by_name, unpacked
from traceability.evidence_pack.errors import EvidenceError
from traceability.evidence_pack.keys import is_signed, jwk_of, key_of_jwk, key_of_pem

FORMAT = "tiantou-evidence/1"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public_key.pem"
FILE_FIELDS = {"name", "bytes", "sha256", "packed_bytes", "packed_sha256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPack:
    """What a pack that is as it was signed says of itself; expected: its key is the one that was asked for."""

    subject: str
    made_at: str
    key_id: str
    expected: bool
    files: tuple[str, ...]
    manifest: dict[str, Any]


def verify(data: bytes, *, expected_key: Ed25519PublicKey | None = None) -> VerifiedPack:
    """The pack, whose every byte is as it was signed; raises EvidenceError that says what is not."""
    members = by_name(unpacked(data))
    manifest = _manifest(members)
    key = key_of_jwk(manifest.get("key"))
    if expected_key is not None and jwk_of(expected_key) != jwk_of(key):
        raise EvidenceError(part=MANIFEST, rule=f"signed with key {jwk_of(key)['kid']}, another than the expected one")
    if not is_signed(key, members[SIGNATURE].content, members[MANIFEST].content):
        raise EvidenceError(part=SIGNATURE, rule="the manifest was changed after it was signed, or not signed by it")
    _check_files(manifest, {name: each for name, each in members.items() if name not in {MANIFEST, SIGNATURE}})
    if jwk_of(key_of_pem(members[PUBLIC_KEY].content)) != jwk_of(key):
        raise EvidenceError(part=PUBLIC_KEY, rule="it is another key than the manifest's")
    return VerifiedPack(
        subject=str(manifest.get("subject", "")),
        made_at=str(manifest.get("made_at", "")),
        key_id=jwk_of(key)["kid"],
        expected=expected_key is not None,
        files=tuple(sorted(members)),
        manifest=manifest,
    )


def canonical_text(value: object) -> bytes:
    """The JSON of texts and small whole numbers in RFC 8785's form, member names being ASCII."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _manifest(members: dict[str, Member]) -> dict[str, Any]:
    for name in (MANIFEST, SIGNATURE, PUBLIC_KEY):
        if name not in members:
            raise EvidenceError(part=name, rule="it is missing")
    content = members[MANIFEST].content
    try:
        manifest = json.loads(content)
        same = canonical_text(manifest) == content
    except (ValueError, RecursionError):
        raise EvidenceError(part=MANIFEST, rule="it cannot be read") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or not same:
        raise EvidenceError(part=MANIFEST, rule=f"it is no {FORMAT} in canonical form")
    return manifest


def _check_files(manifest: dict[str, Any], files: dict[str, Member]) -> None:
    listed = manifest.get("files")
    whole = [*listed] if isinstance(listed, list) else []
    rows = [row for row in whole if isinstance(row, dict) and row.keys() == FILE_FIELDS]
    if len(rows) < len(whole) or [str(row["name"]) for row in rows] != [*files]:
        raise EvidenceError(part=MANIFEST, rule="it lists other files than there are")
    for row in rows:
        if row != file_row(files[str(row["name"])]):
            raise EvidenceError(part=str(row["name"]), rule="it is not the file that was signed")


def file_row(member: Member) -> dict[str, str | int]:
    """What the manifest says of a file."""
    return {
        "name": member.name,
        "bytes": len(member.content),
        "sha256": hashlib.sha256(member.content).hexdigest(),
        "packed_bytes": len(member.packed),
        "packed_sha256": hashlib.sha256(member.packed).hexdigest(),
    }
