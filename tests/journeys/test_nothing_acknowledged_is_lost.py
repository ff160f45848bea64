"""An outside publisher, real broker and store, SIGKILL at random: every PUBACKed reading is there, once."""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bootstrap.nats_config import ACK_WAIT_S
from observations.model import Cursor, Stream
from observations.ports import ObservationStore
from storage.influx.store import open_influx_store
from storage.observations.clickhouse import open_clickhouse_store
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag
from tests.journeys.publisher import value
from tests.ports import free_port
from tests.storage.influx.server import create_bucket, given_url, influxd_in

PUBLISHER = Path(__file__).with_name("publisher.py")
EACH = 5_000
RATE = 350.0
"""Readings a second and tag: the kills fall into the publishing."""
FIRST_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)
LAST_MS = FIRST_MS + EACH * 1000

pytestmark = pytest.mark.journey


def publish_from_outside(house: JourneyHouse, port: int, logs: Path) -> list[subprocess.Popen[bytes]]:
    return [
        subprocess.Popen(
            [
                sys.executable,
                str(PUBLISHER),
                "127.0.0.1",
                str(port),
                tag(i),
                house.password(i),
                f"tiantou/v1/lab/{tag(i)}/observations",
                str(EACH),
                str(FIRST_MS),
                str(RATE),
                str(logs / f"{tag(i)}.puback"),
            ],
        )
        for i in range(TAGS)
    ]


Kill = Callable[[str], None]


def kill_at_random(kill: Kill, parts: Sequence[str], seed: int) -> None:
    """Each of the parts dies once, in random order, one to three seconds apart."""
    chance = random.Random(seed)  # noqa: S311 a seed makes the order repeatable
    order = list(parts)
    chance.shuffle(order)
    for part in order:
        time.sleep(chance.uniform(1.0, 3.0))
        kill(part)


def stored(house: JourneyHouse, i: int) -> int:
    answer = house.get(
        f"/api/v1/animals/{pig(i)}/series",
        property="ear_temperature",
        since=datetime.fromtimestamp(FIRST_MS / 1000, UTC).isoformat(),
        until=datetime.fromtimestamp(LAST_MS / 1000, UTC).isoformat(),
        bucket="1h",
    )
    assert answer.is_success, answer.text
    return sum(bucket["count"] for bucket in answer.json()["buckets"])


def wait_until_all_is_stored(house: JourneyHouse, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while (counts := [stored(house, i) for i in range(TAGS)]) != [EACH] * TAGS:
        assert time.monotonic() < deadline, f"{counts} of {EACH} after {within_s} s\n{house.logs()}"
        time.sleep(0.5)


def acknowledged(logs: Path, i: int) -> set[int]:
    return {int(line) for line in (logs / f"{tag(i)}.puback").read_text(encoding="ascii").split()}


def keys_in_arrival_order(store: ObservationStore) -> Iterator[tuple[str, int]]:
    cursor: Cursor = {}
    while True:
        batch, cursor = store.since(cursor, limit=50_000)
        if not len(batch):
            return
        yield from zip(batch.device, batch.phenomenon_ms.tolist(), strict=True)


def assert_every_reading_once(store: ObservationStore, logs: Path) -> None:
    arrived = Counter(keys_in_arrival_order(store))
    assert max(arrived.values()) == 1
    for i in range(TAGS):
        stream = [Stream(device=tag(i))]
        series = store.series(stream, "ear_temperature", suspect=True, limit=EACH * 2)
        numbers = ((series.phenomenon_ms - FIRST_MS) // 1000).tolist()
        assert len(acknowledged(logs, i)) == EACH
        assert numbers == list(range(EACH))
        assert series.value.tolist() == [value(n) for n in numbers]
        assert all(arrived[tag(i), FIRST_MS + n * 1000] == 1 for n in numbers)
        assert int(store.buckets(stream, "ear_temperature", width_ms=3_600_000).count.sum()) == EACH
        newest = [latest for latest in store.latest([tag(i)]) if latest.arrived.observed_property == "ear_temperature"]
        assert [latest.good.phenomenon_ms for latest in newest if latest.good] == [LAST_MS - 1000]
        assert store.conflict_count(tag(i)) == 0


def opened(house: JourneyHouse) -> ObservationStore:
    if house.store_url is None:
        return open_clickhouse_store(
            house.folder.observations,
            writer="after",
            snapshot_file=house.folder.latest_snapshot,
            now_ms=lambda: LAST_MS,
        )
    return open_influx_store(
        house.store_url, writer="after", snapshot_file=house.folder.latest_snapshot, now_ms=lambda: LAST_MS
    )


def journey(
    house: JourneyHouse, port: int, logs: Path, kills: Sequence[str], within_s: float, kill: Kill | None = None
) -> None:
    house.start()
    publishers = publish_from_outside(house, port, logs)
    kill_at_random(kill or house.kill, kills, seed=20261122)
    assert [publisher.wait(180) for publisher in publishers] == [0] * TAGS, house.logs()
    house.await_ready()
    wait_until_all_is_stored(house, within_s)
    house.stop()
    store = opened(house)
    try:
        assert_every_reading_once(store, logs)
    finally:
        store.close()


def test_service_and_broker_killed_at_random_lose_no_acknowledged_reading(house: JourneyHouse, tmp_path: Path) -> None:
    journey(house, house.mqtt_port, tmp_path, ["service"] * 5 + ["broker"] * 3, within_s=3 * ACK_WAIT_S)


def test_behind_mosquitto_a_killed_service_loses_no_acknowledged_reading(tmp_path: Path) -> None:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
    )
    broker = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        with house_in(tmp_path / "var", mqtt_url=f"mqtt://127.0.0.1:{port}") as house:
            journey(house, port, tmp_path, ["service"] * 5, within_s=3 * ACK_WAIT_S)
    finally:
        broker.terminate()
        broker.wait(10)


def test_with_influxdb_as_the_store_a_killed_service_broker_or_server_loses_no_acknowledged_reading(
    tmp_path: Path,
) -> None:
    """The server is one of the test's own, killed like the rest; or that of INFLUXDB_URL, which is not ours to kill."""
    (tmp_path / "influxd").mkdir()
    ours = ["service"] * 3 + ["broker"]
    if (given := given_url()) is not None:
        url = f"{given}-{FIRST_MS}-{time.time_ns()}"  # a bucket of this run beside the one that is named
        create_bucket(url)
        with house_in(tmp_path / "var", store_url=url) as house:
            journey(house, house.mqtt_port, tmp_path, ours, within_s=3 * ACK_WAIT_S)
        return
    with influxd_in(tmp_path / "influxd") as server, house_in(tmp_path / "var", store_url=server.new_bucket()) as house:

        def kill(part: str) -> None:
            if part == "store":
                server.kill()
                server.start()
            else:
                house.kill(part)

        journey(house, house.mqtt_port, tmp_path, [*ours, *["store"] * 3], within_s=3 * ACK_WAIT_S, kill=kill)
