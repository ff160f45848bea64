"""What came of each thing, by brute force: every path of a small graph, one after the other, straight from the events.

Written from the words of the trace graph alone, and knows neither its links nor SQL.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ALWAYS = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
UNSURE = {"line_sequence", "by_hand"}
Event = dict[str, Any]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class At:
    """A path has come to a thing.

    during: when what is traced was in it. itself: the thing came of what is traced. alone: nothing else is in it.
    """

    thing: str
    during: Span
    itself: bool
    alone: bool
    sure: bool


@dataclass(frozen=True)
class Kept:
    """So long was a thing in a box, or a tag on an animal.

    last: the tag is off, and only leads from the animal to the tag.
    """

    inner: str
    outer: str
    during: Span
    alone: bool
    sure: bool
    last: bool = False


class Oracle:
    """Sets of what is certainly and what is possibly forward of each thing."""

    def __init__(self, events: Iterable[Event]) -> None:
        events = sorted(events, key=moment)
        self.kept = [*boxed(events), *tagged(events)]
        self.transformations = transformations(events)

    def forward(self, start: str) -> tuple[set[str], set[str]]:
        """Certain and possible."""
        seen: set[At] = set()
        waiting = [At(start, ALWAYS, itself=True, alone=True, sure=True)]
        while waiting:
            at = waiting.pop()
            if at not in seen:
                seen.add(at)
                waiting.extend([*self.through_keeping(at), *self.through_making(at)])
        certain = {at.thing for at in seen if at.sure} - {start}
        return certain, {at.thing for at in seen} - certain - {start}

    def through_keeping(self, at: At) -> Iterator[At]:
        for kept in self.kept:
            both = (max(at.during[0], kept.during[0]), min(at.during[1], kept.during[1]))
            if kept.inner == at.thing and both[0] <= both[1]:
                yield At(kept.outer, both, itself=False, alone=at.alone and kept.alone, sure=at.sure and kept.sure)
            if kept.outer == at.thing and at.itself and not kept.last:
                lot = "/10/" in kept.inner
                yield At(kept.inner, ALWAYS, itself=True, alone=True, sure=at.sure and kept.sure and not lot)

    def through_making(self, at: At) -> Iterator[At]:
        for made in self.transformations:
            if at.itself:
                yield from self.within_lot(at, made)
            for event in made.events:
                if at.thing in consumed(event) and at.during[0] <= moment(event) <= at.during[1]:
                    lot = at.thing in quantities(event, "input")
                    in_all = at.alone or (made.one_thing and not lot)
                    yield from self.out_of(made, sure=at.sure and told_surely(event) and in_all)

    def within_lot(self, at: At, made: "Transformation") -> Iterator[At]:
        """Whoever starts from a lot means every pack that bears its number."""
        for event in made.events:
            for pack in event.get("outputEPCList", ()):
                if lot_of(pack, event) == at.thing:
                    yield At(pack, ALWAYS, itself=True, alone=True, sure=at.sure and told_surely(event))

    def out_of(self, made: "Transformation", *, sure: bool) -> Iterator[At]:
        for event in made.events:
            said = sure and told_surely(event)
            into_each = said and (len(made.inputs) <= 1 or made.one_thing)
            for thing in event.get("outputEPCList", ()):
                yield At(thing, ALWAYS, itself=True, alone=True, sure=into_each)
                lot = lot_of(thing, event)
                if lot is not None:
                    yield At(lot, ALWAYS, itself=False, alone=False, sure=said)
            for lot in quantities(event, "output"):
                makers = sum(lot in other.lots for other in self.transformations)
                yield At(lot, ALWAYS, itself=False, alone=True, sure=said and len(made.inputs) <= 1 and makers == 1)


class Transformation:
    """All events of one transformation."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.inputs = {name for event in events for name in consumed(event)}
        self.lots = {lot for event in events for lot in quantities(event, "output")}
        things = {thing for event in events for thing in event.get("outputEPCList", ())}
        self.one_thing = len(things) == 1 and not any(event.get("outputQuantityList") for event in events)


def transformations(events: list[Event]) -> list[Transformation]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if event["type"] == "TransformationEvent":
            found.setdefault(str(event.get("transformationID", event["eventID"])), []).append(event)
    return [Transformation(each) for each in found.values()]


def boxed(events: list[Event]) -> Iterator[Kept]:
    yield from kept_in([event for event in events if event["type"] == "AggregationEvent"], alone=False)


def tagged(events: list[Event]) -> Iterator[Kept]:
    """A tag on an animal; after it was taken off it may still stand for that animal, until another wears it."""
    worn = [
        Kept(kept.outer, kept.inner, kept.during, alone=True, sure=kept.sure)
        for kept in kept_in([event for event in events if event["type"] == "AssociationEvent"], alone=True)
    ]
    yield from worn
    for last in worn:
        off, others = last.during[1], [each.during for each in worn if each.outer == last.outer]
        if off < ALWAYS[1] and not any(begin <= off < end for begin, end in others):
            until = min((begin for begin, _ in others if begin > off), default=ALWAYS[1])
            yield Kept(last.inner, last.outer, (off, until), alone=True, sure=False, last=True)


def kept_in(events: list[Event], *, alone: bool) -> Iterator[Kept]:
    """Each time from an addition to the next removal, and from ever to a removal before any addition."""
    for place, event in enumerate(events):
        others = [other for other in events if other["parentID"] == event["parentID"]]
        for child in event.get("childEPCs", ()):
            about = [other for other in others if child in other.get("childEPCs", [child])]
            if event["action"] == "ADD":
                ends = [moment(each) for each in about if each["action"] == "DELETE" and moment(each) > moment(event)]
                during = (moment(event), min(ends, default=ALWAYS[1]))
                yield Kept(child, event["parentID"], during, alone=alone, sure=told_surely(event))
            elif not any(
                child in each.get("childEPCs", ()) and (each["action"] == "ADD" and moment(each) <= moment(event))
                for each in about
            ):
                named = [each for each in events[:place] if each in about and each.get("childEPCs")]
                if not any(each["action"] == "DELETE" and moment(each) < moment(event) for each in named):
                    during = (ALWAYS[0], moment(event))
                    yield Kept(child, event["parentID"], during, alone=alone, sure=told_surely(event))


def moment(event: Event) -> datetime:
    return datetime.fromisoformat(event["eventTime"])


def told_surely(event: Event) -> bool:
    return event.get("tt:linkMethod") not in UNSURE


def quantities(event: Event, role: str) -> set[str]:
    """Lots; a trade item without one is no thing to follow."""
    return {each["epcClass"] for each in event.get(f"{role}QuantityList", ()) if "/10/" in each["epcClass"]}


def consumed(event: Event) -> set[str]:
    return {*event.get("inputEPCList", ()), *quantities(event, "input")}


def lot_of(thing: str, event: Event) -> str | None:
    lot = event.get("ilmd", {}).get("cbvmda:lotNumber")
    return f"{thing.partition('/21/')[0]}/10/{lot}" if lot and "/01/" in thing else None
