"""What a handler is given of its request: the services, the doorkeeper, and the viewer."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, HTTPException
from starlette.requests import Request

from api.access import Viewer
from api.auth import Doorkeeper, form_token, is_form_token
from api.errors import ForgedRequestError, NotSignedInError
from api.services import Services
from households.model import CredentialKind

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS, MOST_FILES = 400, 1
"""Of a form: a herd of 300 may be ticked one by one, and a laboratory report may come as one file."""

TOKEN_FIELD = "csrf"  # noqa: S105 the name of a form field, no secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a request shows at the door: a session's secret or a bearer token, and the form's token."""

    session: str
    bearer: str
    form_token: str

    @property
    def secret(self) -> str:
        """The token where there is one, otherwise the session's secret; "" where nothing was shown."""
        return self.bearer or self.session


def services_of(request: Request) -> Services:
    """The services the application was made with."""
    return cast("Services", request.app.state.services)


def doorkeeper_of(request: Request) -> Doorkeeper:
    """The application's doorkeeper."""
    return cast("Doorkeeper", request.app.state.doorkeeper)


def session_cookie(services: Services) -> str:
    """The cookie's name; the prefix makes browsers refuse it over plain HTTP and from subdomains."""
    return "__Host-tiantou" if services.secure_cookies else "tiantou"


async def presented(request: Request) -> Presented:
    """What the request shows; the form is read here, because no handler may forget its token."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    token = request.headers.get("x-csrf-token", "")
    if request.method not in SAFE_METHODS and sends_form(request):
        form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
        field = form.get(TOKEN_FIELD)
        token = field if isinstance(field, str) else token
        if not token:
            # It will be refused, so nobody else closes what came with it.
            await form.close()
    return Presented(
        session=request.cookies.get(session_cookie(services_of(request)), ""),
        bearer=credentials.strip() if scheme.lower() == "bearer" else "",
        form_token=token,
    )


def sends_form(request: Request) -> bool:
    """Whether the body is a form, as a page's button sends it."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() in FORM_TYPES


def viewer_of(request: Request, shown: Annotated[Presented, Depends(presented)]) -> Viewer:
    """The signed-in viewer; raises NotSignedInError, or ForgedRequestError for a change without its token."""
    services, doorkeeper = services_of(request), doorkeeper_of(request)
    now = services.now()
    kind = CredentialKind.API_TOKEN if shown.bearer else CredentialKind.SESSION
    recognised = doorkeeper.recognise(secret=shown.secret, kind=kind, now=now) if shown.secret else None
    if recognised is None:
        raise NotSignedInError
    if kind is CredentialKind.SESSION and request.method not in SAFE_METHODS:
        refuse_forgery(request, secret=shown.secret, token=shown.form_token)
    return Viewer(
        services=services,
        user=recognised.user,
        token=form_token(shown.secret),
        now=now,
        program=bool(shown.bearer),
        recognised_until=recognised.until,
    )


def refuse_forgery(request: Request, *, secret: str, token: str) -> None:
    """Raises ForgedRequestError where another site sent this, or the token is not the session's."""
    foreign = request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if foreign or not is_form_token(secret, token):
        raise ForgedRequestError


ServicesOf = Annotated[Services, Depends(services_of)]
DoorkeeperOf = Annotated[Doorkeeper, Depends(doorkeeper_of)]
PresentedBy = Annotated[Presented, Depends(presented)]
ViewerOf = Annotated[Viewer, Depends(viewer_of)]


async def sent_text(request: Request) -> bytes:
    """The body as it was sent; a form, which was read at the door already, is refused: 415."""
    if sends_form(request):
        raise HTTPException(415, "a file is expected as the body itself, with the type text/csv, not inside a form")
    return await request.body()
