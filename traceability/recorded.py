"""Captured events opened for reading: their JSON once, and what is asked of it without trusting its shape."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import msgspec

from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gln
from traceability.model import CapturedEvent

Body = Mapping[str, Any]
TRANSFORMATION = "TransformationEvent"
CBV_MASTER_DATA = "urn:epcglobal:cbv:mda:"
BEYOND_REASON = 10**15
"""No weight, distance or count of one animal comes near it; JSON has numbers that no float holds."""
_DECODER = msgspec.json.Decoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """A captured event with its body; `day` is its local day, by the offset it was sent with."""

    captured: CapturedEvent
    body: Body
    day: date

    @property
    def recorded_after(self) -> timedelta:
        """How long after it happened it was recorded."""
        return self.captured.record_time - self.captured.event_time

    @property
    def ilmd(self) -> Body:
        """The master data of what came to be; empty where there is none."""
        return mapping(self.body, "ilmd")

    @property
    def place(self) -> Gln | None:
        """The location it happened at, where that is a GLN."""
        for name in ("bizLocation", "readPoint"):
            gln = gln_of(text(mapping(self.body, name), "id"))
            if gln is not None:
                return gln
        return None

    @property
    def dispositions(self) -> frozenset[str]:
        """Every condition it gives to what it names."""
        lasting = mapping(self.body, "persistentDisposition").get("set")
        found = [self.body.get("disposition"), *(lasting if isinstance(lasting, list) else ())]
        return frozenset(str(value).rpartition("/")[2] for value in found if value)

    def names(self, member: str) -> frozenset[str]:
        """The EPCs in that member (inputEPCList and the like)."""
        value = self.body.get(member)
        return frozenset(str(epc) for epc in value) if isinstance(value, list) else frozenset()

    def reports(self) -> Iterator[Body]:
        """Every sensor report."""
        for element in mappings(self.body.get("sensorElementList")):
            yield from mappings(element.get("sensorReport"))

    def mass_kg(self) -> float | None:
        """The first mass in kilograms that was sensed."""
        for report in self.reports():
            if report.get("type") == "Mass" and report.get("uom") == "KGM":
                return number(report, "value")
        return None


def opened(events: Iterable[CapturedEvent]) -> list[RecordedEvent]:
    """The events with their bodies, those declared in error left out, together with their declarations."""
    recorded = [read_event(event) for event in events]
    voided = {event.captured.event_id for event in recorded if event.body.get("errorDeclaration")}
    return [event for event in recorded if event.captured.event_id not in voided]


def in_order(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """The events by event time; those of the same moment as they were recorded."""
    return sorted(events, key=_moment)


def _moment(event: RecordedEvent) -> tuple[datetime, datetime, str]:
    return event.captured.event_time, event.captured.record_time, event.captured.event_id


def text(body: Body, name: str) -> str:
    """The text under that name; "" where there is none."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def number(body: Body, name: str) -> float | None:
    """The number under that name; None also for one beyond reason, of which sums and pictures would fail."""
    value = body.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) >= BEYOND_REASON:
        return None
    return float(value)


def whole(body: Body, name: str) -> int:
    """The count under that name; 0 where there is none."""
    value = number(body, name)
    return int(value) if value is not None and value > 0 else 0


def day(body: Body, name: str) -> date | None:
    """The calendar day under that name, of a date or a date-time."""
    try:
        return date.fromisoformat(text(body, name)[:10])
    except ValueError:
        return None


def days_later(on: date, days: int) -> date:
    """The day so many days after it; the last that a calendar has where that would be behind it."""
    return on + timedelta(days=min(days, (date.max - on).days))


def mapping(body: Body, name: str) -> Body:
    """The object under that name; empty where there is none."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def master_data(event: RecordedEvent, name: str) -> str:
    """The attribute of that name in CBV's vocabulary of master data; "" where the event has none."""
    return text(event.ilmd, f"cbvmda:{name}") or text(event.ilmd, CBV_MASTER_DATA + name)


def mappings(value: object) -> Sequence[Body]:
    """The objects of a list; none where it is none."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def may_have(document: str, member: str) -> bool:
    """Whether JSON text can have a member of that name, maybe spelled in escapes; where not, it need not be read."""
    return f'"{member}"' in document or "\\u" in document


def read_event(event: CapturedEvent) -> RecordedEvent:
    """The event with its body, whether it is declared in error or not."""
    body: Body = _DECODER.decode(event.document)
    return RecordedEvent(captured=event, body=body, day=_local(event.event_time, body).date())


def _local(moment: datetime, body: Body) -> datetime:
    sign, hours, minutes = (offset := text(body, "eventTimeZoneOffset"))[:1], offset[1:3], offset[4:6]
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return moment.astimezone(timezone(-shift if sign == "-" else shift))


@lru_cache(maxsize=4096)
def gln_of(uri: str) -> Gln | None:
    """The location's number that a Digital Link names; None where it names none."""
    if "/414/" not in uri:
        return None
    try:
        link = DigitalLink.parse(uri)
    except DigitalLinkError:
        return None
    return Gln.parse(link.key) if link.key_ai == Gln.ai else None
