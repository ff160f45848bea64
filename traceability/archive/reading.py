"""Captured events read into an archive: each under its item, in words, with whatever of our own it says."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from observations.identifiers import EarTagNumber
from traceability.archive.model import Archive, ArchivedAnimal, Detail, Entry, Keeper, Period
from traceability.archive.tables import OTHER, Step, items, members, steps
from traceability.context import SENSOR_REPORTING
from traceability.event_terms import bare_word
from traceability.life import ear_tag
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, mapping, read_event, text

OWN = "tt:"
LONGEST_VALUE = 200
"""Characters of one value: a page must hold the archive of somebody who writes too much."""
DEVICE_ENDS = frozenset({"installing", "removing"})
SLAUGHTER, CERTIFICATE, WEIGHING = "slaughter", "quarantine_certificate", "weighing"


def archive_of(
    events: Iterable[CapturedEvent],
    *,
    keeper: Keeper,
    period: Period,
    animals: Sequence[ArchivedAnimal],
    animal: EarTagNumber | None = None,
    sensor_days: int = 0,
    personal: bool,
) -> Archive:
    """The archive that these events tell of these animals and of their farm.

    animal: the archive of this one alone. personal: names of persons may be in it; members that the tables do not
    know count as personal, because anything may stand there.
    """
    zone = ZoneInfo(keeper.timezone)
    numbers = frozenset(each.number for each in animals)
    wrong = _declared_wrong(recorded := [read_event(event) for event in events])
    found: dict[str, list[Entry]] = {item: [] for item in items()}
    for event in recorded:
        day = event.captured.event_time.astimezone(zone).date()
        if event.captured.biz_step == SENSOR_REPORTING or event.body.get("errorDeclaration") or not period.holds(day):
            continue
        reason = wrong.get(event.captured.event_id, "")
        entry = _entry(event, day, numbers, own_gln=keeper.gln, wrong=reason, personal=personal)
        found.setdefault(entry.item, []).append(entry)
    return Archive(
        keeper=keeper,
        period=period,
        animal=animal,
        animals=tuple(each for each in animals if each.there_in(period)),
        entries={
            item: tuple(sorted(entries, key=lambda each: (each.event.captured.event_time, each.event_id)))
            for item, entries in found.items()
        },
        sensor_days=sensor_days,
    )


def step_of(event: RecordedEvent) -> str:
    """What the event is to the archive, as a step of `steps.csv` is called."""
    if event.captured.event_type == TRANSFORMATION:
        return SLAUGHTER if any(ear_tag(epc) for epc in event.names("inputEPCList")) else ""
    if text(event.body, "tt:certificate"):
        return CERTIFICATE
    word = bare_word(event.captured.biz_step, "bizStep").rpartition("/")[2]
    if word == "inspecting" and event.mass_kg() is not None:
        return WEIGHING
    return word


def _declared_wrong(events: Iterable[RecordedEvent]) -> dict[str, str]:
    """The reason of each error declaration by the id of the event that it repeats."""
    found = {}
    for event in events:
        declaration = mapping(event.body, "errorDeclaration")
        if declaration:
            found[event.captured.event_id] = text(declaration, "reason") or "declared in error"
    return found


def _entry(
    event: RecordedEvent,
    day: date,
    animals: Collection[EarTagNumber],
    *,
    own_gln: str,
    wrong: str,
    personal: bool,
) -> Entry:
    word = step_of(event)
    step = steps().get(word) or Step(item=OTHER, zh=word or event.captured.event_type, en=event.captured.event_type)
    named = (ear_tag(epc) for epc in event.captured.epcs)
    return Entry(
        item=step.item,
        day=day,
        zh=step.zh,
        en=step.en,
        animals=tuple(dict.fromkeys(tag for tag in named if tag is not None and tag in animals)),
        details=tuple(_details(event, own_gln, personal=personal)),
        event=event,
        declared_wrong=wrong,
    )


def _details(event: RecordedEvent, own_gln: str, *, personal: bool) -> Iterator[Detail]:
    kg = event.mass_kg()
    if kg is not None:
        yield Detail(member="weight", zh="体重", en="weight", value=f"{kg:g}", unit="kg", personal=False)
    place = text(mapping(event.body, "bizLocation"), "id")
    gln = place.rpartition("/")[2]
    if "/414/" in place and gln != own_gln:
        yield Detail(member="bizLocation", zh="地点", en="place (GLN)", value=gln, unit="", personal=False)
    for name, value in _own_members(event.body, event.ilmd):
        known = members().get(name)
        names_person = known is None or known.personal
        if (names_person and not personal) or name.endswith("En"):
            continue
        label = (name, name) if known is None else (known.zh, known.en)
        unit = "" if known is None else known.unit
        yield Detail(member=name, zh=label[0], en=label[1], value=value, unit=unit, personal=names_person)


def _own_members(*bodies: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for body in bodies:
        for name, value in body.items():
            if name.startswith(OWN) and isinstance(value, str | int | float) and str(value).strip():
                yield name, str(value).strip()[:LONGEST_VALUE]
