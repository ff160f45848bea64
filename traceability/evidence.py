"""What guards judge by: the events about one animal or lot."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from traceability.context import NAMESPACE
from traceability.epcis.event_terms import bare_word, expanded_name, prefixes_of
from traceability.model import CapturedEvent
from traceability.recorded import Body, RecordedEvent, mapping, read_event, text
from traceability.vet_licences import format_of

LICENCE = "vetLicence"
TRANSFORMATION, ASSOCIATION = "TransformationEvent", "AssociationEvent"
CHECKS = frozenset({"inspecting", "sampling"})
NOT_CONFORMANT = "non_conformant"
_OF_A_VET = frozenset(
    f"{{{NAMESPACE}}}{name}"
    for name in ("medicine", "medicineEn", "vaccine", "vaccineEn", "lastDose", "withdrawalDays")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The events about one subject (canonical URI), oldest first, those declared in error left out.

    names: the subject and what stood for it or held it (its tag, a crate), by which events may name it. disputed: the
    eventIDs of those that count although somebody, but no veterinarian, declared them wrong.
    """

    subject: str
    names: frozenset[str]
    events: Sequence[RecordedEvent]
    disputed: frozenset[str] = frozenset()


def evidence_of(subject: str, events: Sequence[CapturedEvent], names: frozenset[str] = frozenset()) -> Evidence:
    """The evidence in these captured events, which all name the subject or one of the names.

    What speaks against the subject counts until a veterinarian, by licence number, declares the record wrong: whoever
    could take a medicine or a slaughter back without one could take back what forbids it. What speaks for it, a tag or
    a certificate, is gone with anybody's declaration.
    """
    told = [read_event(event) for event in events]
    declared = declarations(told)
    counting = [event for event in standing(told) if event.captured.event_id not in declared or speaks_against(event)]
    ordered = sorted(counting, key=lambda event: event.captured.event_time)
    disputed = frozenset(event.captured.event_id for event in counting) & declared.keys()
    return Evidence(subject=subject, names=names | {subject}, events=ordered, disputed=disputed)


def declarations(events: Iterable[RecordedEvent]) -> dict[str, bool]:
    """Whether a veterinarian is among those who declared it wrong, by eventID, as far as these events tell."""
    found: dict[str, bool] = {}
    for event in events:
        if event.body.get("errorDeclaration"):
            name = event.captured.event_id
            found[name] = found.get(name, False) or has_licence(event.body)
    return found


def standing(events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
    """Those that no veterinarian declared wrong, as far as these events tell; what anybody else declared stands."""
    declared = declarations(events)
    kept = [event for event in events if not event.body.get("errorDeclaration")]
    return [event for event in kept if not declared.get(event.captured.event_id)]


def speaks_against(event: RecordedEvent) -> bool:
    """Whether it can be a reason to keep its animal from food: a medicine, a slaughter, a failure, a tag taken off."""
    kind, step = event.captured.event_type, bare_word(text(event.body, "bizStep"), "bizStep")
    if kind == TRANSFORMATION or (kind == ASSOCIATION and text(event.body, "action") == "DELETE"):
        return True
    if step in CHECKS and NOT_CONFORMANT in event.dispositions:
        return True
    return step.endswith("/treating") or is_of_a_vet(event.body)


def has_licence(body: Body) -> bool:
    """Whether what can be a veterinarian's licence number stands in the declaration."""
    declaration = mapping(body, "errorDeclaration")
    prefixes = prefixes_of(body.get("@context"))
    wanted = f"{{{NAMESPACE}}}{LICENCE}"
    licences = [str(value) for name, value in declaration.items() if expanded_name(name, prefixes) == wanted]
    return any(format_of(licence) is not None for licence in licences)


def is_of_a_vet(body: Body) -> bool:
    """Whether the event tells of a medicine or a vaccine."""
    prefixes = prefixes_of(body.get("@context"))
    return any(expanded_name(name, prefixes) in _OF_A_VET for name in body)
