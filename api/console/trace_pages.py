"""Pages of traces and mass balances: where a thing came from, where it went, and whether the masses agree."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.balance_desk import balances_of_time, own_things, seen_of, visible_alarms, visible_balance
from api.console.rendering import page
from api.console.trace_names import Naming, is_code, thing_of
from api.console.trace_view import direction_of, picture_of, steps_in_words, trace_rows, traces_of
from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.series import csv_text
from traceability.balance.balances import Balance
from traceability.balance.steps import Verdict
from traceability.errors import BalanceTooLargeError
from traceability.recalls import status_of
from traceability.trace_model import BATCH
from traceability.yields import bounds_of

trace_pages_router = APIRouter(prefix="/console", include_in_schema=False)

Code = Annotated[str, Query(max_length=2000)]
Days = Annotated[int, Query(ge=1, le=366)]
MOST_STEPS = 60
MOST_STAGES = 200
MOST_ALARMS = 20


@trace_pages_router.get("/trace")
def trace_page(request: Request, viewer: ViewerOf, code: Code = "") -> Response:
    """Enter a code: what the thing came of and what came of it, drawn and listed, with how sure each is."""
    typed = code.strip()
    context: dict[str, Any] = {"code": typed, "found": None, "unknown": False}
    if not typed or not is_code(typed):
        return page(request, "trace.html", context, viewer=viewer, status=422 if typed else 200)
    thing = thing_of(typed, viewer.services.keys)
    seen = traces_of(viewer, thing)
    if seen is None:
        return page(request, "trace.html", {**context, "unknown": True}, viewer=viewer, status=404)
    naming = Naming(viewer)
    back, forward = seen
    steps = back.traced.steps | forward.traced.steps
    notices = viewer.services.recalls.notices([thing])
    words = steps_in_words(viewer, (name for name in steps if not name.startswith(BATCH)))
    context |= {
        "found": naming.of(thing),
        "behind": direction_of(back, naming),
        "ahead": direction_of(forward, naming),
        "pictures": [picture_of(viewer, thing, view.traced, naming) for view in (back, forward)],
        "steps": sorted(words.values(), key=lambda step: step.on)[:MOST_STEPS],
        "status": status_of(notices),
        "notices": notices,
        "balance": _balance_of(viewer, thing),
    }
    return page(request, "trace.html", context, viewer=viewer)


@trace_pages_router.get("/trace.csv")
def trace_csv(viewer: ViewerOf, code: Code) -> Response:
    """Both lists, whole."""
    seen = traces_of(viewer, thing_of(code, viewer.services.keys)) if is_code(code) else None
    if seen is None:
        raise NotVisibleError(kind="thing", identifier=code)
    rows = trace_rows(zip(("back", "forward"), seen, strict=True))
    headers = {"Content-Disposition": 'attachment; filename="tiantou-trace.csv"'}
    return Response(csv_text(rows), media_type="text/csv", headers=headers)


@trace_pages_router.get("/balance")
def balance_page(request: Request, viewer: ViewerOf, days: Days = 30) -> Response:
    """Every slaughter, cut and mix of the last days: what cannot be first, then what is not known."""
    until = viewer.now + timedelta(minutes=1)
    found = balances_of_time(viewer, until - timedelta(days=days), until)
    order = list(Verdict)
    stages = sorted(found.stages, key=lambda stage: (order.index(stage.verdict), -stage.at.timestamp()))
    mine, naming = own_things(viewer), Naming(viewer)
    alarms = visible_alarms(viewer, ended=False, after=0, limit=MOST_ALARMS + 1)
    context = {
        "days": days,
        "counts": {verdict: len(found.of_verdict(verdict)) for verdict in Verdict},
        "stages": [
            (stage, [naming.of(name) for name in seen_of(stage.inputs, mine)]) for stage in stages[:MOST_STAGES]
        ],
        "left_out": max(len(stages) - MOST_STAGES, 0),
        "truncated": found.truncated,
        "bounds": [bounds_of(item, "宁乡花猪") for item in ("kill_out", "live_kg")],
        "alarms": [(alarm, naming.of(alarm.thing)) for alarm in alarms[:MOST_ALARMS]],
        "more_alarms": len(alarms) > MOST_ALARMS,
    }
    return page(request, "balance.html", context, viewer=viewer)


def _balance_of(viewer: Viewer, thing: str) -> Balance | None:
    """The thing's balance; None where there is too much to weigh on a page."""
    try:
        return visible_balance(viewer, thing)
    except BalanceTooLargeError:
        return None
