"""Photos that anyone may see: those that are wanted on public pages and that their owners agreed to show."""

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from api.public.rendering import SECURITY_HEADERS
from api.public.services import PublicServices
from traceability.gs1.epc_uris import canonical_uri
from traceability.passport import Passport
from traceability.photos.model import Photo, Size

READ = ["GET", "HEAD"]
MOST_SHOWN = 6


def photo_router(services: PublicServices) -> APIRouter:
    """The images; one that is hidden again is 404 to the next reader, so browsers ask each time."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/photo/{digest}/{size}.jpg", methods=READ)
    def image(request: Request, digest: str, size: Size) -> Response:
        return _image(services, request, digest, size)

    return router


def photos_view(passport: Passport, services: PublicServices) -> Sequence[Photo]:
    """The newest photos of the pack's animals, of where they were raised, and of what was done; a few."""
    if services.photos is None:
        return ()
    subjects = {canonical_uri(life.epc) for life in passport.lives}
    subjects |= {canonical_uri(f"https://id.gs1.org/414/{life.place}") for life in passport.lives if life.place}
    subjects |= passport.acts
    shown = {photo.digest: photo for photo in services.photos.of(subjects) if photo.shown}
    return [*shown.values()][:MOST_SHOWN]


def _image(services: PublicServices, request: Request, digest: str, size: Size) -> Response:
    book = services.photos
    jpeg = None
    if book is not None and any(photo.shown for photo in book.named(digest)):
        jpeg = book.image(digest, size)
    if jpeg is None:
        return Response("404", status_code=404, media_type="text/plain", headers=SECURITY_HEADERS)
    headers = {**SECURITY_HEADERS, "ETag": f'"{digest}-{size.value}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(jpeg, media_type="image/jpeg", headers=headers)
