"""Whose household was erased, of whom no reading is left that a follower failed on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bootstrap.failed_rows import failed_rows, read_failed_rows
from bootstrap.household_erasure import HouseholdErasure
from bootstrap.steps import tell_nobody
from devices.model import Deployment, Device, DeviceKind
from households.model import Farm, Household, Site
from livestock.model import Animal, Sex
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, EarTagNumber, FarmId, SiteId
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records

WORN, MOVED, NOW = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 6))
TAG, OTHER = DeviceId.parse("tag-1"), DeviceId.parse("tag-2")
GLNS = ("9526000100014", "9526000100021")


@pytest.fixture
def erasure(records: Records) -> HouseholdErasure:
    """tag-1 was on a pig of h-1 in February, and is on one of h-2 since March."""
    site = SiteId.parse("site-1")
    records.households.add_site(Site(id=site, name="站"))
    for number, gln in enumerate(GLNS, start=1):
        farm, pig = FarmId.parse(f"farm-{number}"), EarTagNumber.parse(f"14301820000000{number}")
        records.households.add_household(Household(id=f"h-{number}", label="", name="", township="", village=""))
        records.households.add_farm(
            Farm(
                id=farm, household=f"h-{number}", site=site, name="栏舍", gln=gln, public_name="", county="430182",
            )
        )  # fmt: skip
        records.animals.add(Animal(id=pig, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2026, 1, 1)))
    for device in (TAG, OTHER):
        records.devices.add(Device(id=device, site=site, kind=DeviceKind.EAR_TAG))
    pigs = [animal.id for animal in records.animals.all()]
    records.deployments.add(Deployment(device=TAG, animal=pigs[0], since=WORN, until=MOVED))
    records.deployments.add(Deployment(device=TAG, animal=pigs[1], since=MOVED))
    return HouseholdErasure(records=records, store=InMemoryObservationStore(), now=lambda: NOW)


def set_aside(records: Records, *readings: tuple[str, datetime]) -> None:
    """Months later a follower fails on these readings together."""
    times = np.array([int(at.timestamp() * 1000) for _, at in readings], np.int64)
    rows = ObservationBatch(
        device=[device for device, _ in readings],
        channel=[""] * len(readings),
        phenomenon_ms=times,
        received_ms=times,
        corrected_ms=times,
        values={"steps": np.arange(len(readings), dtype=np.float64)},
    )
    records.quarantine.set_aside([failed_rows("herd", rows, reason="it failed", at=NOW - timedelta(days=1))])


def left(records: Records) -> Sequence[tuple[str, float]]:
    batches = [read_failed_rows(message.payload) for message in records.quarantine.under("followers/")]
    return [
        (str(device), value)
        for batch in batches
        for device, value in zip(batch.device, batch.values["steps"].tolist(), strict=True)
    ]


def test_a_piece_of_several_devices_keeps_what_is_of_others(erasure: HouseholdErasure) -> None:
    day = timedelta(days=1)
    set_aside(erasure.records, (TAG, WORN + day), (OTHER, WORN + day), (TAG, MOVED + day))
    assert erasure.erase("h-1", tell_nobody)["messages set aside"] == 1
    assert left(erasure.records) == [("tag-2", 1.0), ("tag-1", 2.0)]
    assert erasure.erase("h-1", tell_nobody)["messages set aside"] == 0, "again is safe"


def test_a_piece_that_was_set_aside_long_after_its_readings_goes_with_them(erasure: HouseholdErasure) -> None:
    set_aside(erasure.records, (TAG, WORN + timedelta(days=1)))
    erasure.erase("h-1", tell_nobody)
    assert left(erasure.records) == []


def test_a_piece_whose_end_was_cut_off_goes_if_it_may_hold_such_a_reading(erasure: HouseholdErasure) -> None:
    minute = timedelta(minutes=1)
    set_aside(erasure.records, *((OTHER, WORN + number * minute) for number in range(1_000)))
    set_aside(erasure.records, *((TAG, MOVED + number * minute) for number in range(1_000)))
    erasure.erase("h-1", tell_nobody)
    (kept,) = erasure.records.quarantine.under("followers/")
    assert b"tag-2" in kept.payload
    assert kept.size > len(kept.payload)
