"""Archives of the farms a viewer may see, put together from registers and captured events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from households.model import Farm, Household
from livestock.model import Animal
from traceability.archive.model import Archive, ArchivedAnimal, Keeper, Period
from traceability.archive.reading import archive_of
from traceability.context import SENSOR_REPORTING
from traceability.epcis.event_queries import EventQuery, ExistsCondition, OrderBy, TextCondition, TimeSpan
from traceability.gs1.keys import CANONICAL_HOST, Gln
from traceability.minting import DemonstrationKeys, Keyring, MintedKeys
from traceability.model import CapturedEvent
from traceability.ports import EventQueries, EventRepository

PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSources:
    """Where an archive's records are."""

    events: EventRepository
    queries: EventQueries
    keys: MintedKeys = field(default_factory=DemonstrationKeys)


def keeper_of(farm: Farm, household: Household | None, *, personal: bool, simulated: bool) -> Keeper:
    """Whose archive it is; personal: the householder's name may be in it."""
    return Keeper(
        farm=farm.id,
        name=farm.name,
        label="" if household is None else household.label,
        gln=farm.gln,
        county=farm.county,
        township="" if household is None else household.township,
        person=(household.name if household is not None else "") if personal else None,
        farm_code="",
        timezone=farm.timezone,
        simulated=simulated,
    )


def farm_archive(sources: ArchiveSources, keeper: Keeper, animals: Sequence[Animal], period: Period) -> Archive:
    """The archive of the whole farm: what happened there, and to its animals wherever they were."""
    keys = sources.keys.keyring(animals=[animal.id for animal in animals])
    archived = [_archived(animal, keys) for animal in animals]
    there = {each.giai.uri for each in archived if each.there_in(period)}
    return archive_of(
        _of_farm(sources, keeper, there, period),
        keeper=keeper,
        period=period,
        animals=archived,
        personal=keeper.person is not None,
    )


def animal_archive(sources: ArchiveSources, keeper: Keeper, animal: Animal, period: Period) -> Archive:
    """The archive of one animal; it goes with the animal where it is sold to breed."""
    archived = _archived(animal, sources.keys.keyring(animals=[animal.id]))
    events = sources.events.about([archived.giai.uri])
    return archive_of(
        events,
        keeper=keeper,
        period=period,
        animals=[archived],
        animal=animal.id,
        sensor_days=sum(event.biz_step == SENSOR_REPORTING for event in events),
        personal=keeper.person is not None,
    )


def _archived(animal: Animal, keys: Keyring) -> ArchivedAnimal:
    return ArchivedAnimal(
        number=animal.id,
        giai=keys.animal(animal.id),
        breed=animal.breed,
        sex=str(animal.sex),
        born_on=animal.born_on,
        status=str(animal.status),
        left_on=animal.left_on,
    )


def _of_farm(sources: ArchiveSources, keeper: Keeper, epcs: Collection[str], period: Period) -> list[CapturedEvent]:
    about = sources.events.about(epcs, besides=SENSOR_REPORTING) if epcs else ()
    found = {(event.event_id, event.document): event for event in about}
    # A delivery of feed or a disinfection names no animal, but a place.
    for event in _at_place(sources.queries, f"{CANONICAL_HOST}/{Gln.ai}/{keeper.gln}", _span(keeper, period)):
        found.setdefault((event.event_id, event.document), event)
    return [*found.values()]


def _at_place(queries: EventQueries, uri: str, span: TimeSpan) -> list[CapturedEvent]:
    query = EventQuery(
        event_time=span,
        conditions=(
            TextCondition(names=("bizLocation", "readPoint"), texts=frozenset({uri})),
            ExistsCondition(name="epc", exists=False),
        ),
        order_by=OrderBy.EVENT_TIME,
    )
    events: list[CapturedEvent] = []
    after = None
    while True:
        page = queries.page(query, visible=None, after=after, limit=PAGE)
        events.extend(page.events)
        after = page.further
        if after is None:
            return events


def _span(keeper: Keeper, period: Period) -> TimeSpan:
    zone = ZoneInfo(keeper.timezone)
    return TimeSpan(
        since=datetime.combine(period.first, time(), zone),
        until=datetime.combine(period.last + timedelta(days=1), time(), zone),
    )
