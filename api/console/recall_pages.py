"""Pages of recalls: the list and a new draft, one recall with what can be done next, its report for the file."""

from datetime import datetime, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer
from api.console.field_forms import FilledForm
from api.console.field_records import SentBy
from api.console.recall_view import FIELD_WORDS, SCOPE_CHANGED, recall_context, report_rows
from api.console.rendering import page, zone_of
from api.console.trace_names import is_code, thing_of
from api.console.words import Words
from api.recall_desk import (
    acknowledge_message,
    draft_recall,
    goods_rows,
    inventory,
    say_recovered,
    take_recall_step,
    visible_recall,
    visible_recalls,
)
from api.requests import ViewerOf
from api.series import csv_text
from traceability.errors import RecallRequestError, RecallStateError, ScopeChangedError
from traceability.recalls import THING, Cause, RecallState, criteria, state_rows

recall_pages_router = APIRouter(prefix="/console/recalls", include_in_schema=False)

WHOLE = "form"
"""Where a problem stands that is of no single entry."""
Value = Annotated[str, Query(max_length=2000)]


@recall_pages_router.get("")
def recalls_page(request: Request, viewer: ViewerOf, value: Value = "") -> Response:
    """Recalls, those in force first; an operator drafts one here."""
    return _list_page(request, viewer, FilledForm(typed={"criterion": THING, "value": value}))


@recall_pages_router.post("")
def draft(request: Request, viewer: ViewerOf, sent: SentBy) -> Response:
    """A draft with its scope to look at; else the form comes back with all that was typed."""
    viewer.require_operator("page", "recalls")
    form = FilledForm(typed=sent.entries)
    cause = _cause(form, viewer)
    if cause is not None:
        try:
            recall = draft_recall(viewer, cause, reason=form["reason"], why=form["why"])
        except RecallRequestError as error:
            form.wrong[error.field] = FIELD_WORDS.get(error.field, Words(zh=error.rule, en=error.rule))
        else:
            return _to(recall.id)
    return _list_page(request, viewer, form, status=422)


@recall_pages_router.get("/{recall_id}")
def recall_page(request: Request, viewer: ViewerOf, recall_id: str) -> Response:
    """How far it has come, what it reaches, who has it, and the next step."""
    return _recall_page(request, viewer, recall_id, FilledForm(typed={}))


@recall_pages_router.post("/{recall_id}/steps")
def take_step(request: Request, viewer: ViewerOf, recall_id: str, sent: SentBy) -> Response:
    """The recall is one step on; where the scope changed meanwhile, the page shows it anew and nothing happened."""
    viewer.require_operator("recall", recall_id)
    visible_recall(viewer, recall_id)
    form = FilledForm(typed=sent.entries)
    if form["state"] not in set(RecallState):
        return _to(recall_id)
    if not form["why"]:
        form.wrong["why"] = FIELD_WORDS["why"]
        return _recall_page(request, viewer, recall_id, form, status=422)
    try:
        state = RecallState(form["state"])
        take_recall_step(viewer, recall_id, state, why=form["why"], scope_digest=form["digest"])
    except ScopeChangedError:
        form.wrong[WHOLE] = SCOPE_CHANGED
    except RecallStateError as error:
        zh = f"召回已是“{state_rows()[RecallState(error.state)].zh}”，这一步没有做"
        form.wrong[WHOLE] = Words(zh=zh, en=str(error))
    except RecallRequestError as error:
        form.wrong[WHOLE if error.field != "why" else "why"] = FIELD_WORDS.get(error.field, SCOPE_CHANGED)
    else:
        return _to(recall_id)
    return _recall_page(request, viewer, recall_id, form, status=409)


@recall_pages_router.post("/{recall_id}/recoveries")
def recover(request: Request, viewer: ViewerOf, recall_id: str, sent: SentBy) -> Response:
    """What became of goods is kept, or the form comes back with what cannot be read."""
    form = FilledForm(typed=sent.entries)
    codes = [line.strip() for line in form["things"].splitlines() if line.strip()]
    unreadable = next((code for code in codes if not is_code(code)), None)
    if unreadable is not None:
        form.wrong["things"] = Words(zh=f"读不懂：{unreadable[:80]}", en="cannot be read")
    else:
        try:
            things = [thing_of(code, viewer.services.keys) for code in codes]
            say_recovered(viewer, recall_id, things, outcome=form["outcome"], note=form["note"])
        except RecallRequestError as error:
            form.wrong[error.field] = Words(zh=FIELD_WORDS[error.field].zh, en=error.rule)
        else:
            return _to(recall_id, "#goods")
    return _recall_page(request, viewer, recall_id, form, status=422)


@recall_pages_router.post("/{recall_id}/messages/{number}/acknowledge")
def acknowledge(viewer: ViewerOf, recall_id: str, number: Annotated[int, Path(ge=0, le=2**53)]) -> Response:
    """Somebody has read the message; the first acknowledgement stands."""
    acknowledge_message(viewer, recall_id, number)
    return _to(recall_id, "#messages")


@recall_pages_router.get("/{recall_id}/goods.csv")
def goods_csv(viewer: ViewerOf, recall_id: str) -> Response:
    """The goods, one row a thing."""
    recall, scope = visible_recall(viewer, recall_id)
    return _csv(f"{recall.id}-goods", csv_text(goods_rows(inventory(viewer, recall, scope).goods)))


@recall_pages_router.get("/{recall_id}/report")
def report_page(request: Request, viewer: ViewerOf, recall_id: str) -> Response:
    """The closing report, to print."""
    viewer.require_operator("recall", recall_id)
    return page(
        request, "recall_report.html", recall_context(viewer, *visible_recall(viewer, recall_id)), viewer=viewer
    )


@recall_pages_router.get("/{recall_id}/report.csv")
def report_csv(viewer: ViewerOf, recall_id: str) -> Response:
    """The closing report's figures."""
    viewer.require_operator("recall", recall_id)
    recall, scope = visible_recall(viewer, recall_id)
    return _csv(f"{recall.id}-report", csv_text(report_rows(recall, inventory(viewer, recall, scope))))


def _list_page(request: Request, viewer: Viewer, form: FilledForm, *, status: int = 200) -> Response:
    rows = [(recall, scope, state_rows()[recall.state]) for recall, scope in visible_recalls(viewer)]
    rows.sort(key=lambda row: not row[0].in_force)
    context = {
        "rows": rows,
        "form": form,
        "wrong": form.wrong,
        "criteria": [(row.criterion, f"{row.zh} {row.en}") for row in criteria().values()],
    }
    return page(request, "recalls.html", context, viewer=viewer, status=status)


def _recall_page(request: Request, viewer: Viewer, recall_id: str, form: FilledForm, *, status: int = 200) -> Response:
    recall, scope = visible_recall(viewer, recall_id)
    context: dict[str, Any] = {**recall_context(viewer, recall, scope), "form": form, "wrong": form.wrong}
    return page(request, "recall.html", context, viewer=viewer, status=status)


def _cause(form: FilledForm, viewer: Viewer) -> Cause | None:
    """What is to be recalled; None, with the problem beside the entry, where it cannot be read."""
    value = form["value"]
    if form["criterion"] == THING and value:
        if not is_code(value):
            form.wrong["value"] = FIELD_WORDS["value"]
            return None
        value = thing_of(value, viewer.services.keys)
    since, until = _day(form, "since", viewer), _day(form, "until", viewer)
    if form.wrong:
        return None
    end = None if until is None else until + timedelta(days=1)
    return Cause(criterion=form["criterion"], value=value, since=since, until=end)


def _day(form: FilledForm, name: str, viewer: Viewer) -> datetime | None:
    """The beginning of that local day."""
    if not form[name]:
        return None
    try:
        day = datetime.strptime(form[name], "%Y-%m-%d").date()  # noqa: DTZ007 the zone follows
    except ValueError:
        form.wrong[name] = Words(zh="写成 2026-07-01 这样的日期", en="a date such as 2026-07-01")
        return None
    return datetime.combine(day, time(), tzinfo=zone_of(viewer))


def _to(recall_id: str, place: str = "") -> Response:
    return RedirectResponse(f"/console/recalls/{recall_id}{place}", status_code=303)


def _csv(name: str, text: str) -> Response:
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})
