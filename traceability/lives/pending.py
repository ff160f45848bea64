"""Events that are not captured yet, seen beside those that are: rows of a file are judged with the rows before them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from traceability.epcis.event_terms import plain_text
from traceability.evidence import Evidence, evidence_of
from traceability.facilities import Facility
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import is_pig, own_members, things_in
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.ports import GuardBook
from traceability.recorded import read_event


class PendingGuards:
    """A GuardBook over another, to which events can be added that it does not know."""

    def __init__(self, book: GuardBook) -> None:
        self._book = book
        self._by_name: dict[str, list[CapturedEvent]] = {}
        self._sources: dict[str, set[str]] = {}
        self._on_certificate: dict[str, set[str]] = {}

    def add(self, events: Sequence[CapturedEvent]) -> None:
        """The events are known from now on."""
        for event in events:
            names = {canonical_uri(epc) for epc in event.epcs}
            for name in names:
                self._by_name.setdefault(name, []).append(event)
            told = read_event(event)
            if event.event_type == TRANSFORMATION:
                outputs = things_in(told, "outputEPCList")
                for output in outputs:
                    self._sources.setdefault(output, set()).update(names - outputs)
            number = own_members(told).get("certificateNumber")
            if number is not None:
                self._on_certificate.setdefault(plain_text(number), set()).update(filter(is_pig, names))

    def about(self, names: Collection[str]) -> list[CapturedEvent]:
        """The added events that name one of these, in the order they were added, each once."""
        found = {id(event): event for name in names for event in self._by_name.get(canonical_uri(name), ())}
        return list(found.values())

    def with_sources(self, names: Collection[str]) -> set[str]:
        """These things and whatever the added events made them of."""
        found, frontier = set(names), set(names)
        while frontier:
            frontier = {source for name in frontier for source in self._sources.get(name, ())} - found
            found |= frontier
        return found

    def evidence(self, subjects: Collection[str]) -> Mapping[str, Evidence]:
        """Of each subject every event about it, the added ones among them."""
        kept = self._book.evidence(subjects)
        return {subject: self._with_added(told) for subject, told in kept.items()}

    def _with_added(self, kept: Evidence) -> Evidence:
        told = evidence_of(
            kept.subject, [*(event.captured for event in kept.events), *self.about(kept.names)], kept.names
        )
        standing = frozenset(event.captured.event_id for event in told.events)
        return replace(told, disputed=told.disputed | (kept.disputed & standing))

    def facility(self, gln: str) -> Facility | None:
        """The slaughterhouse or packing house of that GLN."""
        return self._book.facility(gln)

    def zone(self, gln: str) -> str | None:
        """The IANA time zone of the farm or facility of that GLN."""
        return self._book.zone(gln)

    def animals_in(self, things: Collection[str], *, at: datetime | None) -> frozenset[str]:
        """The pigs that these things held or stood for then, by what is captured."""
        return self._book.animals_in(things, at=at)

    def on_certificate(self, number: str) -> frozenset[str]:
        """The animals that certificates of that number name, added ones among them."""
        return self._book.on_certificate(number) | self._on_certificate.get(plain_text(number), set())
