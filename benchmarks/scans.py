"""How long the page of a scanned pack takes: `python -m benchmarks.scans [--packs 1000000] [--rates 50 100 200]`.

A real service over records with so many packs (benchmarks/packs.py), those of one pig recalled. Scans come at random
times, as many a second as is said, whether or not earlier ones were answered: a scan's time counts from when it was
due. Nine of ten are of packs of the pigs packed last, the others of any pig whose days are told. Load generator and
service share the machine.
"""

import argparse
import http.client
import queue
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from pathlib import Path

from benchmarks.capture import RefusedError, cpu_s, records_of
from benchmarks.figures import quantiles
from benchmarks.packs import PACKS_OF_A_PIG, Packs, fill, renamed
from benchmarks.results import Recording, Row, add_out
from storage.records.records import Records
from tests.journeys.house import JourneyHouse, house_in
from tests.traceability import one_life
from traceability.context import animal_giai

CONNECTIONS = 32
RECENT_SHARE = 0.9
WARM_SCANS = 50


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    parser.add_argument("--packs", type=int, default=1_000_000)
    parser.add_argument("--told", type=int, default=2_000, help="pigs with the whole of their days")
    parser.add_argument("--recent", type=int, default=200, help="pigs packed last")
    parser.add_argument("--rates", nargs="+", type=float, default=[25, 50, 100, 200], help="scans a second")
    parser.add_argument("--seconds", type=float, default=20)
    add_out(parser)
    options = parser.parse_args()
    pigs = options.packs // PACKS_OF_A_PIG
    packs = Packs(pigs=pigs, told=min(options.told, pigs))
    recording = Recording(
        {"packs": pigs * PACKS_OF_A_PIG, "pigs_with_all_days": packs.told, "pigs_packed_last": options.recent}
    )
    for kind in options.records:
        with (
            tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder,
            records_of(kind) as url,
            house_in(Path(folder) / "var", records_url=url) as house,
        ):
            records = Records.open(url or f"sqlite:///{house.folder.records}")
            began = time.perf_counter()
            fill(records, packs)
            records.close()
            recording.add("filled", {"records": kind, "seconds": time.perf_counter() - began})
            house.start()
            recall(house)
            draw = random.Random(1)  # noqa: S311 reproducible, no secret
            choose = chooser(packs, options.recent, draw)
            scan(house, [0.0] * WARM_SCANS, choose)
            for rate in options.rates:
                measure(house, kind, rate, options.seconds, choose, draw, recording)
            house.stop()
    recording.finish(options.out)


def recall(house: JourneyHouse) -> None:
    """What came of the first pig is recalled, so that every scan asks whether its pack is."""
    thing = renamed(animal_giai(one_life.PIG).uri, 0)
    drafted = house.post("/api/v1/recalls", {"reason": "试验", "criterion": "thing", "value": thing, "why": "figures"})
    path = f"/api/v1/recalls/{drafted.json()['id']}"
    digest = house.get(f"{path}/scope").json()["digest"]
    confirmed = house.post(f"{path}/steps", {"state": "confirmed", "why": "figures", "scope_digest": digest})
    if not confirmed.is_success:
        raise RefusedError(confirmed.text)


def chooser(packs: Packs, recent: int, draw: random.Random) -> Callable[[], str]:
    """What the next scan asks for."""

    def choose() -> str:
        latest = draw.random() < RECENT_SHARE
        pig = packs.told - 1 - draw.randrange(min(recent, packs.told)) if latest else draw.randrange(packs.told)
        return packs.path(pig, draw.randrange(packs.belly_packs))

    return choose


def measure(
    house: JourneyHouse,
    records: str,
    rate: float,
    seconds: float,
    choose: Callable[[], str],
    draw: random.Random,
    recording: Recording,
) -> None:
    due, moment = [], 0.0
    while moment < seconds:
        moment += draw.expovariate(rate)
        due.append(moment)
    before, began = cpu_s(house), time.perf_counter()
    taken_ms, size = scan(house, due, choose)
    elapsed = time.perf_counter() - began
    row: Row = {
        "records": records,
        "scans_per_s": rate,
        "answered_per_s": len(taken_ms) / elapsed,
        "service_cpu_ms_a_scan": 1000 * (cpu_s(house) - before) / len(taken_ms),
        "page_bytes": size,
    }
    recording.add("scanned", {**row, **quantiles(taken_ms)})


def scan(house: JourneyHouse, due: Sequence[float], choose: Callable[[], str]) -> tuple[list[float], int]:
    """Milliseconds from when each scan was due to its whole page; bytes of the last page."""
    waiting: queue.SimpleQueue[tuple[float, str] | None] = queue.SimpleQueue()
    taken: list[float] = []
    sizes = [0]

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", house.http_port, timeout=60)
        while (wanted := waiting.get()) is not None:
            moment, path = wanted
            connection.request("GET", path)
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != HTTPStatus.OK:
                sys.exit(f"{path}: {answer.status} {page[:300]!r}")
            taken.append((time.perf_counter() - moment) * 1000)
            sizes[0] = len(page)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    began = time.perf_counter()
    for moment in due:
        time.sleep(max(0.0, began + moment - time.perf_counter()))
        waiting.put((began + moment, choose()))
    for _ in workers:
        waiting.put(None)
    for worker in workers:
        worker.join()
    return taken, sizes[0]


if __name__ == "__main__":
    main()
