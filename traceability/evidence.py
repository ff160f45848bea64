"""What guards judge by: the events about one animal or lot."""

from collections.abc import Sequence
from dataclasses import dataclass

from traceability.context import NAMESPACE
from traceability.event_terms import expanded_name, prefixes_of
from traceability.model import CapturedEvent
from traceability.recorded import Body, RecordedEvent, mapping, read_event

LICENCE = "vetLicence"
SHORTEST_LICENCE = 4
_OF_A_VET = frozenset(
    f"{{{NAMESPACE}}}{name}"
    for name in ("medicine", "medicineEn", "vaccine", "vaccineEn", "lastDose", "withdrawalDays")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The events about one subject (canonical URI), oldest first, those declared in error left out.

    names: the subject and what stood for it or held it (its tag, a crate), by which events may name it.
    """

    subject: str
    names: frozenset[str]
    events: Sequence[RecordedEvent]


def evidence_of(subject: str, events: Sequence[CapturedEvent], names: frozenset[str] = frozenset()) -> Evidence:
    """The evidence in these captured events, which all name the subject or one of the names.

    A medicine once recorded counts until a veterinarian, by licence number, declares the record wrong: whoever could
    take it back without one could take back the withdrawal period.
    """
    told = [read_event(event) for event in events]
    declared: dict[str, bool] = {}
    for event in told:
        if event.body.get("errorDeclaration"):
            name = event.captured.event_id
            declared[name] = declared.get(name, False) or has_licence(event.body)
    standing = [event for event in told if not event.body.get("errorDeclaration") and not _is_void(event, declared)]
    ordered = sorted(standing, key=lambda event: event.captured.event_time)
    return Evidence(subject=subject, names=names | {subject}, events=ordered)


def has_licence(body: Body) -> bool:
    """Whether a veterinarian's licence number stands in the declaration."""
    declaration = mapping(body, "errorDeclaration")
    prefixes = prefixes_of(body.get("@context"))
    wanted = f"{{{NAMESPACE}}}{LICENCE}"
    licences = [str(value) for name, value in declaration.items() if expanded_name(name, prefixes) == wanted]
    return any(len(licence.strip()) >= SHORTEST_LICENCE for licence in licences)


def _is_void(event: RecordedEvent, declared: dict[str, bool]) -> bool:
    by_a_vet = declared.get(event.captured.event_id)
    if by_a_vet is None:
        return False
    return by_a_vet or not is_of_a_vet(event.body)


def is_of_a_vet(body: Body) -> bool:
    """Whether the event tells of a medicine or a vaccine."""
    prefixes = prefixes_of(body.get("@context"))
    return any(expanded_name(name, prefixes) in _OF_A_VET for name in body)
