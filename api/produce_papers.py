"""Fresh produce of a viewer's farms that left without a certificate."""

from collections.abc import Iterator
from datetime import date, datetime, time

from api.access import Viewer
from households.model import Farm
from traceability.compliance.produce import UncoveredLot, harvested_lots, uncovered_lots
from traceability.compliance.tables import in_force_since
from traceability.epcis.event_queries import EventQuery, ExistsCondition, OrderBy, TextCondition, TimeSpan
from traceability.gs1.keys import CANONICAL_HOST
from traceability.recorded import RecordedEvent, opened

PAGE = 1000
HARVESTS_BEFORE = 1
"""Years: what is sold now was harvested within that time."""


def uncovered_produce(viewer: Viewer) -> list[UncoveredLot]:
    """Lots of the viewer's farms; those that needed a certificate first, then by day."""
    if viewer.now.date() < in_force_since():
        return []
    claimed = _claimed(viewer)
    found: list[UncoveredLot] = []
    for farm in viewer.farms.values():
        lots = harvested_lots(_of_place(viewer, farm))
        if not lots:
            continue

        def mandatory(day: date, household: str = farm.household) -> bool:
            return any(first <= day < last for first, last in claimed.get(household, ()))

        found += uncovered_lots(
            lots,
            opened(viewer.services.public.events.about(lots)),
            viewer.services.public.certificates.covering(lots),
            farm=farm.id,
            gln=farm.gln,
            zone=viewer.zone(farm.id),
            mandatory=mandatory,
        )
    return sorted(found, key=lambda each: (not each.mandatory, each.left_on, each.lot))


def _of_place(viewer: Viewer, farm: Farm) -> Iterator[RecordedEvent]:
    """The events about lots at the farm, none of those declared wrong."""
    began = in_force_since()
    since = datetime.combine(began.replace(year=began.year - HARVESTS_BEFORE), time(), viewer.zone(farm.id))
    query = EventQuery(
        event_time=TimeSpan(since=since),
        conditions=(
            TextCondition(names=("bizLocation", "readPoint"), texts=frozenset({f"{CANONICAL_HOST}/414/{farm.gln}"})),
            ExistsCondition(name="epcClass", exists=True),
        ),
        order_by=OrderBy.EVENT_TIME,
    )
    after = None
    while True:
        page = viewer.services.event_queries.page(query, visible=None, after=after, limit=PAGE)
        yield from opened(page.events)
        after = page.further
        if after is None:
            return


def _claimed(viewer: Viewer) -> dict[str, list[tuple[date, date]]]:
    """When each household was looked after by an enterprise, which then sells its goods."""
    registry, found = viewer.services.households, dict[str, list[tuple[date, date]]]()
    for enterprise in registry.enterprises():
        for claim in registry.claims(enterprise.id):
            found.setdefault(claim.household, []).append((claim.since.date(), claim.until.date()))
    return found
