"""What the service is made of."""

import json
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from bootstrap.clock import now_ms
from bootstrap.errors import SettingsError
from bootstrap.house import House
from bootstrap.settings import Settings
from bootstrap.wiring import build_metrics, build_pipeline, disk_free_fraction, open_store
from devices.model import Device, DeviceKind
from households.model import Site
from ingest.message import received
from observations.batch import ObservationBatch
from observations.identifiers import DeviceId, SiteId
from observations.quality import Quality
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records


def test_the_metrics_tell_how_full_the_disk_is(tmp_path: Path) -> None:
    house = House.of(Settings(data_dir=tmp_path / "var"))
    shown = generate_latest(build_metrics(house)).decode()
    value = next(line for line in shown.splitlines() if line.startswith("tiantou_disk_free_ratio "))
    assert 0 <= float(value.split()[1]) <= 1
    assert abs(float(value.split()[1]) - disk_free_fraction(house)) < 0.1


def test_a_sensor_that_was_stuck_before_a_restart_is_stuck_after_it(records: Records) -> None:
    site, tag = SiteId.parse("s1"), DeviceId.parse("tag-1")
    records.households.add_site(Site(id=site, name="S"))
    records.devices.add(Device(id=tag, site=site, kind=DeviceKind.EAR_TAG))
    store, hours, now = InMemoryObservationStore(), 8, now_ms()
    before = now - np.arange(hours, 0, -1) * 3_600_000
    store.append(
        ObservationBatch(
            device=[tag] * hours,
            channel=[""] * hours,
            phenomenon_ms=before,
            received_ms=before,
            corrected_ms=before,
            values={"ear_temperature": np.full(hours, 38.5)},
        )
    )
    pipeline = build_pipeline(records, store, CollectorRegistry())
    payload = json.dumps({"t": now, "ear_temperature": 38.5}).encode()
    pipeline.process([received("tiantou/v1/s1/tag-1/observations", payload, now)])
    (latest,) = store.latest([tag])
    assert latest.arrived.quality & Quality.STUCK


def test_an_address_that_names_no_bucket_is_told_by_its_setting_and_without_the_token(tmp_path: Path) -> None:
    house = House.of(Settings(data_dir=tmp_path / "var", store_url="influxdb://s3cret@host:8086/farms"))
    house.folder.create()
    with pytest.raises(SettingsError, match=r"TIANTOU_STORE_URL: .*/ORGANIZATION/BUCKET") as told:
        open_store(house, part="serve")
    assert "s3cret" not in str(told.value)
