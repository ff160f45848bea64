"""Photos in SQL: content-addressed, one backup with the records, gone with their household."""

from dataclasses import replace

import pytest

from storage.records.records import Records
from tests.traceability.compliance.book_in_memory import NOW
from tests.traceability.photos.photos_in_memory import IMAGES, PIG, photo
from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import MOST_OF_SUBJECT, Size
from traceability.photos.ports import PhotoBook

OTHER = "https://id.gs1.org/8004/9526000143018200000148"


def test_a_photo_is_kept_once_with_its_images(records: Records) -> None:
    book: PhotoBook = records.photos
    kept = book.add(photo(), IMAGES)
    assert book.add(photo(caption="again"), IMAGES) == kept
    assert book.find(kept.number) == kept == replace(photo(), number=kept.number)
    assert book.of([PIG, OTHER]) == [kept]
    assert [book.image(kept.digest, size) for size in Size] == [IMAGES[size].jpeg for size in Size]
    assert book.image("nobody", Size.SMALL) is None


def test_the_newest_of_many_subjects_come_first(records: Records) -> None:
    first, second = (records.photos.add(photo(subject=subject), IMAGES) for subject in (PIG, OTHER))
    assert records.photos.of([PIG, OTHER]) == [second, first]
    assert records.photos.named("d" * 64) == [first, second]


def test_it_is_changed_and_never_shown_without_consent(records: Records) -> None:
    kept = records.photos.add(photo(), IMAGES)
    shown = replace(kept, public=True, consent="签字", caption="断奶")
    assert records.photos.change(shown)
    assert records.photos.find(kept.number) == shown
    with pytest.raises(PhotoRequestError):
        records.photos.change(replace(kept, public=True))
    assert not records.photos.change(replace(shown, number=99))


def test_the_images_go_with_the_last_photo_of_them(records: Records) -> None:
    first, second = (records.photos.add(photo(subject=subject), IMAGES) for subject in (PIG, OTHER))
    assert records.photos.remove(first.number)
    assert records.photos.image(first.digest, Size.LARGE) is not None
    assert records.photos.remove(second.number)
    assert records.photos.image(first.digest, Size.LARGE) is None
    assert not records.photos.remove(second.number)


def test_one_thing_has_so_many_and_no_more(records: Records) -> None:
    for number in range(MOST_OF_SUBJECT):
        records.photos.add(photo(digest=f"{number:064}"), IMAGES)
    with pytest.raises(PhotoRequestError):
        records.photos.add(photo(digest="e" * 64), IMAGES)
    assert records.photos.image("e" * 64, Size.LARGE) is None


def test_a_households_photos_go_with_it(farmed: Records) -> None:
    mine = farmed.photos.add(photo(), IMAGES)
    theirs = farmed.photos.add(photo(farm="farm-9", subject=OTHER, digest="f" * 64), IMAGES)
    assert farmed.photos.of_farms(["farm-1"], limit=9) == [mine]
    assert farmed.photos.of_farms(None, limit=1) == [theirs]
    assert farmed.personal.blank("h-1", NOW)["photos"] == 1
    assert farmed.photos.of_farms(None, limit=9) == [theirs]
    assert farmed.photos.image(mine.digest, Size.LARGE) is None
    assert farmed.photos.image(theirs.digest, Size.LARGE) is not None
