"""What people do with photos: of an animal, of a farm, of a step that was recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from api.access import Viewer
from api.errors import NotVisibleError
from api.photo_images import images_of
from livestock.model import Animal
from observations.identifiers import FarmId
from traceability.gs1.epc_uris import canonical_uri
from traceability.photos.model import Photo, Size, digest_of
from traceability.photos.ports import PhotoBook

NEWEST = 60


class Words(NamedTuple):
    """A name in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSubject:
    """What a photo is of. reference: "animal:…", "farm:…" or "event:…". uri: the photo's subject. path: its page."""

    reference: str
    uri: str
    farm: str
    words: Words
    path: str


def photo_book(viewer: Viewer) -> PhotoBook:
    """The photos; raises NotVisibleError where none are kept."""
    book = viewer.services.public.photos
    if book is None:
        raise NotVisibleError(kind="page", identifier="photos")
    return book


def subject_of(viewer: Viewer, reference: str) -> PhotoSubject:
    """What the reference names, of what the viewer may see; raises NotVisibleError."""
    kind, _, name = reference.partition(":")
    ways: Mapping[str, Callable[[Viewer, str], PhotoSubject]] = {"animal": _animal, "farm": _farm, "event": _event}
    if kind not in ways or not name:
        raise NotVisibleError(kind="thing", identifier=reference[:80])
    return ways[kind](viewer, name)


def add_photo(viewer: Viewer, subject: PhotoSubject, data: bytes, *, caption: str, consent: str, public: bool) -> Photo:
    """The photo, kept in small sizes without its place, camera and time; raises PhotoRequestError."""
    images = images_of(data)
    small = images[Size.SMALL]
    photo = Photo(
        subject=subject.uri,
        farm=subject.farm,
        digest=digest_of(images[Size.LARGE]),
        caption=caption.strip(),
        taken_by=viewer.user.login,
        taken_at=viewer.now,
        width=small.width,
        height=small.height,
        consent=consent.strip(),
        public=public,
    )
    return photo_book(viewer).add(photo, images)


def visible_photo(viewer: Viewer, number: int) -> Photo:
    """The photo of that number, of a farm the viewer may see; raises NotVisibleError."""
    photo = photo_book(viewer).find(number)
    if photo is None or not (viewer.operator or photo.farm in viewer.farms):
        raise NotVisibleError(kind="photo", identifier=str(number))
    return photo


def photos_of(viewer: Viewer, subject: PhotoSubject | None) -> Sequence[Photo]:
    """Those of that subject, or the newest of all farms the viewer may see; the newest first."""
    book = photo_book(viewer)
    if subject is not None:
        return [photo for photo in book.of([subject.uri]) if viewer.operator or photo.farm in viewer.farms]
    return book.of_farms(None if viewer.operator else viewer.farms.keys(), limit=NEWEST)


def change_photo(viewer: Viewer, number: int, *, caption: str, consent: str, public: bool) -> Photo:
    """The photo as it is said to be now; raises PhotoRequestError, NotVisibleError."""
    photo = replace(visible_photo(viewer, number), caption=caption.strip(), consent=consent.strip(), public=public)
    photo_book(viewer).change(photo)
    return photo


def remove_photo(viewer: Viewer, number: int) -> Photo:
    """The photo that is gone now; raises NotVisibleError."""
    photo = visible_photo(viewer, number)
    photo_book(viewer).remove(number)
    return photo


def reference_of(photo: Photo, farms: Mapping[str, FarmId]) -> str:
    """How pages name what the photo is of. farms: those that are known, by GLN."""
    tail = photo.subject.rpartition("/")[2]
    if "/8004/" in photo.subject:
        return f"animal:{tail[-15:]}"
    if "/414/" in photo.subject and tail in farms:
        return f"farm:{farms[tail]}"
    return f"event:{photo.subject}"


def _animal(viewer: Viewer, name: str) -> PhotoSubject:
    animal: Animal = viewer.animal(name)
    return PhotoSubject(
        reference=f"animal:{animal.id}",
        uri=canonical_uri(viewer.services.keys.keyring(animals=[animal.id]).animal(animal.id).uri),
        farm=str(animal.farm),
        words=Words(f"耳标号 {animal.id}", f"Ear tag {animal.id}"),
        path=f"/console/animals/{animal.id}",
    )


def _farm(viewer: Viewer, name: str) -> PhotoSubject:
    farm = next((each for each in viewer.farms.values() if each.id == name), None)
    if farm is None:
        raise NotVisibleError(kind="farm", identifier=name)
    return PhotoSubject(
        reference=f"farm:{farm.id}",
        uri=farm_uri(farm.gln),
        farm=str(farm.id),
        words=Words(viewer.label(farm.id), str(farm.id)),
        path="/console/papers",
    )


def _event(viewer: Viewer, name: str) -> PhotoSubject:
    """A step, of the first of the viewer's animals that it names; operators may of any."""
    found = viewer.services.public.events.find(name)
    epcs = {epc for event in found for epc in event.epcs}
    keys = viewer.services.keys.keyring(animals=viewer.animals)
    farms = sorted(str(animal.farm) for animal in viewer.animals.values() if keys.animal(animal.id).uri in epcs)
    if not found or not (farms or viewer.operator):
        raise NotVisibleError(kind="event", identifier=name[:80])
    step = found[0].biz_step.rpartition("/")[2] or found[0].event_type
    return PhotoSubject(
        reference=f"event:{name}",
        uri=name,
        farm=farms[0] if farms else "",
        words=Words(f"记录 {step}", f"Record: {step}"),
        path="/console/photos",
    )


def farm_uri(gln: str) -> str:
    """The farm in events, by its Global Location Number."""
    return canonical_uri(f"https://id.gs1.org/414/{gln}")
