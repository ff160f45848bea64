"""Daily summaries: one event for each animal and local day that is over, once, after any restart."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from bootstrap.animal_days import midnight
from bootstrap.followers import NAME, DailySummaries
from bootstrap.following import Following, follow
from devices.model import Deployment, Device, DeviceKind
from households.model import Farm, Household, Site
from livestock.model import Animal, Sex
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, EarTagNumber, FarmId, SiteId
from observations.model import Buckets, Stream
from observations.quality import Quality
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records
from tests.storage.records.databases import PlaceRecords
from traceability.context import animal_giai

ZONE = ZoneInfo("Asia/Shanghai")
PIG = EarTagNumber.parse("143018200000147")
FIRST, SECOND = DeviceId.parse("tag-1"), DeviceId.parse("tag-2")
BORN = date(2026, 6, 1)
TAGGED = datetime(2026, 6, 10, 9, 0, tzinfo=ZONE)


class Meanwhile(InMemoryObservationStore):
    """A store in which something happens once after the last property of an animal was read."""

    def __init__(self) -> None:
        super().__init__()
        self.then: list[Callable[[], object]] = []

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        found = super().buckets(streams, observed_property, width_ms=width_ms, offset_ms=offset_ms)
        if observed_property == "steps" and self.then:
            self.then.pop()()
        return found


class World:
    """Real records, the store in memory, and a clock that a test turns."""

    def __init__(self, url: str) -> None:
        self.records = Records.open(url)
        self.store: InMemoryObservationStore = InMemoryObservationStore()
        self.now = datetime(2026, 6, 12, 12, 0, tzinfo=ZONE)
        self._fill()

    def _fill(self) -> None:
        site, farm = SiteId.parse("lab"), FarmId.parse("farm-1")
        households = self.records.households
        households.add_site(Site(id=site, name="Lab"))
        households.add_household(Household(id="h1", label="1 号户", name="测试", township="镇", village="村"))
        households.add_farm(
            Farm(id=farm, household="h1", site=site, name="F", gln="9526000100119", public_name="", county="430182")
        )
        self.records.animals.add(Animal(id=PIG, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=BORN))
        for device in (FIRST, SECOND):
            self.records.devices.add(Device(id=device, site=site, kind=DeviceKind.EAR_TAG, report_interval_s=3_600))
        self.records.deployments.add(Deployment(device=FIRST, animal=PIG, since=TAGGED))

    def follower(self, *, settled: timedelta = timedelta(0)) -> "Telling":
        return Telling(self, settled)

    def append(self, device: DeviceId, since: datetime, hours: int, *, suspect: bool = False) -> ObservationBatch:
        """Readings every hour: 38 °C and more by a tenth each hour, 100 steps each."""
        ms = (int(since.timestamp()) + np.arange(hours) * 3_600) * 1000
        flags = np.full(hours, Quality.OUT_OF_RANGE if suspect else Quality.GOOD, np.uint8)
        batch = ObservationBatch(
            device=[device] * hours,
            channel=[""] * hours,
            phenomenon_ms=ms,
            received_ms=ms + 1_000,
            corrected_ms=ms,
            values={"ear_temperature": 38 + np.arange(hours) / 10, "steps": np.full(hours, 100.0)},
            quality={"ear_temperature": flags, "steps": flags},
        )
        self.store.append(batch)
        return batch

    def told(self) -> list[dict[str, object]]:
        events = self.records.events.about([animal_giai(PIG).uri])
        return [json.loads(event.document) for event in events]


class Telling:
    """The follower, led by hand."""

    def __init__(self, world: World, settled: timedelta) -> None:
        self._records = world.records
        summaries = DailySummaries(world.records, world.store, now=lambda: world.now, settled=settled)
        self._write = summaries.write
        self.following: Following
        (self.following,) = follow(
            [summaries.follower()],
            store=world.store,
            records=world.records,
            metrics=CollectorRegistry(),
            now=lambda: world.now,
        )

    def write(self) -> int:
        """All that is stored was handled and all days that are over are told; how many of them anew."""
        before = self._events()
        self.following.catch_up()
        self._write()
        return self._events() - before

    def _events(self) -> int:
        return len(self._records.events.about([animal_giai(PIG).uri]))


@pytest.fixture
def world(tmp_path: Path, place_sqlite: PlaceRecords) -> Iterator[World]:
    made = World(place_sqlite(tmp_path / "records.sqlite"))
    yield made
    made.records.close()


def days(world: World) -> list[object]:
    return [event["tt:day"] for event in world.told()]


def test_every_day_that_is_over_is_told_once_with_its_numbers(world: World) -> None:
    follower = world.follower()
    world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 24)
    assert follower.write() == 1
    assert follower.write() == 0
    (event,) = world.told()
    reports = {report["tt:observedProperty"]: report for report in event["sensorElementList"][0]["sensorReport"]}  # type: ignore[index]  # JSON
    assert event["tt:day"] == "2026-06-11"
    assert (event["tt:readings"], event["tt:expected"]) == (24, 24)
    assert (reports["ear_temperature"]["minValue"], reports["ear_temperature"]["maxValue"]) == (38.0, 40.3)
    assert reports["steps"]["value"] == 2_400
    assert reports["distance_walked"]["minValue"] < reports["distance_walked"]["maxValue"]


def test_a_day_is_the_farms_local_day_and_not_the_one_of_greenwich(world: World) -> None:
    follower = world.follower()
    world.append(FIRST, datetime(2026, 6, 10, 23, 0, tzinfo=ZONE), 2)
    follower.write()
    assert days(world) == ["2026-06-10", "2026-06-11"]


def test_a_day_is_not_told_before_its_grace_is_over(world: World) -> None:
    follower = world.follower()
    world.now = datetime(2026, 6, 12, 1, 59, tzinfo=ZONE)
    world.append(FIRST, datetime(2026, 6, 10, 9, 0, tzinfo=ZONE), 39)
    follower.write()
    assert days(world) == ["2026-06-10"]
    world.now = datetime(2026, 6, 13, 2, 0, tzinfo=ZONE)
    follower.write()
    assert days(world) == ["2026-06-10", "2026-06-11"]


def test_a_day_with_nothing_but_suspect_values_is_not_told(world: World) -> None:
    follower = world.follower()
    world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 24, suspect=True)
    assert follower.write() == 0


def test_a_follower_that_starts_anew_finds_what_was_not_told_and_repeats_nothing(world: World) -> None:
    first = world.follower()
    world.append(FIRST, datetime(2026, 6, 10, 12, 0, tzinfo=ZONE), 40)
    first.write()
    assert days(world) == ["2026-06-10", "2026-06-11"]
    world.append(FIRST, datetime(2026, 6, 12, 4, 0, tzinfo=ZONE), 8)  # arrives while nobody follows
    world.now += timedelta(days=1)
    second = world.follower()
    second.write()
    assert days(world) == ["2026-06-10", "2026-06-11", "2026-06-12"]
    assert world.records.cursors.load(NAME) == world.store.head()


def test_before_its_first_cursor_a_follower_reads_the_whole_store(world: World) -> None:
    world.append(FIRST, datetime(2026, 6, 10, 12, 0, tzinfo=ZONE), 30)
    assert world.follower().write() == 2


def test_a_day_on_which_the_tag_was_replaced_is_one_day_of_the_pig(world: World) -> None:
    noon = datetime(2026, 6, 11, 12, 0, tzinfo=ZONE)
    world.records.deployments.end(FIRST, noon)
    world.records.deployments.add(Deployment(device=SECOND, animal=PIG, since=noon))
    follower = world.follower()
    world.append(FIRST, noon - timedelta(hours=12), 12)
    world.append(SECOND, noon, 6)
    assert follower.write() == 1
    (event,) = world.told()
    assert (event["tt:readings"], event["tt:expected"]) == (18, 24)


def test_what_a_tag_measured_before_it_was_on_the_pig_is_not_the_pigs(world: World) -> None:
    follower = world.follower()
    world.append(FIRST, datetime(2026, 6, 10, 0, 0, tzinfo=ZONE), 24)
    follower.write()
    (event,) = world.told()
    assert event["tt:readings"] == 15
    assert event["tt:expected"] == 15


def test_a_device_on_no_animal_is_no_ones_day(world: World) -> None:
    follower = world.follower()
    world.append(SECOND, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 24)
    assert follower.write() == 0


def test_midnight_is_local() -> None:
    assert midnight(date(2026, 6, 11), ZONE).astimezone(UTC).hour == 16


def test_the_thread_catches_up_and_stops(world: World) -> None:
    world.append(FIRST, datetime(2026, 6, 10, 12, 0, tzinfo=ZONE), 30)
    following = world.follower().following
    following.start()
    following.stop()
    assert set(days(world)) <= {"2026-06-10", "2026-06-11"}


def test_a_day_that_arrives_while_an_earlier_one_is_being_told_is_told_as_well(world: World) -> None:
    world.store = store = Meanwhile()
    follower = world.follower()
    world.append(FIRST, datetime(2026, 6, 10, 12, 0, tzinfo=ZONE), 12)
    store.then = [lambda: world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 24)]
    follower.write()
    follower.write()
    assert days(world) == ["2026-06-10", "2026-06-11"]


def test_of_a_device_that_catches_up_only_days_it_has_left_behind_are_told(world: World) -> None:
    follower = world.follower(settled=timedelta(seconds=15))
    world.append(FIRST, datetime(2026, 6, 10, 9, 0, tzinfo=ZONE), 15)
    world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 8)
    follower.write()
    assert days(world) == ["2026-06-10"]
    world.now += timedelta(seconds=10)
    world.append(FIRST, datetime(2026, 6, 11, 8, 0, tzinfo=ZONE), 16)
    follower.following.catch_up()
    world.now += timedelta(seconds=10)
    assert follower.write() == 0
    world.now += timedelta(seconds=5)
    follower.write()
    assert [event["tt:readings"] for event in world.told()] == [15, 24]


def test_a_reading_of_today_does_not_make_the_backlog_whole(world: World) -> None:
    follower = world.follower(settled=timedelta(seconds=15))
    world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 8)
    world.append(FIRST, datetime(2026, 6, 12, 11, 0, tzinfo=ZONE), 1)
    assert follower.write() == 0


def test_after_a_restart_a_device_may_go_on_catching_up(world: World) -> None:
    world.append(FIRST, datetime(2026, 6, 11, 0, 0, tzinfo=ZONE), 8)
    follower = world.follower(settled=timedelta(seconds=15))
    assert follower.write() == 0
    world.append(FIRST, datetime(2026, 6, 11, 8, 0, tzinfo=ZONE), 16)
    follower.following.catch_up()
    world.now += timedelta(seconds=15)
    follower.write()
    assert [event["tt:readings"] for event in world.told()] == [24]


def test_days_of_an_animal_go_on_under_the_key_it_was_registered_with(world: World) -> None:
    world.records.keys.adopt("6912345", at=world.now)
    world.append(FIRST, TAGGED, 24)
    assert world.follower().write() > 0
    assert all(event["epcList"] == [animal_giai(PIG).uri] for event in world.told())
