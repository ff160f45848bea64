"""The household's pages: a sheet to print, its messages; for whoever may see the field, or has the sheet's code.

The code opens the newest sheet of one field and nothing else. The page behind it names the township, never a person
nor the household's number.
"""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from agronomy.given import GivenAdvice, replaced
from agronomy.model import Field
from api.console.words import local_text
from api.errors import NotVisibleError
from api.household.codes import is_sheet_code, sheet_code
from api.household.sheet import sheet_of
from api.public.language import Language, whole_day
from api.public.qr_codes import qr_svg
from api.requests import ServicesOf, ViewerOf
from api.services import Services
from observations.errors import IdentifierError
from observations.identifiers import FieldId

household_router = APIRouter(include_in_schema=False)

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
MOST_MESSAGES = 30
Number = Annotated[int, Query(ge=0, le=2**53)]
English = Annotated[str, Query(alias="lang", max_length=10)]


@household_router.get("/console/fields/{field_id}/sheet")
def sheet_page(viewer: ViewerOf, field_id: str, number: Number | None = None, lang: English = "") -> Response:
    """The sheet of the advice that holds, or of the one with that number, also where it was withdrawn."""
    field, services = viewer.field(field_id), viewer.services
    given = services.adviser.current(field) if number is None else _numbered(services, field, number)
    return _sheet(services, field, given, Language(english=lang == "en"), label=viewer.label(field.farm))


@household_router.get("/console/fields/{field_id}/messages")
def messages_page(viewer: ViewerOf, field_id: str, lang: English = "") -> Response:
    """What the household is told, as short as an SMS, newest first."""
    field = viewer.field(field_id)
    book = viewer.services.planting.advice
    messages = book.messages(field.id, limit=MOST_MESSAGES)
    context = {
        "messages": messages,
        "void": replaced(messages, book.standing(field.id)),
        "label": viewer.label(field.farm),
        "zone": viewer.zone(field.farm),
    }
    return _page("messages.html", field, Language(english=lang == "en"), context)


@household_router.get("/sheet/{field_id}/{code}")
def open_sheet(services: ServicesOf, field_id: str, code: str, lang: English = "") -> Response:
    """The newest sheet, for whoever holds the code that stands on the paper."""
    field = _field(services, field_id)
    if field is None or not is_sheet_code(services.sheet_secret, field.id, code):
        raise NotVisibleError(kind="sheet", identifier="")
    return _sheet(services, field, services.adviser.current(field), Language(english=lang == "en"), label="")


def _field(services: Services, text: str) -> Field | None:
    try:
        return services.fields.find(FieldId.parse(text))
    except IdentifierError:
        return None


def _numbered(services: Services, field: Field, number: int) -> GivenAdvice:
    given = services.planting.advice.find(number)
    if given is None or given.field != field.id:
        raise NotVisibleError(kind="advice", identifier=str(number))
    return given


def _sheet(services: Services, field: Field, given: GivenAdvice, language: Language, *, label: str) -> Response:
    farm = services.households.find_farm(field.farm)
    zone = ZoneInfo("Asia/Shanghai" if farm is None else farm.timezone)
    today = services.now().astimezone(zone).date()
    sites = {site.id: site.simulated for site in services.households.sites()}
    context = {
        "sheet": sheet_of(given, today=today, language=language),
        "label": label,
        "made": local_text(given.made_at, zone),
        "until": whole_day(given.valid_until),
        "code": _picture(newest_address(services, field)),
        "simulated": farm is not None and sites.get(farm.site, False),
    }
    return _page("sheet.html", field, language, context)


def newest_address(services: Services, field: Field) -> str:
    """Where the newest sheet is: by its code, or for those who sign in where the house has no secret for codes."""
    base = services.public.base_url
    if not services.sheet_secret:
        return f"{base}/console/fields/{field.id}/sheet"
    return f"{base}/sheet/{field.id}/{sheet_code(services.sheet_secret, field.id)}"


def _picture(address: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(qr_svg(address)).decode()


def _page(template: str, field: Field, language: Language, context: Mapping[str, Any]) -> HTMLResponse:
    shown = {"field": field, "language": language, "one": language.one, "other": language.other, **context}
    body = _environment().get_template(f"household/{template}").render(shown)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return HTMLResponse(body, headers=headers)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(local_text=local_text)
    return environment
