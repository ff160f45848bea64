"""The Ningxiang case: probes over MQTT, a laboratory's report, sweet potato advised, rice refused, advice withdrawn."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx2
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from agronomy.model import Field
from agronomy.soil.samples import LandUse
from bootstrap.credentials import SiteSecret
from devices.model import Deployment, Device, DeviceKind
from observations.identifiers import DeviceId, FieldId
from storage.records.records import Records
from tests.journeys.house import FARM, SITE, START_S, STEP_S, JourneyHouse

pytestmark = pytest.mark.journey
PROBE = Device(id=DeviceId.parse("probe-0001"), site=SITE, kind=DeviceKind.SOIL_PROBE, report_interval_s=3600)
GOOD, POLLUTED = FieldId.parse("field-good"), FieldId.parse("field-cd")
HOURS = 72
WET = 33.0
REPORT = (
    "采样日期,深度,pH,Cd (mg/kg),Hg (mg/kg),As (mg/kg),Pb (mg/kg),Cr (mg/kg),砂粒 (%),粉粒 (%),黏粒 (%)\n"
    "{day},0-20,5.8,{cd},0.08,9,28,60,20,60,20\n"
)


def plant(house: JourneyHouse) -> None:
    """Two fields of the farm, a probe in the good one."""
    records = Records.open(f"sqlite:///{house.folder.records}")
    field = Field(
        id=GOOD,
        farm=FARM,
        name="屋前田",
        area_mu=Decimal(3),
        crop="红薯",
        variety="商薯19",
        planted_on=datetime.now(UTC).date() - timedelta(days=60),
        land_use=LandUse.PADDY,
        drainage="well",
        irrigated=False,
        latitude_deg=28.2,
        longitude_deg=112.4,
    )
    records.fields.add(field)
    records.fields.add(replace(field, id=POLLUTED, name="河边田", crop="水稻", variety=""))
    records.devices.add(PROBE)
    since = datetime.now(UTC) - timedelta(days=10)
    records.deployments.add(Deployment(device=PROBE.id, field=GOOD, channel="20cm", since=since))
    records.close()


def publish(house: JourneyHouse) -> None:
    """Three days of a wet field, hour by hour, each acknowledged by the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=PROBE.id, protocol=mqtt.MQTTv311)
    client.username_pw_set(PROBE.id, SiteSecret.of(house.folder).device_password(PROBE))
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect("127.0.0.1", house.mqtt_port)
    client.loop_start()
    assert connected.wait(START_S)
    now = int(time.time())
    for hour in range(HOURS):
        at = now - (HOURS - 1 - hour) * 3600
        moisture = WET + hour % 2 / 10
        body = f'{{"t":{at},"channel":"20cm","soil_moisture":{moisture},"soil_temperature":{21 + hour % 3}}}'
        client.publish(f"tiantou/v1/{SITE}/{PROBE.id}/observations", body, qos=1).wait_for_publish(START_S)
    client.disconnect()
    client.loop_stop()


def hand_in(house: JourneyHouse, field: FieldId, day: date, cd: float) -> dict[str, object]:
    answer = httpx2.post(
        f"http://127.0.0.1:{house.http_port}/api/v1/fields/{field}/samples/csv?laboratory=CMA-1",
        content=REPORT.format(day=day.isoformat(), cd=cd).encode(),
        headers={"Authorization": f"Bearer {house.token}", "Content-Type": "text/csv"},
        timeout=30,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text
    taken: dict[str, object] = answer.json()
    assert taken["problems"] == []
    return taken


def stored(house: JourneyHouse) -> bool:
    latest = house.get(f"/api/v1/fields/{GOOD}/latest").json()["latest"]
    return any(each["observed_property"] == "soil_moisture" for each in latest)


def test_the_ningxiang_case(house: JourneyHouse) -> None:
    plant(house)
    house.start()
    publish(house)
    deadline = time.monotonic() + START_S
    while not stored(house):
        assert time.monotonic() < deadline, house.logs()
        time.sleep(STEP_S)

    untested = house.get(f"/api/v1/fields/{GOOD}/advice").json()
    assert untested["content"]["gate"]["refuses"]
    assert untested["content"]["growing"] is None

    today = datetime.now(UTC).date()
    hand_in(house, GOOD, today - timedelta(days=30), 0.15)
    given = house.get(f"/api/v1/fields/{GOOD}/advice").json()
    best = given["content"]["growing"]["crops"][0]
    assert (best["crop"], best["status"]) == ("Ipomoea batatas", "advised")
    assert "商薯19" in [variety["zh"] for variety in best["varieties"]]
    assert best["yield"]["low_jin_mu"] < best["yield"]["expected_jin_mu"] < 8000
    assert best["yield"]["label_zh"] == "尚未校准"
    rice = next(crop for crop in given["content"]["growing"]["crops"] if crop["crop"] == "Oryza sativa")
    assert (rice["status"], rice["fit"]["limiting_factor"]) == ("not_advised", "drainage")

    hand_in(house, POLLUTED, today - timedelta(days=30), 0.9)
    refused = house.get(f"/api/v1/fields/{POLLUTED}/advice").json()["content"]
    assert not refused["gate"]["permissions"]["Oryza sativa"]["allowed"]
    line = refused["gate"]["reasons"][0]
    assert (line["table"], line["band"], line["limit"], line["value"]) == (
        "GB 15618-2018 Table 1", "5.5<pH<=6.5", 0.4, 0.9,
    )  # fmt: skip
    assert refused["season"]["withheld"] is not None

    taken = hand_in(house, GOOD, today - timedelta(days=1), 3.0)
    assert taken["changed"]
    assert taken["withdrawn"] == given["number"]
    void = house.get(f"/api/v1/fields/{GOOD}/advice/{given['number']}").json()
    assert "作废" in void["withdrawn"]["zh"]
    messages = house.get(f"/api/v1/fields/{GOOD}/pushes").json()["messages"]
    assert any("有了新化验" in each["sms_zh"] and "作废" in each["sms_zh"] for each in messages)
