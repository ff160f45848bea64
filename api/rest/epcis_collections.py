"""The top-level resources of EPCIS: what events name, and the events that name it."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_documents import collection_answer
from api.rest.epcis_events import queried, read_parameters, visible_epcs
from api.rest.epcis_headers import discovery
from api.rest.epcis_openapi import parameters
from api.rest.epcis_pages import asked_page
from traceability.epcis.event_facts import WRITTEN, spellings
from traceability.epcis.event_queries import EventQuery, TextCondition
from traceability.epcis.event_terms import bare_word
from traceability.epcis.vocabulary import words

EVENT_TYPES = ("AggregationEvent", "AssociationEvent", "ObjectEvent", "TransactionEvent", "TransformationEvent")
CLASSES = ("epcClass", "inputEPCClass", "outputEPCClass")
EVENTS = "/events"


@dataclass(frozen=True, slots=True, kw_only=True)
class TopLevel:
    """One kind of thing that events name.

    facts: by which of an event's facts it is found. listed: the fact whose texts are listed.
    kind: of its vocabulary, "" for identifiers. standard: what is there without any event.
    """

    path: str
    parameter: str
    facts: tuple[str, ...]
    listed: str
    kind: str = ""
    standard: tuple[str, ...] = ()

    def condition(self, value: str) -> TextCondition:
        """That an event names that value."""
        texts = {bare_word(value, self.kind)} if self.kind else spellings(value)
        return TextCondition(names=self.facts, texts=frozenset(texts))


TOP_LEVELS = (
    TopLevel(path="eventTypes", parameter="eventType", facts=("eventType",), listed="eventType", standard=EVENT_TYPES),
    TopLevel(path="epcs", parameter="epc", facts=("epc", "parentID", "inputEPC", "outputEPC", *CLASSES), listed="epc"),
    TopLevel(
        path="bizSteps",
        parameter="bizStep",
        facts=("bizStep",),
        listed="bizStep",
        kind="bizStep",
        standard=tuple(sorted(words("bizStep"))),
    ),
    TopLevel(path="bizLocations", parameter="bizLocation", facts=("bizLocation",), listed="bizLocation" + WRITTEN),
    TopLevel(path="readPoints", parameter="readPoint", facts=("readPoint",), listed="readPoint" + WRITTEN),
    TopLevel(
        path="dispositions",
        parameter="disposition",
        facts=("disposition", "persistentDisposition_set"),
        listed="disposition",
        kind="disposition",
        standard=tuple(sorted(words("disposition"))),
    ),
)


def collections_router() -> APIRouter:
    """The routes of every top-level resource."""
    router = APIRouter()
    for top in TOP_LEVELS:
        one = f"/{top.path}/{{{top.parameter}:path}}"
        for path, answer, summary, said in (
            (f"/{top.path}", _listed(top), f"Every one of {top.path}", parameters(pages=True)),
            (
                one + EVENTS,
                _events(top),
                f"Events about one of {top.path}",
                parameters(top.parameter, pages=True, query=True),
            ),
            (one, _one(top), f"One of {top.path}", parameters(top.parameter)),
        ):
            router.add_api_route(
                path, answer, methods=["GET"], summary=summary, response_class=Response, openapi_extra=said
            )
            named = parameters(top.parameter) if path != f"/{top.path}" else {}
            router.add_api_route(
                path, _options, methods=["OPTIONS"], status_code=204, response_class=Response, openapi_extra=named
            )
    return router


def _options() -> Response:
    return discovery("GET")


def _listed(top: TopLevel) -> Callable[[Request, ViewerOf], Response]:
    def listed(request: Request, viewer: ViewerOf) -> Response:
        asked = asked_page(request, viewer.now)
        # What the standard names comes first, page by page by its number; names of one's own follow by their text.
        own_only = "text" in asked.mark
        position = len(top.standard) if own_only else asked.number()
        shown = top.standard[position : position + asked.size]
        room = asked.size - len(shown)
        own = _own(top, viewer, after=asked.text(), limit=room + 1)
        mark: dict[str, object] | None = None
        if len(own) > room or position + len(shown) < len(top.standard):
            mark = {"text": own[room - 1]} if room else {"number": position + len(shown)}
        return collection_answer([*shown, *own[:room]], headers=asked.next(mark))

    return listed


def _own(top: TopLevel, viewer: Viewer, *, after: str, limit: int) -> list[str]:
    """Names that no standard gives."""
    found: list[str] = []
    while len(found) < limit:
        texts = viewer.services.event_queries.texts(
            top.listed, visible=visible_epcs(viewer), after=after, limit=limit + len(top.standard)
        )
        if not texts:
            return found
        after = texts[-1]
        found.extend(text for text in texts if text not in top.standard)
    return found[:limit]


def _one(top: TopLevel) -> Callable[[Request, ViewerOf], Response]:
    def one(request: Request, viewer: ViewerOf) -> Response:
        _require(top, viewer, _value(request, top))
        return collection_answer(["events"])

    return one


def _events(top: TopLevel) -> Callable[[Request, ViewerOf], Response]:
    def events(request: Request, viewer: ViewerOf) -> Response:
        if not request.scope.get("raw_path", EVENTS.encode()).endswith(EVENTS.encode()):
            # The slash before "events" was encoded: it is part of the value.
            _require(top, viewer, _value(request, top) + EVENTS)
            return collection_answer(["events"])
        value = _value(request, top)
        _require(top, viewer, value)
        return queried(request, viewer, read_parameters(request, top.condition(value)))

    return events


def _value(request: Request, top: TopLevel) -> str:
    return str(request.path_params[top.parameter])


def _require(top: TopLevel, viewer: Viewer, value: str) -> None:
    """Raises NotVisibleError where neither the standard nor an event that the viewer may see names the value."""
    if (bare_word(value, top.kind) if top.kind else value) in top.standard:
        return
    query = EventQuery(conditions=(top.condition(value),))
    page = viewer.services.event_queries.page(query, visible=visible_epcs(viewer), after=None, limit=1)
    if not page.events:
        raise NotVisibleError(kind=top.parameter, identifier=value)
