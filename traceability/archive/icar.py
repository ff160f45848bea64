"""The archive as ICAR ADE resources: animals, births, weights, treatments, arrivals, departures, deaths.

Source: ICAR Animal Data Exchange, JSON standard. What ICAR has no resource for is in the CSV and on paper only.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from observations.identifiers import EarTagNumber
from traceability.archive.model import Archive, ArchivedAnimal, Entry
from traceability.archive.reading import step_of
from traceability.gs1.keys import Gln
from traceability.recorded import RecordedEvent, day, number, text

Resource = dict[str, Any]
CONTEXT = "https://adewg.org"
SOURCE = "tiantou"
ANIMAL_SCHEME = "cn.livestock-identification.order-67-2006"
"""The 15 digits of the official ear tag; ICAR registers no scheme for China."""
LOCATION_SCHEME, BREED_SCHEME, BATCH = "org.gs1.gln", "cn.breed-name", "tt:batch"
SPECIES = {"pig": "Pig", "cattle": "Cattle", "sheep": "Sheep"}
TREATMENTS = frozenset({"treating", "vaccinating"})
BIRTHS = frozenset({"commissioning", "birth"})


def icar_document(archive: Archive, *, address: str) -> Resource:
    """A collection of every resource that the archive gives; address: the URI under which it is asked for."""
    members = [*icar_resources(archive)]
    return {
        "@context": CONTEXT,
        "@id": address,
        "@type": "Collection",
        "totalItems": len(members),
        "member": members,
    }


def icar_resources(archive: Archive) -> Iterator[Resource]:
    """The animals, then their events by time; a record that names several animals is one event of each."""
    by_number = {animal.number: animal for animal in archive.animals}
    zone = ZoneInfo(archive.keeper.timezone)
    for animal in archive.animals:
        yield _core(animal, archive, zone)
    for entry in archive.events:
        step = step_of(entry.event)
        for number_ in entry.animals:
            head = _head(entry, number_, archive.keeper.gln)
            yield from _events(step, entry.event, head, by_number.get(number_), zone)


def _events(
    step: str, event: RecordedEvent, head: Resource, animal: ArchivedAnimal | None, zone: ZoneInfo
) -> Iterator[Resource]:
    if step in BIRTHS and animal is not None and event.captured.event_type == "ObjectEvent":
        yield {**head, "resourceType": "icarMovementBirthEventResource", "registrationReason": "Born"}
    if step in TREATMENTS:
        yield _treatment(step, event, head, zone)
    if step in movements():
        yield _movement(step, event, head)
    kg = event.mass_kg()
    if kg is not None and kg >= 0:
        weight = {"measurement": kg, "units": "KGM"}
        yield {
            **head,
            "id": f"{head['id']}#weight",
            "resourceType": "icarWeightEventResource",
            "weight": weight,
        }


@cache
def movements() -> Mapping[str, Mapping[str, str]]:
    """What arrivals, departures and deaths are in ICAR's words, by step."""
    table = files("traceability.archive").joinpath("icar_movements.csv").read_text(encoding="utf-8")
    return {row["step"]: row for row in csv.DictReader(table.splitlines())}


def _core(animal: ArchivedAnimal, archive: Archive, zone: ZoneInfo) -> Resource:
    return {
        "resourceType": "icarAnimalCoreResource",
        "location": _location(archive.keeper.gln),
        "identifier": _animal(animal.number),
        "alternativeIdentifiers": [{"id": str(animal.giai), "scheme": "org.gs1.giai"}],
        "specie": SPECIES[animal.number.species],
        "gender": animal.sex,
        "birthDate": _moment(datetime.combine(animal.born_on, time(), zone)),
        "primaryBreed": {"id": animal.breed or "unknown", "scheme": BREED_SCHEME},
        "productionPurpose": "Meat",
        "status": animal.status,
    }


def _head(entry: Entry, animal: EarTagNumber, gln: str) -> Resource:
    captured = entry.event.captured
    return {
        "id": f"{captured.event_id}#{animal}",
        "meta": {"source": SOURCE, "sourceId": captured.event_id, "modified": _moment(captured.record_time)},
        "location": _location(entry.event.place or gln),
        "eventDateTime": _moment(captured.event_time),
        "animal": _animal(animal),
    }


def _treatment(step: str, event: RecordedEvent, head: Resource, zone: ZoneInfo) -> Resource:
    name = text(event.body, "tt:medicine") or text(event.body, "tt:vaccine") or text(event.body, "tt:medicineEn")
    found: Resource = {
        **head,
        "resourceType": "icarTreatmentEventResource",
        "procedure": "Vaccination" if step == "vaccinating" else "Treatment",
    }
    if name:
        found["medicine"] = {"name": name}
    if batch := text(event.body, BATCH):
        found["batches"] = [{"identifier": batch}]
    until = day(event.body, "tt:withdrawalUntil")
    if until is not None:
        end = _moment(datetime.combine(until, time(23, 59, 59), zone))
        found["withdrawals"] = [{"productType": "Meat", "endDate": end, "market": "CN"}]
    dose, unit = number(event.body, "tt:dose"), text(event.body, "tt:doseUnit")
    if dose is not None and unit in {"MLT", "LTR", "MGM", "GRM"}:
        found["dose"] = {"doseQuantity": dose, "doseUnits": unit}
    if reason := text(event.body, "tt:reason"):
        found["remark"] = reason
    return found


def _movement(step: str, event: RecordedEvent, head: Resource) -> Resource:
    row = movements()[step]
    words = {
        "departureKind": row["kind"],
        "departureReason": row["reason"] if row["kind"] else "",
        "arrivalReason": row["arrival"],
        "deathReason": row["reason"] if row["death"] else "",
        "deathMethod": row["death"],
        "disposalMethod": row["disposal"],
        "explanation": text(event.body, "tt:cause") if row["death"] else "",
    }
    return {**head, "resourceType": row["resource"], **{name: word for name, word in words.items() if word}}


def _animal(number_: EarTagNumber) -> Resource:
    return {"id": str(number_), "scheme": ANIMAL_SCHEME}


def _location(gln: str | Gln) -> Resource:
    return {"id": str(gln), "scheme": LOCATION_SCHEME}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
