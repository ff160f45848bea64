"""Labels to print: choose packs and paper, get PDF or SVG (operator)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.console.rendering import page
from api.errors import LabelError
from api.labels.layout import laid
from api.labels.orders import LabelOrder, ordered_labels
from api.labels.pdf import pdf_pages
from api.labels.sheets import label_sheet, label_sheets
from api.labels.svg import svg_page
from api.requests import ViewerOf

labels_router = APIRouter(prefix="/console", include_in_schema=False)

SEPARATORS = str.maketrans(",，;；、", "     ")
SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

Text = Annotated[str, Query(max_length=4000)]
Place = Annotated[int, Query(ge=1, le=100)]
Count = Annotated[int, Query(ge=0, le=10_000)]


@labels_router.get("/labels")
def labels_page(
    request: Request, viewer: ViewerOf, gtin: Text = "", lot: Text = "", serial: Text = "", wrong: Text = ""
) -> Response:
    """The form; it says in words why a label could not be made."""
    viewer.require_operator("page", "labels")
    return _form(request, viewer, {"gtin": gtin, "lot": lot, "serial": serial}, wrong)


@labels_router.get("/labels/print")
def print_labels(
    request: Request,
    viewer: ViewerOf,
    gtin: Text = "",
    lot: Text = "",
    serial: Text = "",
    first: Text = "",
    count: Count = 0,
    use_by: Text = "",
    sheet: Text = "a4_24",
    place: Place = 1,
    kind: Text = "pdf",
) -> Response:
    """The labels as PDF, or the first page of them as SVG; the form again, with the reason, where they cannot be."""
    viewer.require_operator("page", "labels")
    asked = {"gtin": gtin, "lot": lot, "serial": serial, "first": first, "count": str(count), "use_by": use_by}
    order = LabelOrder(gtin=gtin, lot=lot, serials=_serials(serial), first=first.strip(), count=count or 1)
    services = viewer.services
    try:
        paper = label_sheet(sheet)
        labels = ordered_labels(
            _dated(order, use_by),
            products=services.public.products,
            events=services.event_queries,
            base_url=services.public.base_url,
        )
        placed = [laid(label, paper) for label in labels]
    except LabelError as error:
        return _form(request, viewer, asked, f"{error.zh}。{error.en}", status=422)
    first_place = min(place, paper.labels) - 1
    if kind == "svg":
        picture = svg_page(placed[: paper.labels - first_place], paper, first_place=first_place)
        headers = {"Content-Security-Policy": SVG_POLICY}
        return Response(picture, media_type="image/svg+xml", headers=headers)
    made = pdf_pages(placed, paper, title=f"{labels[0].name_zh} {lot}".strip(), first_place=first_place)
    headers = {"Content-Disposition": 'inline; filename="tiantou-labels.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


def _serials(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.translate(SEPARATORS).split()))


def _dated(order: LabelOrder, use_by: str) -> LabelOrder:
    if not use_by.strip():
        return order
    try:
        day = date.fromisoformat(use_by.strip())
    except ValueError as error:
        raise LabelError(zh="保质期写成 2026-09-07 这样", en="write the use-by date as 2026-09-07") from error
    return LabelOrder(
        gtin=order.gtin, lot=order.lot, serials=order.serials, first=order.first, count=order.count, use_by=day
    )


def _form(request: Request, viewer: Viewer, asked: dict[str, str], wrong: str, *, status: int = 200) -> Response:
    usual = {"gtin": "", "lot": "", "serial": "", "first": "", "count": "", "use_by": ""}
    context = {"asked": {**usual, **asked}, "wrong": wrong, "sheets": label_sheets().values()}
    return page(request, "labels.html", context, viewer=viewer, status=status)
