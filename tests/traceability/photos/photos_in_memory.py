"""A book of photos in memory, and a photo to put into it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import MOST_OF_SUBJECT, Image, Photo, Size, checked

PIG = "https://id.gs1.org/8004/9526000143018200000147"
IMAGES = {size: Image(jpeg=size.value.encode(), width=4, height=3) for size in Size}


class PhotosInMemory:
    """A PhotoBook."""

    def __init__(self) -> None:
        self.kept: dict[int, Photo] = {}
        self.images: dict[tuple[str, Size], bytes] = {}
        self._last = 0

    def add(self, photo: Photo, images: Mapping[Size, Image]) -> Photo:
        checked(photo)
        of_subject = [each for each in self.kept.values() if each.subject == photo.subject]
        for each in of_subject:
            if each.digest == photo.digest:
                return each
        if len(of_subject) >= MOST_OF_SUBJECT:
            raise PhotoRequestError(field="file", rule="too many", rule_zh="太多")
        self._last += 1
        self.images.update({(photo.digest, size): image.jpeg for size, image in images.items()})
        self.kept[self._last] = replace(photo, number=self._last)
        return self.kept[self._last]

    def find(self, number: int) -> Photo | None:
        return self.kept.get(number)

    def of(self, subjects: Collection[str]) -> Sequence[Photo]:
        return [each for each in reversed(self.kept.values()) if each.subject in set(subjects)]

    def of_farms(self, farms: Collection[str] | None, *, limit: int) -> Sequence[Photo]:
        return [each for each in reversed(self.kept.values()) if farms is None or each.farm in set(farms)][:limit]

    def named(self, digest: str) -> Sequence[Photo]:
        return [each for each in self.kept.values() if each.digest == digest]

    def image(self, digest: str, size: Size) -> bytes | None:
        return self.images.get((digest, size))

    def change(self, photo: Photo) -> bool:
        checked(photo)
        found = self.kept.get(photo.number)
        if found is None:
            return False
        told = {"caption": photo.caption, "consent": photo.consent, "public": photo.public}
        self.kept[photo.number] = replace(found, **told)  # type: ignore[arg-type]  # the photo's own members
        return True

    def remove(self, number: int) -> bool:
        gone = self.kept.pop(number, None)
        if gone is not None and not self.named(gone.digest):
            self.images = {key: jpeg for key, jpeg in self.images.items() if key[0] != gone.digest}
        return gone is not None


def photo(**changes: Any) -> Photo:  # noqa: ANN401 any member of a photo
    """One of a pig, shown to nobody."""
    usual = Photo(
        subject=PIG,
        farm="farm-1",
        digest="d" * 64,
        caption="第 30 天",
        taken_by="operator",
        taken_at=datetime(2026, 7, 1, 8, tzinfo=UTC),
        width=4,
        height=3,
    )
    return replace(usual, **changes)
