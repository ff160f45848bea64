"""Entering what laboratories and scales say of a field, and acknowledging its pushes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agronomy.advice.advising import Taken, WrongFieldError
from agronomy.crops.naming import crop_words, scientific_name
from agronomy.errors import SoilValueError
from agronomy.given import PushNotFoundError, SampleConflictError
from agronomy.model import Field
from agronomy.soil.laboratory_reports import LaboratoryReport, read_report
from agronomy.table_text import text_of
from api.access import Viewer
from api.console.field_forms import (
    CROP_ELEMENTS,
    GATE_ANALYTES,
    OTHER_ANALYTES,
    FilledForm,
    crop_test_of,
    form_analytes,
    harvest_of,
    sample_of,
)
from api.console.rendering import page
from api.console.words import Words
from api.requests import ViewerOf

field_records_router = APIRouter(prefix="/console/fields/{field_id}", include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a form sent: its entries, and the text of its file; "" where none was chosen."""

    entries: Mapping[str, str]
    file: str


async def sent_form(request: Request) -> Sent:
    """The form of the request, as the door has read it."""
    form = await request.form()
    entries = {name: value for name, value in form.items() if isinstance(value, str)}
    upload = form.get("file")
    raw = b""
    if isinstance(upload, UploadFile):
        raw = await upload.read()
        await upload.close()
    return Sent(entries=entries, file=text_of(raw))


SentBy = Annotated[Sent, Depends(sent_form)]

REFUSALS = (SoilValueError, SampleConflictError, WrongFieldError)
WHOLE = "form"
"""Where a problem stands that is of no single entry."""


@field_records_router.get("/sample")
def sample_page(request: Request, viewer: ViewerOf, field_id: str) -> Response:
    """The form for one laboratory report, and for a file of many."""
    field = writable(viewer, field_id)
    typed = {"depth": "0-20", "sampled_on": today_of(viewer, field).isoformat()}
    return _sample_page(request, viewer, field, FilledForm(typed=typed))


@field_records_router.post("/sample")
def enter_sample(request: Request, viewer: ViewerOf, field_id: str, sent: SentBy) -> Response:
    """The sample is recorded and advice made again; else the form comes back with all that was typed."""
    field = writable(viewer, field_id)
    form = FilledForm(typed=sent.entries)
    sample = sample_of(form, field, today=today_of(viewer, field))
    if sample is not None:
        adviser, by = viewer.services.adviser, viewer.user.login
        if _kept(form, lambda: adviser.take_samples(field, [sample], by=by)):
            return _back(field)
    return _sample_page(request, viewer, field, form, status=422)


@field_records_router.post("/samples.csv")
def enter_report(request: Request, viewer: ViewerOf, field_id: str, sent: SentBy) -> Response:
    """What can be read of the file is recorded, the rest is named row by row."""
    field = writable(viewer, field_id)
    form = FilledForm(typed=sent.entries)
    report = read_report(sent.file or sent.entries.get("text", ""), field=field.id, laboratory=form["laboratory"])
    taken = None
    if report.samples:
        adviser, by = viewer.services.adviser, viewer.user.login
        taken = _kept(form, lambda: adviser.take_samples(field, report.samples, by=by))
    status = 200 if taken is not None else 422
    return _sample_page(request, viewer, field, form, report=report, taken=taken, status=status)


@field_records_router.get("/crop-test")
def crop_test_page(request: Request, viewer: ViewerOf, field_id: str) -> Response:
    """The form for a test of what was harvested."""
    field = writable(viewer, field_id)
    typed = {"sampled_on": today_of(viewer, field).isoformat(), "crop": scientific_name(field.crop) or ""}
    return _crop_page(request, viewer, field, FilledForm(typed=typed), "crop_test.html")


@field_records_router.post("/crop-test")
def enter_crop_test(request: Request, viewer: ViewerOf, field_id: str, sent: SentBy) -> Response:
    """The test is recorded and advice made again."""
    field = writable(viewer, field_id)
    form = FilledForm(typed=sent.entries)
    test = crop_test_of(form, field, list(_crops(viewer, field)), today=today_of(viewer, field))
    if test is not None:
        adviser, by = viewer.services.adviser, viewer.user.login
        if _kept(form, lambda: adviser.take_crop_tests(field, [test], by=by)):
            return _back(field)
    return _crop_page(request, viewer, field, form, "crop_test.html", status=422)


@field_records_router.get("/harvest")
def harvest_page(request: Request, viewer: ViewerOf, field_id: str) -> Response:
    """The form for a harvest."""
    field = writable(viewer, field_id)
    typed = {
        "harvested_on": today_of(viewer, field).isoformat(),
        "crop": scientific_name(field.crop) or "",
        "variety": field.variety,
        "area_mu": str(field.area_mu),
    }
    return _crop_page(request, viewer, field, FilledForm(typed=typed), "harvest.html")


@field_records_router.post("/harvest")
def enter_harvest(request: Request, viewer: ViewerOf, field_id: str, sent: SentBy) -> Response:
    """The harvest is recorded; a confirmed one teaches what to expect."""
    field = writable(viewer, field_id)
    form = FilledForm(typed=sent.entries)
    by = viewer.user.login
    harvest = harvest_of(form, field, list(_crops(viewer, field)), today=today_of(viewer, field), by=by)
    if harvest is None:
        return _crop_page(request, viewer, field, form, "harvest.html", status=422)
    viewer.services.adviser.take_harvests(field, [harvest])
    return _back(field)


@field_records_router.post("/pushes")
def acknowledge(viewer: ViewerOf, field_id: str, sent: SentBy) -> Response:
    """Somebody who sees the field has seen that push; the first acknowledgement stands."""
    field, pushes = viewer.field(field_id), viewer.services.planting.pushes
    wanted = sent.entries.get("push", "")
    for push in pushes.of_field(field.id):
        if str(push.sent.key) == wanted:
            pushes.acknowledge(push.sent.key, at=viewer.now, by=viewer.user.login)
            return _back(field, "#calendar")
    raise PushNotFoundError(wanted)


def writable(viewer: Viewer, field_id: str) -> Field:
    """The field, where the viewer may enter results of it: operators, who see the paper; raises NotVisibleError."""
    field = viewer.field(field_id)
    viewer.require_operator("field to write to", field_id)
    return field


def today_of(viewer: Viewer, field: Field) -> date:
    """The farm's local date."""
    return viewer.now.astimezone(viewer.zone(field.farm)).date()


def _kept(form: FilledForm, take: Callable[[], Taken]) -> Taken | None:
    """What came of handing it in; None, with the reason on the form, where the domain refuses it."""
    try:
        return take()
    except REFUSALS as error:
        form.wrong[WHOLE] = Words(
            zh=f"没存上，您填的还在。{error}", en=f"Not saved; what you typed is still here. {error}"
        )
        return None


def _crops(viewer: Viewer, field: Field) -> Mapping[str, Words]:
    """What a test or harvest may be of: crops with a yield on record here, and what grows on the field."""
    names = [*viewer.services.adviser.case(field).model.crops]
    here = scientific_name(field.crop)
    names += [here] if here is not None and here not in names else []
    return {name: Words(zh=crop_words(name)[0], en=crop_words(name)[1]) for name in names}


def _sample_page(
    request: Request,
    viewer: Viewer,
    field: Field,
    form: FilledForm,
    *,
    report: LaboratoryReport | None = None,
    taken: Taken | None = None,
    status: int = 200,
) -> Response:
    context = {
        **_frame(viewer, field, form),
        "gate_analytes": form_analytes(GATE_ANALYTES),
        "other_analytes": form_analytes(OTHER_ANALYTES),
        "report": report,
        "taken": taken,
    }
    return page(request, "field/sample.html", context, viewer=viewer, status=status)


def _crop_page(
    request: Request, viewer: Viewer, field: Field, form: FilledForm, template: str, *, status: int = 200
) -> Response:
    context = {
        **_frame(viewer, field, form),
        "crops": _crops(viewer, field),
        "elements": form_analytes(CROP_ELEMENTS),
    }
    return page(request, f"field/{template}", context, viewer=viewer, status=status)


def _frame(viewer: Viewer, field: Field, form: FilledForm) -> dict[str, Any]:
    return {"field": field, "label": viewer.label(field.farm), "form": form, "wrong": form.wrong}


def _back(field: Field, place: str = "") -> Response:
    return RedirectResponse(f"/console/fields/{field.id}{place}", status_code=303)
