"""QR codes as SVG."""

from io import BytesIO

import segno

QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004)."""


def qr_svg(address: str) -> bytes:
    """A QR code of the address, error correction M (15 %), as a whole SVG document with its address as title."""
    picture = BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(picture, kind="svg", border=QUIET_ZONE, scale=8, dark="#000", light="#fff", title=address, omitsize=False)
    return picture.getvalue()
