"""Captured events read into an archive: each under its item, in words, with whatever of our own it says."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from observations.identifiers import EarTagNumber
from traceability.archive.model import Archive, ArchivedAnimal, Detail, Entry, Keeper, Period
from traceability.archive.tables import OTHER, Step, items, members, steps
from traceability.context import NAMESPACE, SENSOR_REPORTING
from traceability.epcis.event_terms import bare_word, expanded_name, prefixes_of
from traceability.guard_evidence import own_members
from traceability.life import ear_tag
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, mapping, read_event, text

OWN = "tt:"
LONGEST_VALUE = 200
"""Characters of one value: a page must hold the archive of somebody who writes too much."""
SLAUGHTER, CERTIFICATE, WEIGHING = "slaughter", "quarantine_certificate", "weighing"
LABORATORY, CHECKS = "laboratory_testing", frozenset({"inspecting", "sampling"})
OF_A_CERTIFICATE = frozenset({"certificate", "certificateKind", "certificateNumber"})


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
    word, own = bare_word(event.captured.biz_step, "bizStep").rpartition("/")[2], own_members(event)
    if own.keys() & OF_A_CERTIFICATE:
        return CERTIFICATE
    if word not in CHECKS:
        return word
    if "test" in own:
        return LABORATORY
    if "inspection" in own:
        return f"{own['inspection']}_inspecting"
    return WEIGHING if event.mass_kg() is not None else word


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
    for name, value in _own_members(event):
        known = members().get(name)
        names_person = known is None or known.personal
        if (names_person and not personal) or name.endswith("En"):
            continue
        label = (name, name) if known is None else (known.zh, known.en)
        unit = "" if known is None else known.unit
        yield Detail(member=name, zh=label[0], en=label[1], value=value, unit=unit, personal=names_person)


def _own_members(event: RecordedEvent) -> Iterator[tuple[str, str]]:
    """Members of our own of the event and of what came to be, under the usual prefix whatever the event calls it."""
    prefixes = prefixes_of(event.body.get("@context"))
    mark = f"{{{NAMESPACE}}}"
    for body in (event.body, event.ilmd):
        for name, value in body.items():
            full = expanded_name(name, prefixes)
            if full.startswith(mark) and isinstance(value, str | int | float) and str(value).strip():
                yield OWN + full.removeprefix(mark), str(value).strip()[:LONGEST_VALUE]
