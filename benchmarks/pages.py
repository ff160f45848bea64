"""How long pages take while ingest drains a backlog at full speed: `python -m benchmarks.pages [--messages 3000000]`.

One animal has a day behind it, a reading every ten minutes. A backlog of others' readings waits in the real broker
while the service stands still; then it goes on, and over one kept-alive connection the requests follow one another,
10 ms apart, until the backlog is stored.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from benchmarks.ack_floor import AckFloor
from benchmarks.figures import quantiles
from benchmarks.load import Address, publish
from benchmarks.results import Recording, add_out, program_version
from bootstrap.broker import NatsBroker
from bootstrap.credentials import SiteSecret
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag

DAY = datetime(2026, 11, 1, tzinfo=UTC)
DAY_READINGS = 144
STEP_MS = 600_000
VALUES = 2
PACE_S = 0.01
WINDOW = f"since={DAY:%Y-%m-%dT%H:%M:%SZ}&until={DAY + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
SERIES = f"/api/v1/animals/{pig(0)}/series?property=ear_temperature&{WINDOW}&bucket="
PATHS = {
    "latest of one animal (async, from memory)": f"/api/v1/animals/{pig(0)}/latest",
    "24 h of one animal, 144 readings": f"{SERIES}raw",
    "24 h of one animal by the hour": f"{SERIES}1h",
    "/healthz": "/healthz",
}


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000_000, help="backlog; enough for 200 rounds of requests")
    add_out(parser)
    options = parser.parse_args()
    each = options.messages // (TAGS - 1)
    messages = each * (TAGS - 1)
    recording = Recording({"messages": messages, "values_a_message": VALUES, "pause_between_requests_ms": 10})
    recording.versions["nats"] = program_version("nats-server", "--version")
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder, house_in(Path(folder) / "var") as house:
        house.start()
        live_a_day(house)
        for name, times in requested(house, 1, rounds=50)[0].items():
            recording.add("pages", {"request": name, "beside": "nothing", **quantiles(times)})
        house.send("service", signal.SIGSTOP)  # its broker session goes on collecting
        for sender in range(1, TAGS):
            publish(address(house, sender), readings(sender, each))
        house.send("service", signal.SIGCONT)
        times_of, seconds = requested(house, messages + DAY_READINGS)
        for name, times in times_of.items():
            recording.add("pages", {"request": name, "beside": "a draining backlog", **quantiles(times)})
        recording.add("drained", {"messages": messages, "seconds": seconds, "messages_per_s": messages / seconds})
        house.stop()
    recording.finish(options.out)


def live_a_day(house: JourneyHouse) -> None:
    """The animal's day is stored."""
    publish(address(house, 0), readings(0, DAY_READINGS, step_ms=STEP_MS))
    floor = AckFloor.open(NatsBroker(folder=house.folder, secret=SiteSecret.of(house.folder), port=house.mqtt_port))
    floor.wait()
    floor.close()


def address(house: JourneyHouse, sender: int) -> Address:
    """Where that tag publishes, and as whom."""
    return Address(host="127.0.0.1", port=house.mqtt_port, user=str(tag(sender)), password=house.password(sender))


def readings(sender: int, count: int, *, step_ms: int = 500) -> Iterator[tuple[str, bytes]]:
    """So many messages of that tag from the day's beginning on."""
    first_ms = int(DAY.timestamp() * 1000)
    for i in range(count):
        values = f'"ear_temperature":{36 + i % 40 / 10},"steps":{i % 50}'
        yield f"tiantou/v1/lab/{tag(sender)}/observations", f'{{"t":{first_ms + i * step_ms},{values}}}'.encode()


def requested(house: JourneyHouse, messages: int, *, rounds: int = 0) -> tuple[Mapping[str, list[float]], float]:
    """Milliseconds of each request by kind, until so many messages are stored (and at least `rounds` times); and the
    seconds this took.
    """
    taken: dict[str, list[float]] = {name: [] for name in PATHS}
    headers = {"Authorization": f"Bearer {house.token}"}
    base_url = f"http://127.0.0.1:{house.http_port}"
    begin = time.monotonic()
    with httpx2.Client(base_url=base_url, headers=headers, trust_env=False, timeout=60) as pages:
        while stored_messages(pages) < messages or min(map(len, taken.values())) < rounds:
            for name, path in PATHS.items():
                time.sleep(PACE_S)
                began = time.perf_counter()
                answer = pages.get(path)
                taken[name].append((time.perf_counter() - began) * 1000)
                if not answer.is_success:
                    sys.exit(f"{path}: {answer.status_code} {answer.text[:500]}")
    return taken, time.monotonic() - begin


def stored_messages(pages: httpx2.Client) -> float:
    """What ingest has stored since the service started, from its metrics."""
    text = pages.get("/metrics").text
    values = [line for line in text.splitlines() if line.startswith("tiantou_ingest_values_total ")]
    return float(values[0].split()[1]) / VALUES


if __name__ == "__main__":
    main()
