"""A photo of a thing, and the sizes in which it is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from traceability.photos.errors import PhotoRequestError

LONGEST_TEXT = 200
LARGEST_UPLOAD = 12 * 1024 * 1024
"""Bytes; a phone's photo of 2026 has 2 to 8 MB."""
MOST_OF_SUBJECT = 24
"""Photos of one animal, step or farm."""


class Size(StrEnum):
    """The sizes in which a photo is kept."""

    LARGE = "large"
    SMALL = "small"


LONGEST_SIDE_PX = {Size.LARGE: 1280, Size.SMALL: 480}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A JPEG that holds nothing but the picture: no place, no camera, no time."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo of one thing.

    subject: the canonical URI of an animal or of a farm's GLN, or an eventID. farm: whose it is, "" where nobody's.
    digest: SHA-256 of its large image, hex; it names the images. width, height: of the small image, px. consent: how
    those who own or stand in the picture agreed to show it, "" where they did not. public: somebody wants it on the
    pages of what was made. number: its own, 0 before it is kept.
    """

    subject: str
    farm: str
    digest: str
    caption: str
    taken_by: str
    taken_at: datetime
    width: int
    height: int
    consent: str = ""
    public: bool = False
    number: int = 0

    @property
    def shown(self) -> bool:
        """Whether anyone may see it: wanted, and agreed to."""
        return self.public and bool(self.consent)


def digest_of(image: Image) -> str:
    """The name of the images whose large one this is."""
    return hashlib.sha256(image.jpeg).hexdigest()


def checked(photo: Photo) -> Photo:
    """The same photo; raises PhotoRequestError where a text is too long or it is to be shown without consent."""
    for field, text in (("caption", photo.caption), ("consent", photo.consent)):
        if len(text) > LONGEST_TEXT:
            rule = f"at most {LONGEST_TEXT} characters"
            raise PhotoRequestError(field=field, rule=rule, rule_zh=f"最多 {LONGEST_TEXT} 字")
    if photo.public and not photo.consent.strip():
        rule = "say how its owner agreed before it is shown to anyone"
        raise PhotoRequestError(field="consent", rule=rule, rule_zh="先写明农户怎么同意的，才能公开")
    return photo
