"""Pages from templates, with the frame that all of them share."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import bokeh
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.access import Viewer
from api.console.menu import menu_for
from api.console.words import age_words, depth_words, duration_words, local_second, local_text, why_set_aside
from api.heard import payload_text

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
CHART_POLICY = PAGE_POLICY + "; style-src-elem 'self' 'unsafe-inline'"
"""BokehJS styles its canvases through style elements; it needs no eval, as our charts hold no CustomJS."""
USUAL_ZONE = ZoneInfo("Asia/Shanghai")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(depth=depth_words, duration=duration_words, payload=payload_text, why=why_set_aside)
    environment.globals.update(age_words=age_words, local_text=local_text, local_second=local_second)
    return environment


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any],
    *,
    viewer: Viewer | None = None,
    status: int = 200,
    charts: bool = False,
) -> HTMLResponse:
    """The page; without a viewer it has no navigation. charts: the page loads BokehJS."""
    zone = USUAL_ZONE if viewer is None else zone_of(viewer)
    frame = {
        "viewer": viewer,
        "zone": zone,
        "menu": () if viewer is None else menu_for(operator=viewer.operator),
        "path": request.url.path,
        "charts": charts,
        "bokeh_version": bokeh.__version__,
        "simulated": viewer is not None and viewer.simulated,
    }
    text = _environment().get_template(f"console/{template}").render({**frame, **context})
    policy = CHART_POLICY if charts else PAGE_POLICY
    return HTMLResponse(text, status_code=status, headers={"Content-Security-Policy": policy})


def zone_of(viewer: Viewer) -> ZoneInfo:
    """The time zone of the viewer's farms: the first one's where they differ."""
    zones = [farm.timezone for farm in viewer.farms.values()]
    return ZoneInfo(zones[0]) if zones else USUAL_ZONE
