"""How long pages take while ingest drains a backlog at full speed: `python -m benchmarks.pages [messages]`.

A backlog of readings waits in the real broker while the service is down; then it starts, and requests follow one
another until the backlog is stored.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from benchmarks.figures import machine, quantiles
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag

PUBLISHER = Path(__file__).parents[1] / "tests" / "journeys" / "publisher.py"
FIRST_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)
LARGEST = 60_000
"""Messages of one publisher: it numbers them by their packet id, which ends at 65,535."""
PATHS = {
    "latest of one animal (from memory)": f"/api/v1/animals/{pig(0)}/latest",
    "24 h of one animal, raw (from the store)": f"/api/v1/animals/{pig(0)}/series?property=ear_temperature&bucket=raw",
    "24 h of one animal by the hour": f"/api/v1/animals/{pig(0)}/series?property=ear_temperature&bucket=1h",
    "alive": "/healthz",
}
WINDOW = "&since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00Z"


def main(messages: int = TAGS * LARGEST) -> None:
    """The figures are on standard output."""
    print(machine())
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder, house_in(Path(folder) / "var") as house:
        house.start()
        hold_service(house)
        each = min(LARGEST, messages // TAGS)
        begin = time.monotonic()
        fill(house, each, Path(folder))
        print(f"{each * TAGS:,} messages of 2 values acknowledged by the broker in {time.monotonic() - begin:.0f} s")
        release_service(house)
        begin = time.monotonic()
        taken = requests_while_draining(house, each * TAGS)
        seconds = time.monotonic() - begin
        print(f"drained beside these requests in {seconds:.1f} s ({each * TAGS / seconds:,.0f} messages/s)")
        for name, times in taken.items():
            print(f"  {name}: {quantiles(times)}")
        house.stop()


def hold_service(house: JourneyHouse) -> None:
    """The service's process is stopped where it stands: its broker session goes on collecting."""
    house.send("service", signal.SIGSTOP)


def release_service(house: JourneyHouse) -> None:
    """It goes on."""
    house.send("service", signal.SIGCONT)
    house.await_ready()


def fill(house: JourneyHouse, each: int, logs: Path) -> None:
    """Every tag's readings are acknowledged by the broker."""
    publishers = [subprocess.Popen([sys.executable, *publisher_arguments(house, i, each, logs)]) for i in range(TAGS)]
    if any(publisher.wait() for publisher in publishers):
        sys.exit("a publisher failed")


def publisher_arguments(house: JourneyHouse, i: int, each: int, logs: Path) -> list[str]:
    """What the outside publisher of tag number i is told: as fast as it can."""
    broker = ["127.0.0.1", str(house.mqtt_port), tag(i), house.password(i), f"tiantou/v1/lab/{tag(i)}/observations"]
    return [str(PUBLISHER), *broker, str(each), str(FIRST_MS), "1000000", str(logs / tag(i))]


def requests_while_draining(house: JourneyHouse, messages: int) -> Mapping[str, list[float]]:
    """Milliseconds of each request, by kind, until all messages are stored."""
    taken: dict[str, list[float]] = {name: [] for name in PATHS}
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{house.http_port}", headers=headers, trust_env=False) as pages:
        while stored_messages(pages) < messages:
            for name, path in PATHS.items():
                begin = time.perf_counter()
                answer = pages.get(path + (WINDOW if "?" in path else ""), timeout=60)
                taken[name].append((time.perf_counter() - begin) * 1000)
                answer.raise_for_status()
    return taken


def stored_messages(pages: httpx2.Client) -> float:
    """What ingest has stored since the service started, from its metrics."""
    text = pages.get("/metrics", timeout=60).text
    values = [line for line in text.splitlines() if line.startswith("tiantou_ingest_values_total ")]
    return float(values[0].split()[1]) / 2


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
