"""A record of a life as EPCIS events: its fields read, then written where `event_fields.csv` says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from traceability.certificates import certificate_kinds
from traceability.context import CONTEXT, offset_text
from traceability.epcis.identifiers import is_class
from traceability.gs1.keys import Gln, Gtin, sgtin_uri
from traceability.gs1.rules import Rule
from traceability.guard_evidence import location_of
from traceability.lives.kinds import EventKind, Shape, event_fields, event_kinds, fields_of
from traceability.lives.values import Problem, Thing, Values, is_empty, read_value
from traceability.minting import MintedKeys
from traceability.ports import GuardBook

KIND = "kind"
REQUIRED = Rule("is required for this kind of record", "这类记录必须填写")
UNKNOWN_PLACE = Rule(
    "no farm, slaughterhouse or packing house of that GLN is registered", "这个 GLN 没有登记为栏舍、屠宰场或车间"
)
RESULTS = {"pass": ("conformant", "合格"), "fail": ("non_conformant", "不合格")}
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A record that was read: its kind and the values of its fields, or what is wrong with it."""

    kind: EventKind | None
    values: Values
    problems: tuple[Problem, ...]

    @property
    def place(self) -> Gln | None:
        """Where it happened."""
        found: Gln | None = self.values.get("place")
        return found

    @property
    def animals(self) -> list[str]:
        """The canonical URIs of the animals it is about."""
        return [*self.values.get("animals", ())]

    @property
    def things(self) -> list[Thing]:
        """The items and lots it is about."""
        return [*self.values.get("things", ()), *self.values.get("lots", ())]


def read_record(record: Mapping[str, object], book: GuardBook, keys: MintedKeys) -> Read:
    """The record's values, each problem of each field told at once; fields left empty are as if they were not there."""
    written = {name: raw for name, raw in record.items() if not is_empty(raw)}
    kind = _kind(str(written.pop(KIND, "")))
    if kind is None:
        rule = Rule(f"one of {', '.join(event_kinds())} is expected", "没有这种记录")
        return Read(kind=None, values={}, problems=(Problem(field=KIND, rule=rule),))
    place = location_of(str(written.get("place", "")))
    zone = None if place is None else book.zone(place)
    problems: list[Problem] = []
    if place is not None and zone is None:
        problems.append(Problem(field="place", rule=UNKNOWN_PLACE))
    values: dict[str, Any] = dict(kind.constants)
    for field in fields_of(kind.kind):
        if field.field in written:
            value = read_value(field, written[field.field], ZoneInfo(zone or "UTC"), keys)
            if isinstance(value, Problem):
                problems.append(value)
            else:
                values[field.field] = value
        elif field.is_required_of(kind.kind):
            problems.append(Problem(field=field.field, rule=REQUIRED))
    problems += _superfluous(written, kind)
    problems += _shape_problems(kind, values) if not problems else ()
    return Read(kind=kind, values=values, problems=tuple(problems))


def events_of(kind: EventKind, values: Values) -> list[Document]:
    """The EPCIS events of a record without problems; a correction is made from the event that it is of."""
    builders = {
        Shape.OBSERVE: _observed,
        Shape.ADD: _observed,
        Shape.DELETE: _observed,
        Shape.WEAR: _worn,
        Shape.WEAR_AGAIN: _worn_again,
        Shape.SLAUGHTER: _slaughtered,
        Shape.TRANSFORM: _transformed,
    }
    return builders[kind.shape](kind, values)


def _kind(word: str) -> EventKind | None:
    """The kind of that code or that Chinese name."""
    return event_kinds().get(word.strip()) or next(
        (kind for kind in event_kinds().values() if kind.words.zh == word.strip()), None
    )


def _superfluous(written: Mapping[str, object], kind: EventKind) -> Iterator[Problem]:
    for name in written:
        field = event_fields().get(name)
        if field is None:
            yield Problem(field=name, rule=Rule("there is no such field", "没有这个字段"))
        elif not field.is_of(kind.kind):
            yield Problem(field=name, rule=Rule(f"{kind.kind} has no such field", f"“{kind.words.zh}”没有这个字段"))


def _shape_problems(kind: EventKind, values: Values) -> Iterator[Problem]:
    animals = values.get("animals", ())
    one = kind.shape in {Shape.WEAR, Shape.WEAR_AGAIN, Shape.SLAUGHTER} or "weight_kg" in values
    if one and len(animals) > 1:
        rule = Rule("one animal a record: each has its own tag, weight or carcass", "一条记录只写一头猪")
        yield Problem(field="animals", rule=rule)
    if kind.shape is not Shape.CORRECTION and not (animals or values.get("things") or values.get("lots")):
        yield Problem(field="animals", rule=Rule("animals or things are expected", "应写明是哪头猪或哪批货"))
    for field in ("last_dose", "last_spray"):
        if field in values and values[field] < values["time"].date():
            rule = Rule("the last use is before the first", "最后一次早于第一次")
            yield Problem(field=field, rule=rule)


def _base(kind: EventKind, values: Values, event_type: str, step: str = "") -> Document:
    at: datetime = values["time"]
    place = {"id": values["place"].uri}
    document: Document = {
        "@context": CONTEXT,
        "type": event_type,
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": offset_text(at),
        "bizStep": step or kind.step,
        "readPoint": place,
        "bizLocation": place,
    }
    return document | ({"disposition": kind.disposition} if kind.disposition else {})


def _observed(kind: EventKind, values: Values) -> list[Document]:
    action = {Shape.ADD: "ADD", Shape.DELETE: "DELETE"}.get(kind.shape, "OBSERVE")
    things = [*(Thing(uri=uri, kg=None) for uri in values.get("animals", ())), *_things(values)]
    listed = _listed("epcList", "quantityList", things)
    return [{**_base(kind, values, "ObjectEvent"), "action": action, **listed, **_members(kind, values)}]


def _worn(kind: EventKind, values: Values) -> list[Document]:
    return [_association(kind, values, "ADD", values["tag"], kind.step)]


def _worn_again(kind: EventKind, values: Values) -> list[Document]:
    """The old tag, where it is known, comes off and the new one on."""
    old = values.get("old_tag")
    off = [_association(kind, values, "DELETE", old, "removing")] if old else []
    return [*off, _association(kind, values, "ADD", values["tag"], kind.step)]


def _slaughtered(kind: EventKind, values: Values) -> list[Document]:
    (pig,) = values["animals"]
    carcass = sgtin_uri(values["product"], pig.rpartition("/")[2][-15:])
    killed = _base(kind, values, "TransformationEvent")
    killed |= {"inputEPCList": [pig], "outputEPCList": [carcass], **_members(kind, values)}
    collected = _association(kind, values, "DELETE", values["tag"], "removing")
    return [killed, {name: value for name, value in collected.items() if name != "disposition"}]


def _transformed(kind: EventKind, values: Values) -> list[Document]:
    product: Gtin = values["product"]
    serials: Sequence[str] = values.get("serials", ())
    if serials:
        outputs: Document = {"outputEPCList": [sgtin_uri(product, serial) for serial in serials]}
    else:
        lot = Thing(uri=lot_uri(product, values["lot"]), kg=values["total_weight_kg"])
        outputs = _listed("", "outputQuantityList", [lot])
    inputs = _listed("inputEPCList", "inputQuantityList", _things(values))
    return [{**_base(kind, values, "TransformationEvent"), **inputs, **outputs, **_members(kind, values)}]


def lot_uri(product: Gtin, lot: str) -> str:
    """The class URI of a lot of a trade item."""
    return f"{product.uri}/10/{sgtin_uri(product, lot).rpartition('/')[2]}"


def _association(kind: EventKind, values: Values, action: str, tag: str, step: str) -> Document:
    (animal,) = values["animals"]
    base = _base(kind, values, "AssociationEvent", step)
    reason = {"tt:reason": values["reason"]} if "reason" in values else {}
    return {**base, "action": action, "parentID": animal, "childEPCs": [tag], **reason}


def _things(values: Values) -> list[Thing]:
    return [*values.get("things", ()), *values.get("lots", ())]


def _listed(items: str, lots: str, things: Sequence[Thing]) -> Document:
    epcs = [thing.uri for thing in things if not is_class(thing.uri)]
    quantities = [
        {"epcClass": thing.uri, **({} if thing.kg is None else {"quantity": thing.kg, "uom": "KGM"})}
        for thing in things
        if is_class(thing.uri)
    ]
    return {**({items: epcs} if epcs else {}), **({lots: quantities} if quantities else {})}


def _members(kind: EventKind, values: Values) -> Document:
    """The members that the values of the record's fields become."""
    document: Document = {f"tt:{name}": value for name, value in kind.constants.items()}
    ilmd: Document = {}
    for field in fields_of(kind.kind):
        if field.field not in values or not field.member:
            continue
        value, member = values[field.field], field.member
        if member.startswith("ilmd "):
            name = member.removeprefix("ilmd ")
            ilmd[name if ":" in name else f"tt:{name}"] = _plain(value)
        else:
            document |= _member(kind, member, value)
    return document | ({"ilmd": ilmd} if ilmd else {})


def _member(kind: EventKind, member: str, value: Any) -> Document:  # noqa: ANN401 a value of any field
    if member == "mass":
        return {"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": value, "uom": "KGM"}]}]}
    if member == "result":
        disposition, words = RESULTS[value]
        return {"disposition": disposition, "tt:result": words}
    if member == "source":
        return {"sourceList": [{"type": "location", "source": value.uri}]}
    if member == "destination":
        to = {"destinationList": [{"type": "location", "destination": value.uri}]}
        return {"tt:destination": value.uri, **(to if kind.disposition == "in_transit" else {})}
    if member == "certificateKind":
        row = next(each for each in certificate_kinds() if each.kind == value)
        return {"tt:certificateKind": value, "tt:certificate": row.zh, "tt:certificateEn": row.en}
    return {f"tt:{member}": _plain(value)}


def _plain(value: Any) -> object:  # noqa: ANN401 a value of any field
    return value if isinstance(value, str | int | float) else value.isoformat()
