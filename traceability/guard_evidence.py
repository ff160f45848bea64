"""What an event says that guards ask for, however it is written: things, places, days, members of our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from traceability.context import NAMESPACE
from traceability.epcis.event_terms import bare_word, expanded_name, members, parts, prefixes_of
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.life import ear_tag
from traceability.lineage import TRANSFORMATION
from traceability.recorded import RecordedEvent, gln_of, text

DESTINATION = "destination"
SLAUGHTER = "slaughter"


class ActKind(StrEnum):
    """What brings a living animal to slaughter."""

    SENDING = "sending"
    SLAUGHTER = "slaughter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A living animal is sent to slaughter, or slaughtered; `event` is the eventID, "" of what is only asked for.

    place: where it was done. destination: the slaughterhouse it goes to or is in.
    """

    kind: ActKind
    at: datetime
    day: date
    place: Gln | None
    destination: Gln | None
    event: str = ""


def own_members(event: RecordedEvent) -> Mapping[str, Any]:
    """The members of our own namespace by their bare names, whatever prefix the event gives it."""
    prefixes = prefixes_of(event.body.get("@context"))
    marked = {name: expanded_name(name, prefixes) for name in event.body}
    mark = f"{{{NAMESPACE}}}"
    return {full.removeprefix(mark): event.body[name] for name, full in marked.items() if full.startswith(mark)}


def step_of(event: RecordedEvent) -> str:
    """The business step as CBV's bare word, or the URI of another."""
    return bare_word(text(event.body, "bizStep"), "bizStep")


def things_in(event: RecordedEvent, member: str) -> frozenset[str]:
    """The EPCs in that member by canonical URI."""
    return frozenset(canonical_uri(name) for name in event.names(member))


def place_day(moment: datetime, zone: str | None, otherwise: date) -> date:
    """The local day of the moment in that IANA zone; `otherwise` where the zone is not known."""
    return otherwise if zone is None else moment.astimezone(ZoneInfo(zone)).date()


def destinations_of(event: RecordedEvent) -> list[Gln]:
    """Where the event says that things go, then where it happened."""
    own = own_members(event).get(DESTINATION)
    listed = [str(members(part).get("destination", "")) for part in parts(event.body.get("destinationList"))]
    found = [location_of(str(uri)) for uri in (*parts(own), *listed)]
    return [gln for gln in (*found, event.place) if gln is not None]


def location_of(written: str) -> Gln | None:
    """The location's number, written as 13 digits or as a URI in any form."""
    if Gln.broken_rule(written) is None:
        return Gln.parse(written)
    return gln_of(canonical_uri(written))


def is_pig(uri: str) -> bool:
    """Whether the canonical URI names a living pig by its official number."""
    number = ear_tag(uri)
    return number is not None and number.species == "pig"


def consumes(event: RecordedEvent, names: frozenset[str]) -> bool:
    """Whether one of these goes into a transformation: of an animal, its slaughter."""
    return event.captured.event_type == TRANSFORMATION and not names.isdisjoint(things_in(event, "inputEPCList"))
