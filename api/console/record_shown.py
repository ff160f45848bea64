"""Records read back from the events they became: for showing them, and for handing in the right one instead."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import unquote

from api.console.record_words import choice_words, unit_words
from api.console.words import Words
from traceability.balance.masses import gtin_of
from traceability.context import DEVICES
from traceability.epcis.identifiers import is_instance
from traceability.guard_evidence import location_of, step_of
from traceability.life import ear_tag
from traceability.lives.kinds import EventField, EventKind, Shape, event_kinds, fields_of
from traceability.lives.records import RESULTS
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, mappings, read_event, text

Told = Mapping[str, str]
TIME = "time"
MINUTES = "%Y-%m-%dT%H:%M"
"""How times stand in forms: local, to the minute."""
OUTPUTS = ("outputEPCList", "childEPCs")
"""Members with what came to be or what was worn; a record is about the other things that its event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """A field of a record in words."""

    words: Words
    value: Words


def told_by(kind: EventKind, events: Sequence[CapturedEvent], *, zone: tzinfo | None = None) -> Told:
    """The fields of the record that these events came of, as somebody would type them.

    zone: in which times are typed; without one they stand in the zone that the event names itself.
    """
    opened = [read_event(event) for event in events]
    if not opened:
        return {}
    told: dict[str, str] = {}
    for field in fields_of(kind.kind):
        found = next((value for event in opened if (value := _value(kind, field, event))), "")
        if found:
            told[field.field] = found
    if zone is not None and TIME in told:
        told[TIME] = opened[0].captured.event_time.astimezone(zone).strftime(MINUTES)
    return told


def shown_fields(kind: EventKind, told: Told) -> list[ShownField]:
    """What the record says, in the table's order."""
    shown = []
    for field in fields_of(kind.kind):
        value = told.get(field.field, "")
        if value:
            unit = unit_words(field.unit)
            said = choice_words(field, value) if field.type.startswith("choice") else Words(zh=value, en=value)
            if field.field == TIME:
                said = Words(zh=value.replace("T", " "), en=value.replace("T", " "))
            words = Words(zh=field.words.zh, en=field.words.en)
            shown.append(ShownField(words=words, value=Words(zh=f"{said.zh} {unit.zh}".strip(), en=said.en)))
    return shown


def kind_of_record(events: Sequence[CapturedEvent]) -> EventKind | None:
    """The one kind of record that such events come of; None where several are as likely, or none is."""
    found: list[tuple[int, EventKind]] = []
    for kind in event_kinds().values():
        if kind.shape is Shape.CORRECTION or not events or not any(_is_of(kind, read_event(event)) for event in events):
            continue
        told = told_by(kind, events)
        needed = [field.field for field in fields_of(kind.kind) if field.is_required_of(kind.kind)]
        if all(name in told for name in needed):
            found.append((len(needed) + len(kind.constants), kind))
    most = max((count for count, _ in found), default=0)
    likely = [kind for count, kind in found if count == most]
    return likely[0] if len(likely) == 1 else None


def is_declared_wrong(events: Sequence[CapturedEvent]) -> bool:
    """Whether one of these declares that the record was an error."""
    return any(read_event(event).body.get("errorDeclaration") for event in events)


def names_of(event: CapturedEvent) -> frozenset[str]:
    """What the record is about: the things its event names, without what came of them."""
    body = read_event(event)
    made = frozenset(name for member in OUTPUTS for name in body.names(member))
    made |= frozenset(lots_in(body, "outputQuantityList"))
    return frozenset(event.epcs) - made


def lots_in(event: RecordedEvent, member: str) -> list[str]:
    """The lots that the event lists there."""
    return [text(part, "epcClass") for part in mappings(event.body.get(member))]


def _is_of(kind: EventKind, event: RecordedEvent) -> bool:
    constants = all(event.body.get(f"tt:{name}") == value for name, value in kind.constants.items())
    action = {Shape.ADD: "ADD", Shape.DELETE: "DELETE"}.get(kind.shape)
    return step_of(event) == kind.step and constants and (action is None or event.body.get("action") == action)


def _value(kind: EventKind, field: EventField, event: RecordedEvent) -> str:
    """What the event says of the field; "" where it says nothing."""
    reader = _READERS.get(field.field)
    if reader is not None:
        return reader(event)
    if field.field in {"tag", "old_tag"}:
        return _tag(event, "DELETE" if field.field == "old_tag" or kind.shape is Shape.SLAUGHTER else "ADD")
    if field.member.startswith("ilmd "):
        name = field.member.removeprefix("ilmd ")
        return _text(event.ilmd.get(name if ":" in name else f"tt:{name}"))
    said = _text(event.body.get(f"tt:{field.member}")) if field.member else ""
    return _location(said) if field.type == "gln" else said


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _location(uri: str) -> str:
    found = location_of(uri) if uri else None
    return "" if found is None else str(found)


def _time(event: RecordedEvent) -> str:
    """The local time, by the offset that the event names beside it: the moment itself may be written in any other."""
    offset = datetime.strptime(text(event.body, "eventTimeZoneOffset"), "%z").tzinfo
    return event.captured.event_time.astimezone(offset).strftime(MINUTES)


def _origin(event: RecordedEvent) -> str:
    listed = mappings(event.body.get("sourceList"))
    return _location(text(listed[0], "source")) if listed else ""


def _names(event: RecordedEvent) -> list[str]:
    parent = text(event.body, "parentID")
    listed = [event.body.get(member) for member in ("epcList", "inputEPCList")]
    return [
        *([parent] if parent else ()),
        *(str(name) for part in listed if isinstance(part, list) for name in part),
    ]


def _animals(event: RecordedEvent) -> str:
    return " ".join(number for name in _names(event) if (number := ear_tag(name)) is not None)


def _things(event: RecordedEvent) -> str:
    lots = [part for member in ("quantityList", "inputQuantityList") for part in mappings(event.body.get(member))]
    told = [
        f"{text(lot, 'epcClass')}={_text(lot['quantity'])}" if "quantity" in lot else text(lot, "epcClass")
        for lot in lots
    ]
    return " ".join([*(name for name in _names(event) if ear_tag(name) is None), *told])


def _tag(event: RecordedEvent, action: str) -> str:
    if event.body.get("action") != action:
        return ""
    worn = next(iter(sorted(event.names("childEPCs"))), "")
    found = _DEVICE.search(worn)
    return unquote(worn.removeprefix(DEVICES) if found is None else found["device"])


def _outputs(event: RecordedEvent) -> list[str]:
    return [*sorted(event.names("outputEPCList")), *lots_in(event, "outputQuantityList")]


def _product(event: RecordedEvent) -> str:
    return gtin_of(next(iter(_outputs(event)), ""))


def _serials(event: RecordedEvent) -> str:
    return " ".join(unquote(uri.rpartition("/")[2]) for uri in _outputs(event) if is_instance(uri))


def _result(event: RecordedEvent) -> str:
    dispositions = {word: code for code, (word, _) in RESULTS.items()}
    return dispositions.get(text(event.body, "disposition"), "")


def _mass(event: RecordedEvent) -> str:
    return _text(event.mass_kg())


_DEVICE = re.compile(r"/8004/[0-9]{4,12}T(?P<device>[^/]+)$")
"""Of a device's key: see `traceability.context.device_uri`."""
_READERS: Mapping[str, Callable[[RecordedEvent], str]] = {
    "time": _time,
    "place": lambda event: "" if event.place is None else str(event.place),
    "animals": _animals,
    "things": _things,
    "lots": _things,
    "weight_kg": _mass,
    "result": _result,
    "origin": _origin,
    "product": _product,
    "serials": _serials,
}
