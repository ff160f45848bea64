"""What is kept of a camera's file is the picture, small, and nothing else."""

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from api.photo_images import AT_ONCE, LARGEST_JPEG, MOST_SCANS, images_of
from tests.api.pictures_taken import CAMERA, PLACE, TURNED, noise, taken
from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import LARGEST_UPLOAD, LONGEST_SIDE_PX, Size


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_camera_and_time_are_gone(form: str) -> None:
    data = taken(noise(600, 400), form)
    assert CAMERA.encode() in data
    for image in images_of(data).values():
        assert not opened(image.jpeg).getexif()
        for hidden in (CAMERA.encode(), PLACE, b"Exif", b"http://ns.adobe.com"):
            assert hidden not in image.jpeg


@pytest.mark.parametrize("size", [*Size])
def test_even_the_worst_picture_becomes_small_enough(size: Size) -> None:
    image = images_of(taken(noise(2200, 1600)))[size]
    assert len(image.jpeg) <= LARGEST_JPEG[size]
    assert max(image.width, image.height) <= LONGEST_SIDE_PX[size]
    assert opened(image.jpeg).size == (image.width, image.height)


def test_a_plain_picture_keeps_its_size_up_to_1280_px() -> None:
    images = images_of(taken(Image.new("RGB", (4000, 3000), "green")))
    assert (images[Size.LARGE].width, images[Size.LARGE].height) == (1280, 960)
    assert (images[Size.SMALL].width, images[Size.SMALL].height) == (480, 360)
    small = images_of(taken(Image.new("RGB", (40, 30), "green")))
    assert (small[Size.LARGE].width, small[Size.LARGE].height) == (40, 30)


def test_a_picture_of_an_upright_camera_stands_upright() -> None:
    lying = Image.new("RGB", (400, 200), "white")
    lying.paste("black", (0, 0, 200, 200))
    image = images_of(taken(lying, orientation=TURNED))[Size.LARGE]
    assert (image.width, image.height) == (200, 400)
    shown = opened(image.jpeg).convert("L")
    assert shown.getpixel((100, 20)) == pytest.approx(0, abs=20)
    assert shown.getpixel((100, 380)) == pytest.approx(255, abs=20)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "1", "I;16"])
def test_other_kinds_of_pixels_are_read_too_and_nothing_shines_through(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (20, 10)).save(out, "PNG")
    assert images_of(out.getvalue())[Size.SMALL].width == 20
    clear = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(clear, "PNG")
    assert opened(images_of(clear.getvalue())[Size.SMALL].jpeg).convert("L").getpixel((5, 5)) == 255


def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    side = (30_000).to_bytes(4, "big")
    pixels = zlib.compress(bytes(100_000))
    head = chunk(b"IHDR", side + side + bytes([8, 0, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def drawn_over(times: int) -> bytes:
    """A small JPEG whose last scan comes again and again."""
    out = io.BytesIO()
    noise(32, 32).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


def test_a_jpeg_that_is_drawn_over_and_over_is_refused_before_it_costs_time() -> None:
    assert images_of(drawn_over(20))[Size.SMALL].width == 32
    with pytest.raises(PhotoRequestError, match="scans"):
        images_of(drawn_over(MOST_SCANS))
    with pytest.raises(PhotoRequestError, match="scans"):
        images_of(drawn_over(400_000)[:LARGEST_UPLOAD])


def test_what_a_phone_puts_before_and_behind_its_picture_is_no_scan() -> None:
    film = b"\xff\xda film" * 300
    picture = taken(noise(64, 48))
    assert images_of(picture + film)[Size.SMALL].width == 64
    note = b"\xff\xe5" + (2 + len(film)).to_bytes(2, "big") + film
    assert images_of(picture[:2] + note + picture[2:])[Size.SMALL].width == 64


def test_no_more_pictures_are_unpacked_at_once_than_there_are_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.photo_images.PATIENCE_S", 0.01)
    with AT_ONCE, AT_ONCE, pytest.raises(PhotoRequestError, match="send it again"):
        images_of(WHOLE)
    assert images_of(WHOLE)[Size.SMALL].width == 24
    with pytest.raises(PhotoRequestError, match="JPEG, PNG or WebP"):
        images_of(b"no picture")
    with AT_ONCE, AT_ONCE:
        pass


GIF = io.BytesIO()
Image.new("P", (4, 4)).save(GIF, "GIF")


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", bytes(LARGEST_UPLOAD + 1), GIF.getvalue(), bomb(), taken(noise(80, 80))[:600]],
    ids=["none", "text", "too large", "gif", "bomb", "cut off"],
)
def test_what_is_no_picture_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(PhotoRequestError) as refused:
        images_of(data)
    assert refused.value.field == "file"
    assert refused.value.rule_zh


WHOLE = taken(noise(24, 24))


# Pillow warns of broken metadata and reads the picture all the same.
@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=60)
@given(at=st.integers(0, len(WHOLE) - 1), put=st.binary(max_size=40))
def test_any_bytes_give_a_picture_or_the_one_error(at: int, put: bytes) -> None:
    try:
        images = images_of(WHOLE[:at] + put + WHOLE[at + len(put) :])
    except PhotoRequestError:
        return
    assert all(len(images[size].jpeg) <= LARGEST_JPEG[size] for size in Size)
