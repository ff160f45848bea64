"""Photos: uploaded by form, seen by those who may, on a pack's page only where somebody agreed."""

from dataclasses import replace

import pytest
from httpx2 import Response
from PIL import Image
from starlette.testclient import TestClient

from api.services import Services
from observations.identifiers import EarTagNumber
from tests.api.pictures_taken import taken
from tests.api.world import World, field_of
from tests.traceability.photos.photos_in_memory import PhotosInMemory
from traceability.context import animal_giai
from traceability.photos.model import LARGEST_UPLOAD, Photo, Size

PIG = EarTagNumber.parse("143018200000147")
OTHERS = "143018200000149"
OF_PIG = f"animal:{PIG}"
PICTURE = taken(Image.new("RGB", (60, 40), "green"))
CONSENT = "2026-07-01 签字"


@pytest.fixture
def book(world: World) -> PhotosInMemory:
    return world.photos


def send(client: TestClient, path: str = "", *, data: bytes | None = None, **entries: str) -> Response:
    token = field_of(client.get("/console/photos?of=farm:farm-01").text, "csrf")
    files = None if data is None else {"file": ("pig.jpg", data, "image/jpeg")}
    answer: Response = client.post(f"/console/photos{path}", data={**entries, "csrf": token}, files=files)
    return answer


def uploaded(world: World, book: PhotosInMemory, *, of: str = OF_PIG, login: str = "wangbei", **entries: str) -> Photo:
    answer = send(world.client(login), data=PICTURE, of=of, **entries)
    assert answer.status_code == 303, answer.text
    return next(reversed(book.kept.values()))


def test_a_photo_of_a_pig_is_kept_without_its_file(world: World, book: PhotosInMemory) -> None:
    kept = uploaded(world, book, caption="第 30 天")
    assert (kept.subject, kept.farm, kept.taken_by) == (animal_giai(PIG).uri, "farm-01", "wangbei")
    assert not kept.shown
    client = world.client("wangbei")
    page = client.get(f"/console/photos?of={OF_PIG}").text
    assert "第 30 天" in page
    assert "不公开" in page
    picture = client.get(f"/console/photos/{kept.number}/small.jpg")
    assert picture.headers["content-type"] == "image/jpeg"
    assert picture.content == book.images[kept.digest, Size.SMALL]
    assert client.get(f"/console/photos/{kept.number}/huge.jpg").status_code == 422
    assert f"/console/photos?of={OF_PIG}" in client.get(f"/console/animals/{PIG}").text


def test_a_farm_and_a_step_have_photos_too(world: World, book: PhotosInMemory) -> None:
    of_farm = uploaded(world, book, of="farm:farm-01", caption="栏舍")
    assert of_farm.subject.startswith("https://id.gs1.org/414/")
    step = next(event for event in world.events.kept if animal_giai(PIG).uri in event.epcs)
    of_step = uploaded(world, book, of=f"event:{step.event_id}", caption="打耳标")
    assert (of_step.subject, of_step.farm) == (step.event_id, "farm-01")
    newest = world.client("wangbei").get("/console/photos").text
    assert "栏舍" in newest
    assert "打耳标" in newest


def test_nobody_else_sees_them_until_they_are_shown(world: World, book: PhotosInMemory) -> None:
    kept = uploaded(world, book, caption="第 30 天")
    public = f"/photo/{kept.digest}/small.jpg"
    assert world.client().get(public).status_code == 404
    other = world.client("other")
    for path in (f"/console/photos?of={OF_PIG}", f"/console/photos/{kept.number}/small.jpg", "/console/photos?of=x:y"):
        assert other.get(path).status_code == 404
    assert "第 30 天" not in other.get("/console/photos").text
    token = field_of(other.get("/console/photos").text, "csrf")
    for entries in ({"do": "show", "consent": CONSENT}, {"do": "remove"}):
        assert other.post(f"/console/photos/{kept.number}", data={**entries, "csrf": token}).status_code == 404
    assert other.post("/console/photos", data={"of": OF_PIG, "csrf": token}).status_code == 404
    assert world.client().get(f"/console/photos/{kept.number}/small.jpg").status_code == 303
    assert send(world.client("wangbei"), data=PICTURE, of=f"animal:{OTHERS}").status_code == 404


def test_it_is_shown_only_with_consent_and_hidden_again_at_once(world: World, book: PhotosInMemory) -> None:
    kept = uploaded(world, book)
    client, path = world.client("wangbei"), f"/photo/{kept.digest}/small.jpg"
    refused = send(client, f"/{kept.number}", do="show", of=OF_PIG, caption="", consent=" ")
    assert refused.status_code == 422
    assert "先写明农户怎么同意的" in refused.text
    assert send(client, f"/{kept.number}", do="show", of=OF_PIG, caption="断奶", consent=CONSENT).status_code == 303
    shown = world.client().get(path)
    assert shown.status_code == 200
    assert "set-cookie" not in shown.headers
    again = world.client().get(path, headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert CONSENT not in world.client().get(path).text
    send(client, f"/{kept.number}", do="hide", of=OF_PIG, caption="断奶", consent=CONSENT)
    assert world.client().get(path).status_code == 404


def test_another_photo_under_the_number_of_a_removed_one_is_never_taken_for_it(
    world: World, book: PhotosInMemory
) -> None:
    kept = uploaded(world, book)
    client, path = world.client("wangbei"), f"/console/photos/{kept.number}/small.jpg"
    seen = client.get(path)
    assert "no-cache" in seen.headers["cache-control"]
    asked = {"If-None-Match": seen.headers["etag"]}
    assert (client.get(path, headers=asked).status_code, client.get(path, headers=asked).content) == (304, b"")
    # As where the last row of the table was deleted.
    other = replace(kept, digest="d" * 64)
    book.kept[kept.number] = other
    book.images[other.digest, Size.SMALL] = b"another"
    assert client.get(path, headers=asked).content == b"another"


def test_what_was_typed_for_a_photo_comes_back_where_it_is_refused(world: World, book: PhotosInMemory) -> None:
    kept = uploaded(world, book, caption="第 30 天")
    text = send(world.client("wangbei"), f"/{kept.number}", do="show", of=OF_PIG, caption="断奶了", consent=" ").text
    assert f'id="caption-{kept.number}" name="caption" value="断奶了"' in text
    assert text.count("断奶了") == 1, "and in no other photo's form"
    refused = send(
        world.client("wangbei"), f"/{kept.number}", do="show", of=OF_PIG, caption="字" * 201, consent=CONSENT
    ).text
    assert f'id="consent-{kept.number}" name="consent" value="{CONSENT}"' in refused


def test_the_newest_lead_to_their_step_by_its_name(world: World, book: PhotosInMemory) -> None:
    step = next(event for event in world.events.kept if animal_giai(PIG).uri in event.epcs)
    uploaded(world, book, of=f"event:{step.event_id}")
    assert f">{step.event_id[:60]}</a>" in world.client("wangbei").get("/console/photos").text


@pytest.mark.parametrize("number", [-1, 2**53 + 1, 2**64])
def test_a_number_that_no_photo_can_have_is_refused(world: World, number: int) -> None:
    client = world.client("wangbei")
    assert client.get(f"/console/photos/{number}/small.jpg").status_code == 422
    assert send(client, f"/{number}", do="remove").status_code == 422


def test_a_removed_one_is_gone(world: World, book: PhotosInMemory) -> None:
    kept = uploaded(world, book, public="yes", consent=CONSENT)
    assert world.client().get(f"/photo/{kept.digest}/large.jpg").status_code == 200
    assert send(world.client("wangbei"), f"/{kept.number}", do="remove", of=OF_PIG).status_code == 303
    assert not book.kept
    assert not book.images
    assert world.client().get(f"/photo/{kept.digest}/large.jpg").status_code == 404


@pytest.mark.parametrize(
    ("data", "entries", "said"),
    [
        (None, {}, "选一张照片"),
        (b"<svg onload=alert(1)>", {}, "读不懂"),
        (bytes(LARGEST_UPLOAD + 1), {}, "照片最大 12 MB"),
        (PICTURE, {"public": "yes"}, "先写明农户怎么同意的"),
        (PICTURE, {"caption": "字" * 201}, "最多 200 字"),
    ],
    ids=["none", "no picture", "too large", "no consent", "long"],
)
def test_what_cannot_be_kept_is_refused_beside_its_entry(
    world: World, book: PhotosInMemory, data: bytes | None, entries: dict[str, str], said: str
) -> None:
    answer = send(world.client("wangbei"), data=data, of=OF_PIG, **entries)
    assert answer.status_code == 422
    assert said in answer.text
    assert not book.kept


def test_no_handler_reads_more_than_a_photo_may_have(world: World, book: PhotosInMemory) -> None:
    answer = send(world.client("wangbei"), data=bytes(LARGEST_UPLOAD + 100_000), of=OF_PIG)
    assert answer.status_code == 413
    assert not book.kept


def test_without_the_forms_token_nothing_is_kept(world: World, book: PhotosInMemory) -> None:
    answer = world.client("wangbei").post(
        "/console/photos", data={"of": OF_PIG}, files={"file": ("pig.jpg", PICTURE, "image/jpeg")}
    )
    assert answer.status_code == 403
    assert not book.kept


def test_where_no_photos_are_kept_their_pages_are_not_there(world: World) -> None:
    def without_photos(services: Services) -> Services:
        return replace(services, public=replace(services.public, photos=None))

    world.over = without_photos
    assert world.client("wangbei").get("/console/photos").status_code == 404
    assert world.client().get("/photo/x/small.jpg").status_code == 404
