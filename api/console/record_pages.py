"""Recording lives by form: choose a kind, fill in one form, see what was recorded, take back what was wrong."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.access import Viewer
from api.console.record_forms import (
    ANIMALS,
    PLACE,
    TypedRecord,
    entries_of,
    is_of_one_animal,
    is_shown_as,
    parts_of,
    typed_record,
)
from api.console.record_judging import Handed, handed_in
from api.console.record_offline import account_mark, kept_files, kept_version, worker_text
from api.console.record_recent import KeptRecord, found_record, recorded_lately
from api.console.record_shown import MINUTES, TIME, kind_of_record, shown_fields, told_by
from api.console.record_words import kind_groups
from api.console.rendering import page, zone_of
from api.errors import NotVisibleError
from api.requests import ViewerOf
from traceability.gs1.rules import Rule
from traceability.lives.kinds import EventKind, Shape, event_kinds
from traceability.lives.recording import Outcome
from traceability.lives.values import Problem

record_pages_router = APIRouter(prefix="/console/record", include_in_schema=False)

HOME = "/console/record"
WORKER_HEADERS: Mapping[str, str] = {
    "Service-Worker-Allowed": HOME,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self'",
}
LONGEST_LINKED = 400
NOT_THERE = Rule("not among what you may record", "查不到，或不在您可以登记的范围")
Events = Annotated[list[str], Query(alias="event", max_length=50)]


async def sent_form(request: Request) -> FormData:
    """The form of the request, as the door has read it."""
    return await request.form()


SentForm = Annotated[FormData, Depends(sent_form)]


@record_pages_router.get("")
def choose_page(request: Request, viewer: ViewerOf) -> Response:
    """Every kind of record, and what was recorded lately."""
    known = {name: request.query_params.get(name, "")[:LONGEST_LINKED] for name in (ANIMALS, PLACE)}
    context = {
        **_frame(viewer),
        "groups": kind_groups(),
        "lately": recorded_lately(viewer),
        "known": urlencode({name: value for name, value in known.items() if value}),
        "animals": known[ANIMALS],
    }
    return page(request, "record/choose.html", context, viewer=viewer)


@record_pages_router.get("/sw.js")
def worker() -> Response:
    """The service worker of the forms: it sees these pages only, and holds nothing of anyone's."""
    return Response(worker_text(), media_type="text/javascript", headers=dict(WORKER_HEADERS))


@record_pages_router.get("/session")
def session(viewer: ViewerOf) -> Response:
    """Who is signed in, the token that forms carry, and which pages a phone may keep; for the script of the forms."""
    return JSONResponse(
        {
            "account": account_mark(viewer),
            "token": viewer.token,
            "version": kept_version(),
            "pages": [HOME, *(f"{HOME}/{kind}" for kind in event_kinds())],
            "files": kept_files(),
        }
    )


@record_pages_router.get("/{kind}")
def form_page(request: Request, viewer: ViewerOf, kind: str) -> Response:
    """The form for that kind, with what the link says filled in."""
    chosen = _kind(kind)
    typed = typed_record(chosen, request.query_params)
    usual = {TIME: viewer.now.astimezone(zone_of(viewer)).strftime(MINUTES)}
    filled = TypedRecord(typed={**typed.typed, **{name: typed[name] or value for name, value in usual.items()}})
    return _form(request, viewer, chosen, filled)


@record_pages_router.post("/{kind}")
def hand_in(request: Request, viewer: ViewerOf, kind: str, sent: SentForm) -> Response:
    """What can be recorded is durable; what cannot comes back with its reasons, and with all that was typed."""
    chosen = _kind(kind)
    typed = typed_record(chosen, sent)
    handed = handed_in(viewer, chosen, typed)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(handed.told(), status_code=handed.status)
    if len(handed.rows) == 1 and handed.kept:
        return RedirectResponse(_done_path(chosen, handed), status_code=303)
    if not handed.refused:
        return _report(request, viewer, handed, typed)
    return _refused(request, viewer, handed, typed)


@record_pages_router.get("/{kind}/done")
def done_page(request: Request, viewer: ViewerOf, kind: str, events: Events, *, again: bool = False) -> Response:
    """What was recorded, as it is kept, with the way to take it back."""
    chosen = _kind(kind)
    record = found_record(viewer, chosen, events)
    said = kind_of_record(record.events) if chosen.shape is Shape.CORRECTION else chosen
    told = told_by(said or chosen, record.events, zone=zone_of(viewer))
    context = {
        **_frame(viewer),
        "kind": chosen,
        "record": record,
        "said": said,
        "shown": shown_fields(said or chosen, told),
        "again": again,
        "next": urlencode({PLACE: record.place}),
        "same": urlencode(told),
        "animals": [number for number in parts_of(told.get(ANIMALS, "")) if number in viewer.animals],
    }
    return page(request, "record/done.html", context, viewer=viewer)


def _kind(kind: str) -> EventKind:
    found = event_kinds().get(kind)
    if found is None:
        raise NotVisibleError(kind="kind of record", identifier=kind)
    return found


def _done_path(kind: EventKind, handed: Handed) -> str:
    row = handed.kept[0]
    query: list[tuple[str, str]] = [("event", each) for each in row.event_ids]
    if row.verdict.outcome is Outcome.THERE_ALREADY:
        query.append(("again", "true"))
    return f"{HOME}/{kind.kind}/done?{urlencode(query)}"


def _refused(request: Request, viewer: Viewer, handed: Handed, typed: TypedRecord) -> Response:
    """The form again: of a group only with those that are still to be recorded, and what became of each."""
    if len(handed.rows) == 1:
        verdict = handed.rows[0].verdict
        about = next((name for name in (ANIMALS, "things", "lots", "event") if typed[name]), PLACE)
        unknown = (Problem(field=about, rule=NOT_THERE),)
        typed.told(unknown if verdict.outcome is Outcome.NOT_YOURS else verdict.problems)
        return _form(request, viewer, handed.kind, typed, handed=handed)
    left = {**typed.typed, ANIMALS: "\n".join(row.animal for row in handed.refused)}
    return _form(request, viewer, handed.kind, TypedRecord(typed=left), handed=handed)


def _report(request: Request, viewer: Viewer, handed: Handed, typed: TypedRecord) -> Response:
    context = {**_frame(viewer), "kind": handed.kind, "handed": handed, "place": typed[PLACE]}
    return page(request, "record/group.html", context, viewer=viewer, status=handed.status)


def _form(
    request: Request, viewer: Viewer, kind: EventKind, typed: TypedRecord, *, handed: Handed | None = None
) -> Response:
    entries = entries_of(viewer, kind, typed)
    wrong = {name: rules for name, rules in typed.wrong.items() if name in {entry.field for entry in entries}}
    above = [rule for name, rules in typed.wrong.items() if name not in wrong for rule in rules]
    context = {
        **_frame(viewer),
        "kind": kind,
        "entries": entries,
        "typed": typed,
        "wrong": wrong,
        "above": above,
        "handed": handed,
        "one_animal": is_of_one_animal(kind),
        "shown_as": is_shown_as,
        "original": _original(viewer, kind, typed),
        "fresh": request.method == "GET" and not request.query_params.get(TIME),
        "zone_name": zone_of(viewer).key,
    }
    return page(request, "record/form.html", context, viewer=viewer, status=200 if handed is None else handed.status)


def _original(viewer: Viewer, kind: EventKind, typed: TypedRecord) -> KeptRecord | None:
    """The record that a correction is of, where the viewer may correct it."""
    if kind.shape is not Shape.CORRECTION or not typed["event"]:
        return None
    try:
        return found_record(viewer, kind, [typed["event"]])
    except NotVisibleError:
        return None


def _frame(viewer: Viewer) -> dict[str, Any]:
    return {"account": account_mark(viewer), "version": kept_version()}
