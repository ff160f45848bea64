"""The follower of planted fields: what is due goes out once, whatever is repeated."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from agronomy.advice.advising import Adviser
from agronomy.model import Field
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from bootstrap.field_followers import FieldPushes
from bootstrap.field_sources import RegisteredFarms, StoredFieldReadings
from devices.model import Deployment, Device, DeviceKind
from households.model import Farm, Household, Site
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, FarmId, FieldId, SiteId
from storage.records.records import Records
from tests.api.fakes import ListStore
from tests.storage.records.databases import PlaceRecords

NOW = datetime(2026, 7, 28, 2, tzinfo=UTC)
FIELD, PROBE = FieldId.parse("field-1"), DeviceId.parse("probe-1")
CLEAN = {"ph": 5.7, "cd": 0.15, "hg": 0.08, "arsenic": 9.0, "pb": 28.0, "cr": 60.0}


@pytest.fixture
def records(tmp_path: Path, place_sqlite: PlaceRecords) -> Iterator[Records]:
    records = Records.open(place_sqlite(tmp_path / "records.sqlite"))
    site, farm = SiteId.parse("site-1"), FarmId.parse("farm-1")
    records.households.add_site(Site(id=site, name="站"))
    records.households.add_household(Household(id="h-1", label="1 号户", name="", township="流沙河镇", village=""))
    records.households.add_farm(
        Farm(id=farm, household="h-1", site=site, name="田", gln="9526000100014", public_name="", county="430182")
    )
    records.fields.add(
        Field(
            id=FIELD, farm=farm, name="屋前田", area_mu=Decimal(2), crop="红薯", planted_on=date(2026, 5, 20),
            land_use=LandUse.PADDY, drainage="well", texture="loam",
        )
    )  # fmt: skip
    records.devices.add(Device(id=PROBE, site=site, kind=DeviceKind.SOIL_PROBE))
    records.deployments.add(Deployment(device=PROBE, field=FIELD, channel="20cm", since=NOW - timedelta(days=9)))
    yield records
    records.close()


def wet(hours: int = 72) -> ObservationBatch:
    end = int(NOW.timestamp() * 1000)
    at = np.arange(end - (hours - 1) * 3_600_000, end + 1, 3_600_000, dtype=np.int64)
    return ObservationBatch(
        device=[PROBE] * len(at),
        channel=["20cm"] * len(at),
        phenomenon_ms=at,
        received_ms=at,
        corrected_ms=at,
        values={"soil_moisture": 29 + np.arange(len(at)) % 2 / 10},
        quality={"soil_moisture": np.zeros(len(at), np.uint8)},
    )


def test_a_wet_field_is_told_of_once_however_often_it_is_looked_at(records: Records) -> None:
    store = ListStore()
    batch = wet()
    store.append(batch)
    readings = StoredFieldReadings(store, records.deployments)
    adviser = Adviser(records, readings, RegisteredFarms(records.households), now=lambda: NOW)
    values = {name: LaboratoryValue(value=value) for name, value in CLEAN.items()}
    sample = SoilSample(
        id="s1", field=FIELD, sampled_on=date(2026, 7, 1), depth_cm=(0, 20), laboratory="Lab", values=values
    )
    field = records.fields.find(FIELD)
    assert field is not None
    adviser.take_samples(field, [sample], by="op")
    for _ in range(3):  # as after a crash: a follower begun anew, the same rows again
        follower = FieldPushes(records, adviser, now=lambda: NOW)
        with records.together() as together:
            follower.handle(batch)(together)
        follower.look()
    drained = [push for push in records.pushes.of_field(FIELD) if push.sent.key.rule == "drain"]
    assert len(drained) == 1
    sent = [each for each in records.advice.messages(FIELD, limit=99) if "开沟排水" in each.sms_zh]
    assert len(sent) == 1
