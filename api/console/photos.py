"""Pages of photos: what was taken of an animal, a farm or a step, who may see it, and the form for one more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer
from api.console.field_forms import FilledForm
from api.console.field_records import SentBy
from api.console.rendering import page
from api.console.words import Words
from api.errors import NotVisibleError
from api.photo_desk import (
    add_photo,
    change_photo,
    photo_book,
    photos_of,
    reference_of,
    remove_photo,
    subject_of,
    visible_photo,
)
from api.requests import ViewerOf
from traceability.photos.errors import PhotoRequestError
from traceability.photos.model import LARGEST_UPLOAD, Size

photo_pages_router = APIRouter(prefix="/console/photos", include_in_schema=False)
Number = Annotated[int, Path(ge=0, le=2**53)]
"""Beyond it no database can look for one."""
Reference = Annotated[str, Query(max_length=2000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPhoto:
    """What the form sent: its entries, and the bytes of its file; none where none was chosen."""

    entries: Mapping[str, str]
    file: bytes


async def sent_photo(request: Request) -> SentPhoto:
    """The form of the request, as the door has read it; of a file at most a byte more than may be."""
    form = await request.form()
    entries = {name: value for name, value in form.items() if isinstance(value, str)}
    upload, raw = form.get("file"), b""
    if isinstance(upload, UploadFile):
        raw = await upload.read(LARGEST_UPLOAD + 1)
        await upload.close()
    return SentPhoto(entries=entries, file=raw)


@photo_pages_router.get("")
def photos_page(request: Request, viewer: ViewerOf, of: Reference = "") -> Response:
    """The photos of that animal, farm or step, with a form for one more; of none: the newest."""
    return _page(request, viewer, of, FilledForm(typed={}))


@photo_pages_router.post("")
def upload(request: Request, viewer: ViewerOf, sent: Annotated[SentPhoto, Depends(sent_photo)]) -> Response:
    """The photo is kept; else the form comes back with why. A file has to be chosen again: browsers keep none."""
    form = FilledForm(typed=sent.entries)
    subject = subject_of(viewer, form["of"])
    try:
        add_photo(
            viewer, subject, sent.file, caption=form["caption"], consent=form["consent"], public=bool(form["public"])
        )
    except PhotoRequestError as error:
        form.wrong[error.field] = Words(zh=error.rule_zh, en=error.rule)
        return _page(request, viewer, form["of"], form, status=422)
    return _to(form["of"])


@photo_pages_router.post("/{photo_id}")
def change(request: Request, viewer: ViewerOf, photo_id: Number, sent: SentBy) -> Response:
    """Its words are as sent, it is shown or no longer, or it is gone."""
    form = FilledForm(typed=sent.entries)
    if form["do"] == "remove":
        remove_photo(viewer, photo_id)
        return _to(form["of"])
    try:
        change_photo(viewer, photo_id, caption=form["caption"], consent=form["consent"], public=form["do"] == "show")
    except PhotoRequestError as error:
        form.wrong[f"{error.field}-{photo_id}"] = Words(zh=error.rule_zh, en=error.rule)
        return _page(request, viewer, form["of"], FilledForm(typed={}), status=422, changed=(photo_id, form))
    return _to(form["of"])


@photo_pages_router.get("/{photo_id}/{size}.jpg")
def picture(request: Request, viewer: ViewerOf, photo_id: Number, size: Size) -> Response:
    """The image, for those who may see whose it is; browsers ask each time, as another may get its number."""
    photo = visible_photo(viewer, photo_id)
    jpeg = photo_book(viewer).image(photo.digest, size)
    if jpeg is None:
        raise NotVisibleError(kind="photo", identifier=str(photo_id))
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{photo.digest}-{size.value}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(jpeg, media_type="image/jpeg", headers=headers)


def _page(
    request: Request,
    viewer: Viewer,
    reference: str,
    form: FilledForm,
    *,
    status: int = 200,
    changed: tuple[int, FilledForm] | None = None,
) -> Response:
    """form: for one more. changed: the number of a photo whose words were refused, and the form that holds them."""
    subject = subject_of(viewer, reference) if reference else None
    farms = {farm.gln: farm.id for farm in viewer.farms.values()}
    context = {
        "subject": subject,
        "photos": [(photo, reference_of(photo, farms)) for photo in photos_of(viewer, subject)],
        "changed": dict([changed] if changed else ()),
        "farms": [(f"farm:{farm}", viewer.label(farm)) for farm in viewer.farms],
        "form": form,
        "wrong": {**form.wrong, **(changed[1].wrong if changed else {})},
    }
    return page(request, "photos.html", context, viewer=viewer, status=status)


def _to(reference: str) -> Response:
    return RedirectResponse("/console/photos" + (f"?{urlencode({'of': reference})}" if reference else ""), 303)
