"""Laboratory results, harvests, advice, what-if and pushes of a field.

Operators enter results, because they see the laboratory's paper; whoever sees the field reads them. Whoever sees the
field may acknowledge a push.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from agronomy.advice.advising import Taken
from agronomy.advice.plain import gate_plain, growing_plain
from agronomy.advice.sms import advice_sms
from agronomy.given import GivenAdvice, PushNotFoundError, replaced
from agronomy.model import Field
from agronomy.soil.laboratory_reports import LONGEST, ReportProblem, read_report
from agronomy.table_text import text_of
from api.access import Viewer
from api.errors import BadQueryError, NotVisibleError
from api.requests import ServicesOf, ViewerOf, sent_text
from api.rest.advice_shapes import (
    AdviceShape,
    CropTestShape,
    HarvestShape,
    MessageShape,
    ProblemShape,
    PushesShape,
    PushShape,
    SampleShape,
    TakenShape,
    WhatIfShape,
    push_id,
)

advice_router = APIRouter(prefix="/api/v1/fields/{field_id}", tags=["planting"])

MOST_MESSAGES = 100
CSV = "text/csv"


@advice_router.get("/samples", summary="Laboratory samples of a field's soil")
def samples(viewer: ViewerOf, field_id: str) -> list[SampleShape]:
    """Every sample, oldest first."""
    field = viewer.field(field_id)
    return [SampleShape.of(sample) for sample in viewer.services.planting.soil.samples(field.id)]


@advice_router.post("/samples", summary="Hand in a laboratory's sample; advice given before is compared and withdrawn")
def add_sample(viewer: ViewerOf, field_id: str, sample: SampleShape) -> TakenShape:
    """The sample is recorded and advice made again, in one step; the same sample again changes nothing."""
    field = _writable(viewer, field_id)
    return _taken(viewer.services.adviser.take_samples(field, [sample.sample(field.id)], by=viewer.user.login))


@advice_router.post(
    "/samples/csv",
    summary="Hand in a laboratory's report as CSV",
    openapi_extra={"requestBody": {"content": {CSV: {"schema": {"type": "string"}}}, "required": True}},
)
async def add_report(viewer: ViewerOf, field_id: str, request: Request, laboratory: str = "") -> TakenShape:
    """What can be read is recorded; the rest is named row by row. Rows of other fields are refused."""
    field = await run_in_threadpool(_writable, viewer, field_id)
    text = text_of(await sent_text(request))
    return await run_in_threadpool(_report, viewer, field, text[: LONGEST + 1], laboratory)


@advice_router.get("/crop-tests", summary="Tests of what was harvested on a field")
def crop_tests(viewer: ViewerOf, field_id: str) -> list[CropTestShape]:
    """Every test, oldest first."""
    field = viewer.field(field_id)
    return [CropTestShape.of(test) for test in viewer.services.planting.soil.crop_tests(field.id)]


@advice_router.post("/crop-tests", summary="Hand in a test of what was harvested")
def add_crop_test(viewer: ViewerOf, field_id: str, test: CropTestShape) -> TakenShape:
    """As for samples."""
    field = _writable(viewer, field_id)
    return _taken(viewer.services.adviser.take_crop_tests(field, [test.test(field.id)], by=viewer.user.login))


@advice_router.get("/harvests", summary="Harvests of a field")
def harvests(viewer: ViewerOf, field_id: str) -> list[HarvestShape]:
    """Every harvest, oldest first."""
    field = viewer.field(field_id)
    return [HarvestShape.of(harvest) for harvest in viewer.services.planting.harvests.of_field(field.id)]


@advice_router.post("/harvests", summary="Write down a harvest", status_code=201)
def add_harvest(viewer: ViewerOf, field_id: str, harvest: HarvestShape) -> HarvestShape:
    """Recorded once; confirmed harvests teach the yields that are expected."""
    field = _writable(viewer, field_id)
    viewer.services.adviser.take_harvests(field, [harvest.harvest(field.id)])
    return harvest


@advice_router.get("/advice", summary="The advice that holds for a field")
def advice(viewer: ViewerOf, field_id: str) -> AdviceShape:
    """Today's advice, made now where there is none."""
    return _shape(viewer.services.adviser.current(viewer.field(field_id)))


@advice_router.get("/advice/{number}", summary="Advice as it was given")
def advice_numbered(viewer: ViewerOf, field_id: str, number: Annotated[int, Path(ge=0, le=2**53)]) -> AdviceShape:
    """Also where it was withdrawn since; `withdrawn` says why."""
    field = viewer.field(field_id)
    found = viewer.services.planting.advice.find(number)
    if found is None or found.field != field.id:
        raise NotVisibleError(kind="advice", identifier=str(number))
    return _shape(found)


@advice_router.get("/what-if", summary="Lime, drain or irrigate: what would fit then")
def what_if(
    viewer: ViewerOf,
    field_id: str,
    lime_ph: Annotated[float | None, Query(description="pH to lime to, at most 6.5")] = None,
    *,
    irrigated: bool = False,
    drained: bool = False,
) -> WhatIfShape:
    """Changes suitability only: whether food may be grown stays what laboratory samples say."""
    found = viewer.services.adviser.imagine(viewer.field(field_id), lime_ph=lime_ph, irrigate=irrigated, drain=drained)
    return WhatIfShape(
        measures=[{"measure": one.measure, "zh": one.zh, "en": one.en} for one in found.measures],
        gate=gate_plain(found.gate),
        before=None if found.before is None else growing_plain(found.before),
        after=None if found.after is None else growing_plain(found.after),
    )


@advice_router.get("/pushes", summary="What went out about a field")
def pushes(viewer: ViewerOf, field_id: str) -> PushesShape:
    """Pushes with what became of them, and the messages of the outbox."""
    field, records = viewer.field(field_id), viewer.services.planting
    messages = records.advice.messages(field.id, limit=MOST_MESSAGES)
    void = replaced(messages, records.advice.standing(field.id))
    return PushesShape(
        pushes=[PushShape.of(push) for push in records.pushes.of_field(field.id)],
        messages=[MessageShape.of(message, void=message.key in void) for message in messages],
    )


@advice_router.post("/pushes/{push}/acknowledge", summary="Somebody has seen a push", status_code=204)
def acknowledge(viewer: ViewerOf, services: ServicesOf, field_id: str, push: str) -> None:
    """The first acknowledgement stands."""
    field, records = viewer.field(field_id), services.planting
    for known in records.pushes.of_field(field.id):
        if push_id(known) == push:
            records.pushes.acknowledge(known.sent.key, at=services.now(), by=viewer.user.login)
            return
    raise PushNotFoundError(push)


def _writable(viewer: Viewer, field_id: str) -> Field:
    """The field, where the viewer may enter results of it; raises NotVisibleError."""
    field = viewer.field(field_id)
    viewer.require_operator("field to write to", field_id)
    return field


def _report(viewer: Viewer, field: Field, text: str, laboratory: str) -> TakenShape:
    report = read_report(text, field=field.id, laboratory=laboratory)
    if not report.samples:
        said = "; ".join(_said(problem) for problem in report.problems) or "no sample in it"
        raise BadQueryError(parameter="body", value=text[:40], rule=said)
    taken = viewer.services.adviser.take_samples(field, report.samples, by=viewer.user.login)
    return _taken(taken, problems=[ProblemShape.of(problem) for problem in report.problems])


def _said(problem: ReportProblem) -> str:
    return f"row {problem.row} {problem.column}: {problem.en} {problem.zh}"


def _taken(taken: Taken, *, problems: list[ProblemShape] | None = None) -> TakenShape:
    return TakenShape(
        new=taken.new,
        problems=problems or [],
        changed=taken.changed,
        withdrawn=None if taken.withdrawn is None else taken.withdrawn.number,
        advice=taken.advice.number,
    )


def _shape(given: GivenAdvice) -> AdviceShape:
    return AdviceShape.of(given, sms_zh=advice_sms(given.content))
