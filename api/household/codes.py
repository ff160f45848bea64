"""The code of a field's sheet: nobody can guess it, and it is the same for as long as the secret is."""

import base64
import hashlib
import hmac

from observations.identifiers import FieldId

CODE_BYTES = 16
"""128 bits: beyond guessing, and short enough for a QR code that an old phone reads."""


def sheet_code(secret: bytes, field: FieldId) -> str:
    """The code of that field, 26 letters and digits. secret: the house's own, not empty."""
    digest = hmac.digest(secret, b"sheet\0" + field.encode(), hashlib.sha256)
    return base64.b32encode(digest[:CODE_BYTES]).decode().rstrip("=").lower()


def is_sheet_code(secret: bytes, field: FieldId, code: str) -> bool:
    """Whether that code opens the sheet of that field; never without a secret."""
    return bool(secret) and hmac.compare_digest(sheet_code(secret, field).encode(), code.encode())
