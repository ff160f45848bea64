"""What photos need kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from traceability.photos.model import Image, Photo, Size


class PhotoBook(Protocol):
    """The photos, with their images."""

    def add(self, photo: Photo, images: Mapping[Size, Image]) -> Photo:
        """The photo as it is kept, numbered, durable with its images; the one that is there where it is there already.

        Raises PhotoRequestError where it cannot be kept like that, or the subject has MOST_OF_SUBJECT.
        """

    def find(self, number: int) -> Photo | None:
        """The photo of that number."""

    def of(self, subjects: Collection[str]) -> Sequence[Photo]:
        """Every photo of these subjects, the newest first."""

    def of_farms(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Photo]:
        """The newest photos that are these farms' (None: of all), the newest first."""

    def named(self, digest: str) -> Sequence[Photo]:
        """Every photo whose images are named so, of whatever subject."""

    def image(self, digest: str, size: Size) -> bytes | None:
        """The JPEG of that name and size."""

    def change(self, photo: Photo) -> bool:
        """Whether there is one of that number; caption, consent and public are as given. Raises PhotoRequestError."""

    def remove(self, number: int) -> bool:
        """Whether there was one of that number; it is gone, and with the last one of a name its images."""
