"""Records of lives: one at a time or as a file, each judged by the same rules and guards."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Viewer
from api.errors import NotVisibleError
from api.requests import ViewerOf, sent_text
from api.rest.lifecycle_access import permitted_to
from api.rest.schemas import Shape
from traceability.holds import hold_reasons
from traceability.lives.files import MOST_ROWS, read_file
from traceability.lives.kinds import event_kinds, fields_of
from traceability.lives.recording import Outcome, Recorder, Verdict
from traceability.lives.values import Problem
from traceability.product_uses import Block

Value = str | int | float | list[str] | None
Record = Annotated[
    dict[str, Value],
    Body(
        description="`kind`, `time`, `place` and the fields of that kind (`/api/v1/lifecycle/kinds`)",
        examples=[
            {
                "kind": "treatment",
                "time": "2026-08-01T09:00",
                "place": "9526000100072",
                "animals": ["143018200000123"],
                "medicine": "土霉素注射液",
                "batch": "B1",
                "reason": "咳嗽",
                "last_dose": "2026-08-03",
            }
        ],
    ),
]
DryRun = Annotated[bool, Query(description="judge everything, record nothing")]
STATUS = {Outcome.TAKEN: 201, Outcome.THERE_ALREADY: 200, Outcome.REFUSED: 422}
CONFLICT = 409
CSV_BODY = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}
}

lifecycle_router = APIRouter(prefix="/api/v1/lifecycle", tags=["lifecycle"])


class ProblemShape(Shape):
    """What is wrong with one field."""

    field: str
    en: str
    zh: str


class BlockShape(Shape):
    """What stands against what the record reports; there is no override."""

    reason: str = Field(description="a reason of holds", examples=["withdrawal"])
    reason_en: str
    reason_zh: str
    en: str
    zh: str
    until: str | None = Field(description="the first local day on which it is over; null where no day is known")


class VerdictShape(Shape):
    """What became of a record."""

    kind: str
    outcome: Outcome
    event_ids: list[str]
    problems: list[ProblemShape] = Field(description="what is wrong with the record")
    blocks: list[BlockShape] = Field(description="what forbids what it reports")
    warnings: list[ProblemShape] = Field(description="noted; it was recorded all the same")


class RowShape(VerdictShape):
    """What became of one row of a file."""

    line: int


class ReportShape(Shape):
    """What became of a file."""

    dry_run: bool
    taken: int
    there_already: int
    refused: int
    rows: list[RowShape]


class FieldShape(Shape):
    """A field of a kind of records."""

    field: str
    type: str
    unit: str
    required: bool
    en: str
    zh: str


class KindShape(Shape):
    """A kind of records."""

    kind: str
    en: str
    zh: str
    guard: str
    fields: list[FieldShape]


@lifecycle_router.get("/kinds", summary="Kinds of lifecycle records and their fields")
def kinds(viewer: ViewerOf) -> list[KindShape]:  # noqa: ARG001 for those who are signed in
    """The table of kinds; a file has one column for each field it uses."""
    return [
        KindShape(
            kind=kind.kind,
            en=kind.words.en,
            zh=kind.words.zh,
            guard=kind.guard,
            fields=[
                FieldShape(
                    field=field.field,
                    type=field.type,
                    unit=field.unit,
                    required=field.is_required_of(kind.kind),
                    en=field.words.en,
                    zh=field.words.zh,
                )
                for field in fields_of(kind.kind)
            ],
        )
        for kind in event_kinds().values()
    ]


@lifecycle_router.post(
    "",
    summary="Record one thing that happened in a life",
    status_code=201,
    response_model=VerdictShape,
    responses={
        200: {"model": VerdictShape, "description": "The same was recorded before"},
        404: {"description": "Not there, or not granted"},
        409: {"model": VerdictShape, "description": "A guard forbids it: until when and why; nothing was recorded"},
        422: {"model": VerdictShape, "description": "Fields that are wrong, with their rule; nothing was recorded"},
    },
)
def record(viewer: ViewerOf, asked: Record, *, dry_run: DryRun = False) -> JSONResponse:
    """The record is durable when this answers 201."""
    with viewer.services.hold_alarms.telling():
        verdict = _recorder(viewer).record(asked, permitted=permitted_to(viewer), dry_run=dry_run)
    if verdict.outcome is Outcome.NOT_YOURS:
        raise NotVisibleError(kind="animal, lot or place", identifier=str(asked.get("place", "")))
    status = CONFLICT if verdict.blocks and not verdict.problems else STATUS[verdict.outcome]
    return JSONResponse(_verdict(verdict), status_code=status)


@lifecycle_router.post(
    "/import",
    summary="Record a file, row by row",
    openapi_extra=CSV_BODY,
    responses={400: {"description": "Not a CSV file of lifecycle records"}},
)
async def import_file(request: Request, viewer: ViewerOf, *, dry_run: DryRun = False) -> ReportShape:
    """Rows that can be recorded are, in the file's order; the report tells of each of the others why not."""
    content = await sent_text(request)
    return await run_in_threadpool(_import, viewer, content, dry_run=dry_run)


def _import(viewer: Viewer, content: bytes, *, dry_run: bool) -> ReportShape:
    rows = read_file(content)
    with viewer.services.hold_alarms.telling():
        verdicts = list(
            _recorder(viewer).record_all([row for _, row in rows], permitted=permitted_to(viewer), dry_run=dry_run)
        )
    said = [verdict.outcome for verdict in verdicts]
    told = [
        RowShape(line=line, **_verdict(verdict)) for (line, _), verdict in zip(rows[:MOST_ROWS], verdicts, strict=True)
    ]
    return ReportShape(
        dry_run=dry_run,
        taken=said.count(Outcome.TAKEN),
        there_already=said.count(Outcome.THERE_ALREADY),
        refused=said.count(Outcome.REFUSED) + said.count(Outcome.NOT_YOURS),
        rows=told,
    )


def _recorder(viewer: Viewer) -> Recorder:
    services = viewer.services
    return Recorder(
        events=services.public.events,
        guards=services.guards,
        holds=services.public.holds,
        keys=services.keys,
        now=services.now,
    )


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "outcome": verdict.outcome.value,
        "event_ids": [event.event_id for event in verdict.events],
        "problems": [_problem(problem) for problem in verdict.problems],
        "blocks": [_block(block) for block in verdict.blocks],
        "warnings": [_problem(problem) for problem in verdict.warnings],
    }


def _problem(problem: Problem) -> Mapping[str, str]:
    return {"field": problem.field, "en": problem.rule.en, "zh": problem.rule.zh}


def _block(block: Block) -> Mapping[str, str | None]:
    words = hold_reasons()[block.reason].words
    return {
        "reason": block.reason,
        "reason_en": words.en,
        "reason_zh": words.zh,
        "en": block.en,
        "zh": block.zh,
        "until": None if block.until is None else block.until.isoformat(),
    }
