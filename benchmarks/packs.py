"""Records with a million packs: every pig slaughtered and packed into fifty, some with the whole of their days.

The events are those of one life told in the tests, copied pig by pig under other names and written by the bulk; what
queries ask for beside EPCs is left out, as no page of a pack asks for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bootstrap.digest_keeping import CURSOR
from bootstrap.digest_keeping import NAME as DIGEST_KEEPING
from bootstrap.hold_judging import NAME as HOLDS_JUDGED
from bootstrap.mass_watching import NAME as MASSES_WEIGHED
from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.event_rows import NO_FLAGS
from storage.records.records import Records
from storage.records.tables import event_epcs, events, trace_links, trace_things
from storage.records.transactions import insert_many
from tests.traceability import one_life
from traceability.context import animal_giai
from traceability.epcis.event_facts import FACTS_VERSION
from traceability.facilities import Facility, FacilityKind
from traceability.guards import GUARDS_VERSION
from traceability.model import CapturedEvent
from traceability.trace_model import LinkKind, Mode, kind_of

PACKS_OF_A_PIG = 50
RIB_PACKS = 10
PIGS_AT_ONCE = 100
SITE = SiteId.parse("village")
ALWAYS_US = 4_611_686_018_427_387_904
"""The bounds of a link that holds at any time."""
TAG, PACK = one_life.TAG, "/21/0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packs:
    """What was made: so many pigs, of which the first `told` have the whole of their days."""

    pigs: int
    told: int

    def path(self, pig: int, pack: int) -> str:
        """The path that the code on a pack leads to; pack: from 0."""
        return f"/01/{one_life.BELLY}/10/{one_life.LOT}/21/{serial(pig)}{pack + 1:02}"

    @property
    def belly_packs(self) -> int:
        """Packs of the product that is scanned, of one pig."""
        return PACKS_OF_A_PIG - RIB_PACKS


def serial(pig: int) -> str:
    """What every pack of a pig begins with."""
    return f"{pig:07}"


def fill(records: Records, packs: Packs) -> None:
    """The records hold the packs, their places and their products."""
    register(records)
    told = [*one_life.farm_events(), *one_life.house_events(packs=packs.belly_packs)]
    days = one_life.daily_events()
    with records.engine.connect() as connection, connection.begin():
        numbers = iter(range(1, 1_000_000_000))
        things = iter(range(1, 1_000_000_000))
        for first in range(0, packs.pigs, PIGS_AT_ONCE):
            herd = range(first, min(first + PIGS_AT_ONCE, packs.pigs))
            write_events(
                connection,
                ((pig, each) for pig in herd for each in ([*told, *days] if pig < packs.told else told)),
                numbers,
            )
            write_links(connection, herd, packs, things)
    if records.engine.dialect.name == "postgresql":
        with records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def digest_lives(records: Records, packs: Packs) -> int:
    """Every pig that is told has its digest, as the service would have made it by and by; how many were made.

    Guards and masses have been through every event, too."""
    made = [records.life_digests.make(renamed(animal_giai(one_life.PIG).uri, pig)) for pig in range(packs.told)]
    newest = records.event_queries.newest()
    records.cursors.save(DIGEST_KEEPING, {CURSOR: newest})
    records.cursors.save(HOLDS_JUDGED, {"version": GUARDS_VERSION, "done": newest, "until": newest})
    records.cursors.save(MASSES_WEIGHED, {"event": newest})
    return sum(made)


def register(records: Records) -> None:
    """The farm, the houses and the products are known."""
    records.households.add_site(Site(id=SITE, name="Village", simulated=True))
    for number in range(7):
        household = f"v{number}"
        records.households.add_household(
            Household(id=household, label=f"{number} 号户", name="某户", township="流沙河镇", village="草冲村")
        )
        gln = one_life.FARM if number == 0 else one_life.numbered(f"95260005000{number}")
        records.households.add_farm(
            Farm(
                id=FarmId.parse(f"village-{number}"),
                household=household,
                site=SITE,
                name=f"Farm {number}",
                gln=str(gln),
                public_name="",
                county="430182",
            )
        )
    for gln, kind in (
        (one_life.SLAUGHTERHOUSE, FacilityKind.SLAUGHTERHOUSE),
        (one_life.PACKING_HOUSE, FacilityKind.PACKING_HOUSE),
    ):
        records.places.add_facility(
            Facility(gln=str(gln), name=kind.value, county="430182", township="流沙河镇", kind=kind, site=SITE)
        )
    for gtin in (one_life.BELLY, one_life.RIBS):
        product = one_life.products().find(str(gtin))
        if product is not None:
            records.products.add(product)


def write_events(connection: Connection, copies: Iterator[tuple[int, CapturedEvent]], numbers: Iterator[int]) -> None:
    """Each event is there under its pig's names."""
    rows: list[Sequence[object]] = []
    names: list[tuple[str, int]] = []
    for pig, event in copies:
        number = next(numbers)
        event_id = f"urn:uuid:{number:032x}"
        epcs = tuple(renamed(epc, pig) for epc in event.epcs)
        document = renamed(event.document, pig).replace(event.event_id, event_id)
        rows.append(
            (
                number,
                event_id,
                f"{number:064x}",
                event.event_type,
                event.event_time,
                event.record_time,
                event.biz_step,
                '["' + '","'.join(epcs) + '"]',
                document,
                NO_FLAGS,
                FACTS_VERSION,
            )
        )
        names.extend((epc, number) for epc in dict.fromkeys(epcs))
    insert_many(connection, events, rows)
    insert_many(connection, event_epcs, names)


def write_links(connection: Connection, herd: Sequence[int], packs: Packs, things: Iterator[int]) -> None:
    """Pig, carcass and packs of the scanned product are linked as their events say."""
    names: list[Sequence[object]] = []
    links: list[Sequence[int]] = []
    for pig in herd:
        chain = [renamed(animal_giai(one_life.PIG).uri, pig), renamed(one_life.CARCASS, pig)]
        boxes = [f"{one_life.BELLY.uri}/21/{serial(pig)}{pack + 1:02}" for pack in range(packs.belly_packs)]
        numbers = [next(things) for _ in (*chain, *boxes)]
        names.extend((number, name, kind_of(name)) for number, name in zip(numbers, [*chain, *boxes], strict=True))
        made = (int(LinkKind.MADE), -ALWAYS_US, ALWAYS_US, int(Mode.ITSELF), 1, 1, 1, 1)
        links.append((numbers[0], numbers[1], *made))
        links.extend((numbers[1], box, *made) for box in numbers[2:])
    insert_many(connection, trace_things, names)
    insert_many(connection, trace_links, links)


def renamed(text: str, pig: int) -> str:
    """The text with this pig's number, tag and packs for those of the life that is told."""
    return (
        text.replace(str(one_life.PIG), f"1430182{pig:08}")
        .replace(TAG, f"tag-{pig:05}")
        .replace(PACK, f"/21/{serial(pig)}")
    )
