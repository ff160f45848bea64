"""Pages of the public: whole from the server, without script, cookie or anything from another host."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from api.public.language import Language
from api.public.words import Words

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

PICTURES = "public/_pictures.html"


@cache
def _environment(*, english: bool) -> Environment:
    """Templates of one language: what they say in constants is chosen and escaped when they are compiled."""
    environment = Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    language = Language(english=english)

    def one(words: Words) -> str:
        return language.one(*words)

    def other(words: Words) -> str:
        return language.other(*words)

    def beside(words: Words) -> Markup:
        return Markup(f'<small lang="{language.other_code}">{escape(language.other(*words))}</small>')  # noqa: S704

    def two(words: Words) -> Markup:
        return escape(language.one(*words)) + Markup(" ") + beside(words)

    @cache
    def icon(name: str, size: int = 24) -> Markup:
        pictures: Any = environment.get_template(PICTURES).module
        return Markup(pictures.icon(name, size))  # noqa: S704 our own drawing, escaped by its template

    environment.filters |= {"one": one, "other": other, "beside": beside, "two": two, "icon": icon}
    return environment


def compile_templates() -> None:
    """The templates of a pack's page are compiled, which takes most of a second; else the first reader waits for it."""
    for english in (False, True):
        environment = _environment(english=english)
        for name in environment.list_templates(filter_func=lambda name: name.startswith("public/")):
            environment.get_template(name)


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
    body = _environment(english=language.english).get_template(f"public/{template}").render(shown)
    return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=SECURITY_HEADERS)
