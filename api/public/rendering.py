"""Pages of the public: whole from the server, without script, cookie or anything from another host."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.public.language import Language

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # A recall must reach the next reader: nothing is shown from a cache without asking.
    "Cache-Control": "no-cache",
}


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(request: Request) -> Language:
    """The language the reader chose by `?lang=en`; Chinese otherwise."""
    return Language(english=request.query_params.get("lang") == "en")


def page(
    request: Request, template: str, variables: Mapping[str, Any], *, language: Language, status: int = 200
) -> Response:
    """The template's page in that language, with the link that switches it."""
    path = request.url.path if "raw_path" not in request.scope else request.scope["raw_path"].decode("ascii", "replace")
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    query = urlencode(kept if language.english else [*kept, ("lang", "en")])
    switch = f"{path}?{query}" if query else path
    shown = {"simulated": False, "canonical": "", "language": language, "switch_href": switch, **variables}
    body = _environment().get_template(f"public/{template}").render(shown)
    return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=SECURITY_HEADERS)
