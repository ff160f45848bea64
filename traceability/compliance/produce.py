"""Fresh produce that left its farm without a certificate, lot by lot.

A lot is fresh where it was harvested; what washing, starch-making and noodle-making make of it is a lot of its own.
What became something else away from its farm had left it, whether or not anybody recorded the journey.
"""

import csv
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from traceability.balance.masses import quantities_kg
from traceability.compliance.tables import in_force_since
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import step_of
from traceability.lineage import TRANSFORMATION
from traceability.recorded import RecordedEvent, text
from traceability.trace_members import lots_in

HARVESTED = frozenset({"commissioning", "creating_class_instance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UncoveredLot:
    """A lot of fresh produce that left its farm and that no certificate names.

    kg: of what left first, None where it is not told. by: the eventID of what tells it. mandatory: whoever sold it had
    to give one.
    """

    lot: str
    farm: str
    left_on: date
    kg: float | None
    by: str
    mandatory: bool


def harvested_lots(events: Iterable[RecordedEvent]) -> frozenset[str]:
    """The class URIs of the lots that these events say were harvested."""
    return frozenset(lot for event in events if _is_harvest(event) for lot in lots_in(event, ""))


def uncovered_lots(
    lots: Collection[str],
    events: Iterable[RecordedEvent],
    covering: Mapping[str, Sequence[str]],
    *,
    farm: str,
    gln: str,
    zone: ZoneInfo,
    mandatory: Callable[[date], bool],
) -> list[UncoveredLot]:
    """Those of a farm's lots that left it since certificates are asked for and stand in none, by day.

    events: those about the lots. covering: by the lot's URI, the certificates that name it. gln, zone: of the farm.
    """
    found: dict[str, UncoveredLot] = {}
    for event in sorted(events, key=lambda each: each.captured.event_time):
        role = _leaving(event, gln)
        left_on = event.captured.event_time.astimezone(zone).date()
        if role is None or left_on < in_force_since():
            continue
        masses = quantities_kg(event, role)
        for lot in set(lots_in(event, role)) & set(lots) - found.keys():
            if not covering.get(lot):
                found[lot] = UncoveredLot(
                    lot=lot,
                    farm=farm,
                    left_on=left_on,
                    kg=masses.get(lot),
                    by=event.captured.event_id,
                    mandatory=mandatory(left_on),
                )
    return sorted(found.values(), key=lambda each: (each.left_on, each.lot))


@cache
def leaving_steps() -> frozenset[str]:
    """The business steps with which produce leaves its farm, by the last word of their names."""
    rows = files("traceability.compliance").joinpath("produce_sales.csv").read_text(encoding="utf-8").splitlines()
    return frozenset(row["step"] for row in csv.DictReader(rows))


def _is_harvest(event: RecordedEvent) -> bool:
    return (
        event.captured.event_type == "ObjectEvent"
        and text(event.body, "action") == "ADD"
        and step_of(event) in HARVESTED
    )


def _leaving(event: RecordedEvent, gln: str) -> str | None:
    """The list of the event in which that stands which left the farm; None where nothing did."""
    if event.captured.event_type == TRANSFORMATION:
        return "input" if event.place is not None and str(event.place) != gln else None
    if canonical_uri(step_of(event)).rpartition("/")[2] in leaving_steps():
        return ""
    return None
