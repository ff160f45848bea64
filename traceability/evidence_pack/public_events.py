"""Events as anyone may read them: members by a table of what may be public, farms' places without their number.

What is left out is named in `tt:withheld`, and `tt:commitment` binds the operator to the whole record: it is a keyed
digest (HMAC-SHA256) of the event as captured, which an inspector has recomputed by whoever holds the key. A plain
digest would not do: a location number has few digits, and could be found by trying them all.
"""

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from traceability.context import CONTEXT, NAMESPACE
from traceability.epcis.event_terms import prefixes_of
from traceability.model import PublicPlace
from traceability.passport import Passport
from traceability.recorded import BEYOND_REASON, Body, RecordedEvent, mapping, mappings

EPC_LISTS: Mapping[str, str] = {
    "epcList": "quantityList",
    "childEPCs": "childQuantityList",
    "inputEPCList": "inputQuantityList",
    "outputEPCList": "outputQuantityList",
}
"""Lists of things, and the list in which things that stay unnamed are counted by their class."""
PLACES = ("readPoint", "bizLocation")
HANDLED = {"@context", "eventID", "recordTime", "ilmd", "sensorElementList", "parentID", *PLACES, *EPC_LISTS}
LONGEST_TEXT = 500
SAFE_INTEGER = 2**53 - 1
"""JSON's canonical form (RFC 8785) has no larger whole numbers."""
Commit = Callable[[str], str]
"""The keyed digest of an event's document."""
Json = dict[str, Any]


def public_document(passport: Passport, events: Iterable[RecordedEvent], commit: Commit) -> Json:
    """An EPCIS document of these events as anyone may read them; its date is that of the newest record."""
    told = [*events]
    newest = max((event.captured.record_time for event in told), default=passport.checked_at)
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": newest.isoformat(),
        "epcisBody": {"eventList": [*public_events(passport, told, commit)]},
    }


def public_events(passport: Passport, events: Iterable[RecordedEvent], commit: Commit) -> Iterator[Json]:
    """Each event as anyone may read it: of things, only those that the pack came of are named."""
    things = ancestors_of(passport)
    for event in events:
        yield _public(event, things, passport.places, commit)


def ancestors_of(passport: Passport) -> frozenset[str]:
    """The pack and what it came of; sibling packs are not among them, as whoever knows a serial could print it."""
    item = passport.link.epc_uri
    things, found = {item}, {item}
    steps = [event for event in passport.records if event.captured.event_type == "TransformationEvent"]
    while found:
        found = {
            source
            for step in steps
            if step.names("outputEPCList") & found
            for source in step.names("inputEPCList") - things
        }
        things |= found
    return frozenset(things)


def _public(event: RecordedEvent, things: Collection[str], places: Mapping[str, PublicPlace], commit: Commit) -> Json:
    body, withheld = event.body, list[str]()
    ours = prefixes_of(body.get("@context")).get("tt") == NAMESPACE
    shown: Json = {
        "eventID": event.captured.event_id,
        **_chosen(body, "event", ours=ours),
        "recordTime": event.captured.record_time.isoformat(),
    }
    withheld.extend(sorted({"extension" if ":" in name else name for name in body.keys() - shown.keys() - HANDLED}))
    withheld.extend(_put_things(shown, event, things))
    withheld.extend(_put_place(shown, event, places))
    ilmd = _chosen(event.ilmd, "ilmd", ours=ours)
    if ilmd:
        shown["ilmd"] = ilmd
    elements = [*_elements(body, ours=ours)]
    if elements:
        shown["sensorElementList"] = elements
    if len(ilmd) < len(event.ilmd):
        withheld.append("ilmd")
    if withheld:
        shown |= {"tt:withheld": withheld, "tt:commitment": commit(event.captured.document)}
    return shown


def _put_things(shown: Json, event: RecordedEvent, things: Collection[str]) -> Iterator[str]:
    body = event.body
    parent = body.get("parentID")
    if isinstance(parent, str) and parent in things:
        shown["parentID"] = parent
    elif parent is not None:
        yield "parentID"
    for name, quantities in EPC_LISTS.items():
        listed = [epc for epc in body.get(name) or () if isinstance(epc, str)]
        # What is put on a pig, such as its tag, goes with the pig.
        named = [epc for epc in listed if epc in things or (name == "childEPCs" and "parentID" in shown)]
        if named:
            shown[name] = named
        if len(named) < len(listed):
            yield name
            counted = _by_class(epc for epc in listed if epc not in named)
            if counted:
                shown[quantities] = counted
        if body.get(quantities):
            yield quantities


def _by_class(epcs: Iterable[str]) -> list[Json]:
    """How many of which trade item, without their serials."""
    classes = Counter(epc.partition("/21/")[0].partition("/10/")[0] for epc in epcs if "/01/" in epc)
    return [{"epcClass": name, "quantity": count} for name, count in sorted(classes.items())]


def _put_place(shown: Json, event: RecordedEvent, places: Mapping[str, PublicPlace]) -> Iterator[str]:
    place = None if event.place is None else places.get(event.place)
    if place is not None and place.households == 0:
        for name in PLACES:
            if name in event.body:
                shown[name] = {"id": f"https://id.gs1.org/414/{place.gln}"}
        return
    yield from (name for name in PLACES if name in event.body)
    if place is not None:
        words = (place.county_zh, place.township, place.village, place.name)
        shown["tt:place"] = " ".join(word for word in words if word)


def _elements(body: Body, *, ours: bool) -> Iterator[Json]:
    for element in mappings(body.get("sensorElementList")):
        reports = [_chosen(report, "report", ours=ours) for report in mappings(element.get("sensorReport"))]
        metadata = _chosen(mapping(element, "sensorMetadata"), "metadata", ours=ours)
        if reports:
            yield {**({"sensorMetadata": metadata} if metadata else {}), "sensorReport": reports}


def _chosen(body: Body, place: str, *, ours: bool) -> Json:
    chosen = public_members()[place]
    return {
        name: _short(value)
        for name, value in body.items()
        if name in chosen and (ours or not name.startswith("tt:")) and _is_plain(name, value)
    }


def _is_plain(name: str, value: object) -> bool:
    return isinstance(value, str | int | float) or name == "persistentDisposition"


def _short(value: object) -> object:
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        return float(value) if abs(value) < BEYOND_REASON**2 else str(value)[:LONGEST_TEXT]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


@cache
def public_members() -> Mapping[str, frozenset[str]]:
    """What may be public of an event, its master data, its sensors and their reports."""
    table = files("traceability.evidence_pack").joinpath("public_members.csv").read_text(encoding="utf-8")
    rows: Sequence[Mapping[str, str]] = [*csv.DictReader(table.splitlines())]
    return {
        place: frozenset(row["member"] for row in rows if row["place"] == place)
        for place in {row["place"] for row in rows}
    }
