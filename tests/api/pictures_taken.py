"""Pictures as cameras make them: with a place, a camera and a time inside."""

import io
import random

from PIL import Image

PLACE = b"28.27N"
CAMERA = "ACME Phone 7"
ORIENTATION, MAKE, GPS, LATITUDE = 0x0112, 0x010F, 0x8825, 2
TURNED = 6
"""The camera was held upright: readers have to turn the picture."""


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """The worst a JPEG can meet: every pixel another."""
    chance = random.Random(7)  # noqa: S311 a picture of tests
    return Image.frombytes(mode, (width, height), chance.randbytes(width * height * len(mode)))


def taken(picture: Image.Image, form: str = "JPEG", *, orientation: int = 1) -> bytes:
    """The file of a camera."""
    exif = Image.Exif()
    exif[MAKE] = CAMERA
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[LATITUDE] = (28.0, 16.0, 12.0)
    out = io.BytesIO()
    picture.save(out, form, exif=exif, **({"comment": PLACE} if form == "JPEG" else {}))
    return out.getvalue()
