"""Pictures from cameras made into small ones that hold nothing but the picture."""

import io
import re
import struct
import threading
from collections.abc import Mapping

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import LARGEST_UPLOAD, LONGEST_SIDE_PX, Image, Size

LARGEST_PIXELS = {"JPEG": 60_000_000, "MPO": 60_000_000}
"""A phone's 50 megapixels: a JPEG, or several in one file, is decoded at a fraction of its size."""
USUAL_PIXELS = 24_000_000
"""Of what has to be unpacked whole."""
FORMATS = ("JPEG", "PNG", "WEBP")
LARGEST_JPEG: Mapping[Size, int] = {Size.LARGE: 60 * 1024, Size.SMALL: 20 * 1024}
QUALITIES = (82, 74, 66, 56, 46, 36, 26)
SHRINK = 0.8
"""By so much a picture is made smaller where no quality makes it small enough: gravel, straw, bristles."""
ORIENTATION = 0x0112
"""The Exif tag that says how the camera was held."""
UPRIGHT: Mapping[int, Pillow.Transpose] = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
MOST_SCANS = 100
"""Of a JPEG; cameras write one, tools for progressive ones about ten. Each costs time, whatever the pixels."""
AT_ONCE = threading.BoundedSemaphore(2)
"""Pictures that are unpacked at the same time: each takes a core and some 200 MB."""
PATIENCE_S = 20.0
"""So long a photo waits for its turn."""
SCAN, END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
"""The next marker of a JPEG; restarts and padding within a scan are none."""
_SEGMENTS = frozenset({*range(0xC0, 0xFF)} - {0xD8, END})
"""Markers that say how long what follows is, so that nothing in it is taken for a marker."""
_BROKEN_EXIF = (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, OverflowError, struct.error)
_UNREADABLE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Pillow.DecompressionBombError,
    Pillow.DecompressionBombWarning,
)  # fmt: skip


def images_of(data: bytes) -> Mapping[Size, Image]:
    """The picture in every size, upright, without place, camera or time; raises PhotoRequestError."""
    if not data:
        raise PhotoRequestError(field="file", rule="choose a photo", rule_zh="选一张照片")
    if len(data) > LARGEST_UPLOAD:
        raise PhotoRequestError(field="file", rule="at most 12 MB", rule_zh="照片最大 12 MB")
    if _scans(data) > MOST_SCANS:
        rule, rule_zh = f"at most {MOST_SCANS} scans in a JPEG", "照片的格式不寻常，读不了：换一张，或截屏再传"
        raise PhotoRequestError(field="file", rule=rule, rule_zh=rule_zh)
    if not AT_ONCE.acquire(timeout=PATIENCE_S):
        rule, rule_zh = "many photos come in just now: send it again", "正忙着存别的照片，过一会儿再传一次"
        raise PhotoRequestError(field="file", rule=rule, rule_zh=rule_zh)
    try:
        picture = _decoded(data)
        return {size: _shrunk(picture, LONGEST_SIDE_PX[size], LARGEST_JPEG[size]) for size in Size}
    finally:
        AT_ONCE.release()


def _scans(data: bytes) -> int:
    """How often a JPEG is drawn over, counted to one more than may be; what is behind its end is not read."""
    scans, at = 0, 2
    while data.startswith(b"\xff\xd8") and scans <= MOST_SCANS and (found := _MARKER.search(data, at)):
        at, marker = found.end(), found[1][0]
        if marker == END:
            break
        scans += marker == SCAN
        if marker in _SEGMENTS:
            at += int.from_bytes(data[at : at + 2], "big")
    return scans


def _decoded(data: bytes) -> Pillow.Image:
    try:
        with Pillow.open(io.BytesIO(data), formats=FORMATS) as opened:
            _check_size(opened)
            opened.draft("RGB", (2 * LONGEST_SIDE_PX[Size.LARGE],) * 2)
            opened.thumbnail((LONGEST_SIDE_PX[Size.LARGE],) * 2)
            return _flat(_upright(opened))
    except PhotoRequestError:
        raise
    except _UNREADABLE as error:
        rule = "a picture in JPEG, PNG or WebP is expected"
        raise PhotoRequestError(field="file", rule=rule, rule_zh="读不懂：要 JPEG、PNG 或 WebP 照片") from error


def _upright(picture: Pillow.Image) -> Pillow.Image:
    """As the camera was held; as it lies where its metadata are broken."""
    try:
        held = picture.getexif().get(ORIENTATION)
    except _BROKEN_EXIF:
        return picture
    turn = UPRIGHT.get(held) if isinstance(held, int) else None
    return picture if turn is None else picture.transpose(turn)


def _check_size(picture: Pillow.Image) -> None:
    most = LARGEST_PIXELS.get(picture.format or "", USUAL_PIXELS)
    if picture.width * picture.height > most:
        million = most // 1_000_000
        rule, rule_zh = f"at most {million} megapixels", f"照片最大 {million * 100} 万像素"
        raise PhotoRequestError(field="file", rule=rule, rule_zh=rule_zh)


def _flat(picture: Pillow.Image) -> Pillow.Image:
    """Without transparency, on white, and without anything but its pixels."""
    alpha = picture.convert("RGBA")
    flat = Pillow.new("RGB", alpha.size, "white")
    flat.paste(alpha, mask=alpha.getchannel("A"))
    return flat


def _shrunk(picture: Pillow.Image, side_px: int, most_bytes: int) -> Image:
    small = picture.copy()
    small.thumbnail((side_px, side_px))
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            small.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
            if out.tell() <= most_bytes:
                return Image(jpeg=out.getvalue(), width=small.width, height=small.height)
        small = small.resize((max(1, int(small.width * SHRINK)), max(1, int(small.height * SHRINK))))
