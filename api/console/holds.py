"""The page of holds: the alarms about what must not be sold or eaten, open ones first, and a veterinarian's word."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer
from api.console.field_forms import FilledForm
from api.console.field_records import SentBy
from api.console.matters import together
from api.console.rendering import page
from api.console.words import Words
from api.hold_desk import correct_cause, is_for_a_vet, open_hold
from api.requests import ViewerOf
from api.rest.holds import retests_of, visible_holds
from traceability.holds import Hold
from traceability.lives.recording import Outcome, Verdict
from traceability.trace_model import ThingKind, kind_of

SHOWN, MOST = 50, 500
"""Matters on a page, and holds that are looked at for it."""
GOODS = frozenset({ThingKind.ITEM, ThingKind.LOT, ThingKind.LOGISTIC_UNIT})
FIELDS = {"reason": "why", "vet_licence": "licence"}
WHY = Words(zh="写明错在哪、凭什么（1 到 500 字）", en="say what was wrong and how you know, 1 to 500 characters")
LICENCE = Words(zh="填兽医证号", en="the veterinarian's licence number is needed")

holds_pages_router = APIRouter(prefix="/console", include_in_schema=False)
Number = Annotated[int, Query(ge=0, le=2**53)]
HoldNumber = Annotated[int, Path(ge=0, le=2**53)]


@holds_pages_router.get("/holds")
def holds_page(request: Request, viewer: ViewerOf, after: Number = 0) -> Response:
    """Open holds, the newest first, and those that ended lately; an enterprise sees those of its animals."""
    return _page(request, viewer, FilledForm(typed={}), after=after)


@holds_pages_router.post("/holds/{number}/correction")
def correct(request: Request, viewer: ViewerOf, number: HoldNumber, sent: SentBy) -> Response:
    """A veterinarian declared the record wrong for which the hold was placed; else the form comes back."""
    hold = open_hold(viewer, number)
    form = FilledForm(typed=sent.entries)
    form.needed("licence", LICENCE)
    form.needed("why", WHY)
    if not form.wrong:
        verdict = correct_cause(viewer, hold, licence=form["licence"], why=form["why"])
        if verdict.outcome in {Outcome.TAKEN, Outcome.THERE_ALREADY}:
            return RedirectResponse("/console/holds", status_code=303)
        _tell(form, verdict)
    return _page(request, viewer, form, after=number + 1, corrected=number)


def _tell(form: FilledForm, verdict: Verdict) -> None:
    for problem in verdict.problems:
        form.wrong[FIELDS.get(problem.field, "form")] = Words(zh=problem.rule.zh, en=problem.rule.en)
    for block in verdict.blocks:
        form.wrong["form"] = Words(zh=block.zh, en=block.en)


def _page(request: Request, viewer: Viewer, form: FilledForm, *, after: int, corrected: int = 0) -> Response:
    found = visible_holds(viewer, ended=False, after=after, limit=MOST)
    groups = together(found)
    shown = groups[:SHOWN]
    holds = [group[0] for group in shown]
    more = len(groups) > SHOWN or len(found) == MOST
    context = {
        "holds": holds,
        "others": {group[0].number: group[1:] for group in shown},
        "earlier": shown[-1][-1].number if more else None,
        "reached": {hold.number: _goods(viewer, hold) for hold in holds},
        "retests": retests_of(viewer, holds),
        "for_a_vet": {hold.number for hold in holds if is_for_a_vet(hold)},
        "form": form,
        "wrong": form.wrong,
        "corrected": corrected,
        "ended": [] if after else together(visible_holds(viewer, ended=True, after=0, limit=MOST))[:SHOWN],
        "subject_path": {
            hold.subject: f"/console/animals/{hold.subject.rpartition('/')[2][-15:]}"
            for hold in holds
            if hold.subject.rpartition("/")[2][-15:] in viewer.animals
        },
    }
    return page(request, "holds.html", context, viewer=viewer, status=422 if form.wrong else 200)


def _goods(viewer: Viewer, hold: Hold) -> int:
    """How many carcasses, packs, lots and boxes were made of it; its tag is none of them."""
    return sum(kind_of(name) in GOODS for name in viewer.services.traces.forward([hold.subject]).everything)
