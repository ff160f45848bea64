"""What an event says that cannot be right beside the others: born twice, slaughtered twice, moved after its end.

Whatever was captured later carries the flag. Events that were declared in error tell nothing and are told of nothing.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from traceability.context import SENSOR_REPORTING
from traceability.epcis.event_hash import event_hash
from traceability.epcis.event_terms import bare_word, members, parts
from traceability.gs1.epc_uris import canonical_uri
from traceability.model import CapturedEvent, Flag
from traceability.ports import EventRepository
from traceability.recorded import may_have
from traceability.strict_json import WHOLE

TRANSFORMATION = "TransformationEvent"
LIVING = "/8004/"
"""In the URI of a living animal: it can be slaughtered once, while a carcass or a lot is used up bit by bit."""
MOVEMENTS = frozenset({
    "accepting", "arriving", "departing", "entering_exiting", "loading", "receiving", "shipping", "transporting",
    "unloading",
})  # fmt: skip
ENDS = frozenset({"decommissioning", "destroying"})
DISPOSAL = frozenset({"destroyed", "disposed"})
"""A dead animal is fetched and carried to harmless disposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """An event with its body, as far as one thing's history needs it."""

    event: CapturedEvent
    body: Mapping[str, Any]
    made: frozenset[str]
    consumed: frozenset[str]
    present: frozenset[str]

    @property
    def step(self) -> str:
        return bare_word(str(self.body.get("bizStep", "")), "bizStep")


class _Known:
    """What is kept and what came before, by id and by the things it names; read once for all events of a capture."""

    def __init__(self, coming: Sequence[CapturedEvent], repository: EventRepository) -> None:
        ids = {event.event_id for event in coming}
        corrections = {str(each) for event in coming for each in _correction_ids(event)}
        kept = repository.with_ids(ids | corrections)
        self.ids = ids | {event.event_id for event in kept}
        self.by_id: dict[str, list[CapturedEvent]] = {}
        for event in kept:
            self.by_id.setdefault(event.event_id, []).append(event)
        self.by_thing: dict[str, list[_Told]] = {}
        # A day's sensor summary ends and begins no life, and an animal has hundreds of them.
        named = {epc for event in coming if event.biz_step != SENSOR_REPORTING for epc in event.epcs}
        epcs = named | {canonical_uri(epc) for epc in named}
        about = repository.about(epcs, besides=SENSOR_REPORTING) if epcs else ()
        self.voided = {event.event_id for event in (*about, *kept, *coming) if _declares_error(event)}
        for event in about:
            self._add_life(_told(event))

    def add(self, told: _Told) -> None:
        """The event is known to those after it."""
        self.by_id.setdefault(told.event.event_id, []).append(told.event)
        self._add_life(told)

    def beside(self, told: _Told) -> list[_Told]:
        """Other events that name the same things, without those declared in error."""
        things = told.made | told.consumed | told.present
        found = {id(each): each for thing in things for each in self.by_thing.get(thing, ())}
        return [each for each in found.values() if each.event.event_id != told.event.event_id]

    def _add_life(self, told: _Told) -> None:
        if told.event.event_id not in self.voided:
            for thing in told.made | told.consumed | told.present:
                self.by_thing.setdefault(thing, []).append(told)


def with_history(events: Sequence[CapturedEvent], repository: EventRepository) -> list[CapturedEvent]:
    """The events with the flags they get beside what is kept already and beside those before them in the list."""
    known = _Known(events, repository)
    flagged: list[CapturedEvent] = []
    for event in events:
        told = _told(event)
        found = (*_shared_id(told, known), *_life(told, known), *_missing_corrections(told, known))
        flagged.append(replace(event, flags=event.flags + found) if found else event)
        known.add(told)
    return flagged


def standing_flags(event: CapturedEvent, repository: EventRepository) -> tuple[Flag, ...]:
    """The event's flags that still hold: a corrective event that was missing may have come since."""
    return tuple(
        flag for flag in event.flags if flag.rule != "corrective_event_missing" or not repository.find(flag.detail)
    )


def _told(event: CapturedEvent) -> _Told:
    body = members(_body(event.document))
    transformation = event.event_type == TRANSFORMATION
    commissioned = (
        event.event_type == "ObjectEvent"
        and body.get("action") == "ADD"
        and bare_word(str(body.get("bizStep", "")), "bizStep") == "commissioning"
    )
    listed = frozenset(_uris(body, "epcList", "childEPCs"))
    return _Told(
        event=event,
        body=body,
        made=frozenset(_uris(body, "outputEPCList")) if transformation else listed if commissioned else frozenset(),
        consumed=frozenset(_uris(body, "inputEPCList")) if transformation else frozenset(),
        present=listed | frozenset(_uris(body, "inputEPCList")),
    )


def _body(document: str) -> object:
    try:
        return json.loads(document)
    except ValueError:
        return None


def _uris(body: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        yield from (canonical_uri(str(uri)) for uri in parts(body.get(name)))


def _declares_error(event: CapturedEvent) -> bool:
    return may_have(event.document, "errorDeclaration") and bool(members(_body(event.document)).get("errorDeclaration"))


def _correction_ids(event: CapturedEvent) -> list[object]:
    if not may_have(event.document, "correctiveEventIDs"):
        return []
    return parts(members(members(_body(event.document)).get("errorDeclaration")).get("correctiveEventIDs"))


def _shared_id(told: _Told, known: _Known) -> Iterator[Flag]:
    """The same eventID with another content; an error declaration rightly repeats both."""
    event = told.event
    for other in known.by_id.get(event.event_id, ()):
        if other.document != event.document and _hash(other) != _hash(event):
            yield Flag(rule="event_id_shared", path=f"{WHOLE}.eventID", detail=event.event_id)
            return


def _hash(event: CapturedEvent) -> str:
    body = members(_body(event.document))
    return event_hash(body) if "type" in body and "eventTime" in body else event.document


def _missing_corrections(told: _Told, known: _Known) -> Iterator[Flag]:
    for place, event_id in enumerate(_correction_ids(told.event)):
        if event_id not in known.ids:
            path = f"{WHOLE}.errorDeclaration.correctiveEventIDs[{place}]"
            yield Flag(rule="corrective_event_missing", path=path, detail=str(event_id))


def _life(told: _Told, known: _Known) -> Iterator[Flag]:
    if told.event.event_id in known.voided or told.event.biz_step == SENSOR_REPORTING:
        return
    others = known.beside(told)
    if others:
        yield from _made_twice(told, others)
        yield from _consumed_twice(told, others)
        yield from _too_early(told, others)
        yield from _after_its_end(told, others)


def _made_twice(told: _Told, others: Sequence[_Told]) -> Iterator[Flag]:
    for epc in sorted(told.made):
        if any(epc in each.made and not _one_transformation(told, each) for each in others):
            yield Flag(rule="came_to_be_twice", path=WHOLE, detail=epc)


def _consumed_twice(told: _Told, others: Sequence[_Told]) -> Iterator[Flag]:
    for epc in sorted(told.consumed):
        if LIVING in epc and any(epc in each.consumed and not _one_transformation(told, each) for each in others):
            yield Flag(rule="consumed_twice", path=f"{WHOLE}.inputEPCList", detail=epc)


def _one_transformation(one: _Told, other: _Told) -> bool:
    """One transformation may be told in several events that share its transformationID."""
    name = one.body.get("transformationID")
    return name is not None and name == other.body.get("transformationID")


def _too_early(told: _Told, others: Sequence[_Told]) -> Iterator[Flag]:
    """Used before it was made, whichever of the two was captured later."""
    when = told.event.event_time
    for epc in sorted(told.present - told.made):
        made = [each.event.event_time for each in others if epc in each.made]
        if made and when < min(made):
            yield Flag(rule="before_it_existed", path=WHOLE, detail=f"{epc} came to be {_iso(min(made))}")
    for epc in sorted(told.made):
        used = [each.event.event_time for each in others if epc in each.present - each.made]
        if used and min(used) < when:
            yield Flag(rule="before_it_existed", path=WHOLE, detail=f"{epc} was used {_iso(min(used))}")


def _after_its_end(told: _Told, others: Sequence[_Told]) -> Iterator[Flag]:
    if told.step in MOVEMENTS and bare_word(str(told.body.get("disposition", "")), "disposition") not in DISPOSAL:
        for epc in sorted(told.present):
            ends = [each.event.event_time for each in others if _ends(each, epc)]
            if ends and told.event.event_time > min(ends):
                yield Flag(rule="after_its_end", path=WHOLE, detail=f"{epc} ended {_iso(min(ends))}")
    for epc in sorted(told.present | told.consumed):
        if _ends(told, epc):
            moved = [
                each.event.event_time
                for each in others
                if epc in each.present and each.step in MOVEMENTS and each.event.event_time > told.event.event_time
            ]
            if moved:
                yield Flag(rule="after_its_end", path=WHOLE, detail=f"{epc} was moved {_iso(min(moved))}")


def _ends(told: _Told, epc: str) -> bool:
    """Whether a living animal is slaughtered by it, or anything destroyed."""
    if epc in told.consumed and LIVING in epc:
        return True
    return epc in told.present and (told.step in ENDS or _is_deleted(told))


def _is_deleted(told: _Told) -> bool:
    return told.event.event_type == "ObjectEvent" and told.body.get("action") == "DELETE"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
