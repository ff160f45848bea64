"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import SESSION_LIFE, form_token, new_secret
from api.console.rendering import page
from api.errors import ForgedRequestError, SignInRefusedError, ThrottledError, refusal_for
from api.requests import DoorkeeperOf, PresentedBy, ServicesOf, ViewerOf, refuse_forgery, session_cookie
from api.services import Services

sign_in_router = APIRouter(prefix="/console", include_in_schema=False)

HOME = "/console"
DOOR_LIFE_S = 3600


@sign_in_router.get("/login")
def sign_in_page(
    request: Request, services: ServicesOf, wanted: Annotated[str, Query(alias="next", max_length=500)] = HOME
) -> Response:
    """The form; its token is bound to a cookie of its own, as there is no session yet."""
    return _form(request, services, wanted=wanted, login="", error=None)


@sign_in_router.post("/login")
def sign_in(
    request: Request,
    services: ServicesOf,
    doorkeeper: DoorkeeperOf,
    shown: PresentedBy,
    login: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=1000)],
    wanted: Annotated[str, Form(alias="next", max_length=500)] = HOME,
) -> Response:
    """A new session, and on to the page that was wanted; any older session of this browser is over."""
    door = request.cookies.get(door_cookie(services), "")
    if not door:
        raise ForgedRequestError
    refuse_forgery(request, secret=door, token=shown.form_token)
    address = request.client.host if request.client else ""
    try:
        secret = doorkeeper.sign_in(login=login, password=password, address=address, now=services.now())
    except (SignInRefusedError, ThrottledError) as error:
        return _form(request, services, wanted=wanted, login=login, error=error)
    if shown.session:
        doorkeeper.sign_out(shown.session)
    response = RedirectResponse(local_path(wanted), status_code=303)
    _keep(response, services, session_cookie(services), secret, int(SESSION_LIFE.total_seconds()))
    response.delete_cookie(door_cookie(services), path="/", secure=services.secure_cookies, httponly=True)
    return response


@sign_in_router.post("/logout")
def sign_out(services: ServicesOf, doorkeeper: DoorkeeperOf, shown: PresentedBy, _viewer: ViewerOf) -> Response:
    """The session is over, here and in the account book."""
    doorkeeper.sign_out(shown.session)
    response = RedirectResponse("/console/login", status_code=303)
    response.delete_cookie(session_cookie(services), path="/", secure=services.secure_cookies, httponly=True)
    return response


def door_cookie(services: Services) -> str:
    """The cookie that the sign-in form's token is bound to."""
    return session_cookie(services) + "-door"


def local_path(wanted: str) -> str:
    """The wanted page where it is one of the console's, otherwise its first page."""
    inside = wanted == HOME or wanted.startswith((HOME + "/", HOME + "?"))
    return wanted if inside and "\\" not in wanted else HOME


def _form(
    request: Request, services: Services, *, wanted: str, login: str, error: SignInRefusedError | ThrottledError | None
) -> Response:
    door = request.cookies.get(door_cookie(services)) or new_secret()
    context = {
        "token": form_token(door),
        "wanted": local_path(wanted),
        "login": login,
        "refusal": None if error is None else refusal_for(error),
        "wait_s": error.wait_s if isinstance(error, ThrottledError) else 0,
    }
    status = 200 if error is None else refusal_for(error).status
    response = page(request, "sign_in.html", context, status=status)
    _keep(response, services, door_cookie(services), door, DOOR_LIFE_S)
    return response


def _keep(response: Response, services: Services, name: str, secret: str, age_s: int) -> None:
    response.set_cookie(
        name, secret, max_age=age_s, path="/", secure=services.secure_cookies, httponly=True, samesite="lax"
    )
