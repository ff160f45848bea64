"""How long the page of a scanned pack takes: `python -m benchmarks.scans [--packs 1000000] [--rates 50 100 200]`.

A real service over records with so many packs (benchmarks/packs.py), those of one pig recalled. Scans come at random
times, as many a second as is said, whether or not earlier ones were answered: a scan's time counts from when it was
due. Each is of any pack of any pig whose days are told. First no life has a digest yet: the service makes them
meanwhile, and starts the processes that make pages (only the lowest rate is measured). Then all have, and guards and
masses have been through all records, as they have where records come one by one. Load generator and service share the
machine.
"""

import argparse
import http.client
import queue
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from benchmarks.capture import RefusedError, cpu_s, records_of
from benchmarks.figures import quantiles
from benchmarks.packs import PACKS_OF_A_PIG, Packs, digest_lives, fill, renamed
from benchmarks.results import Recording, Row, add_out
from bootstrap.data_folder import DataFolder
from bootstrap.settings import Settings
from storage.records.records import Records
from storage.records.schema import migrate
from tests.journeys.house import JourneyHouse, house_in
from tests.traceability import one_life
from traceability.context import animal_giai

CONNECTIONS = 32
WARM_SCANS = 200
MAKERS_COME_UP_S, MAKERS_SETTLE_S = 60.0, 2.0
NONE_YET, ALL = "none yet", "all"
Choose = Callable[[], str]


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite"])
    parser.add_argument("--packs", type=int, default=1_000_000)
    parser.add_argument("--told", type=int, default=2_000, help="pigs with the whole of their days")
    parser.add_argument("--rates", nargs="+", type=float, default=[25, 50, 100, 200], help="scans a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--keep", type=Path, help="a folder where filled SQLite records are kept for the next time")
    add_out(parser)
    options = parser.parse_args()
    pigs = options.packs // PACKS_OF_A_PIG
    packs = Packs(pigs=pigs, told=min(options.told, pigs))
    recording = Recording({"packs": pigs * PACKS_OF_A_PIG, "pigs_with_all_days": packs.told})
    for kind in options.records:
        with house_with(kind, packs, options.keep) as house:
            draw = random.Random(1)  # noqa: S311 reproducible, no secret
            run = Run(house=house, records=kind, choose=chooser(packs, draw), draw=draw, recording=recording)
            run.measure(NONE_YET, min(options.rates), options.seconds)
            house.stop()
            began = time.perf_counter()
            records = Records.open(house.settings.get("TIANTOU_RECORDS_URL") or f"sqlite:///{house.folder.records}")
            made = digest_lives(records, packs)
            records.close()
            recording.add("digested", {"records": kind, "lives": made, "seconds": time.perf_counter() - began})
            house.start()
            for rate in options.rates:
                run.measure(ALL, rate, options.seconds)
            house.stop()
    recording.finish(options.out)


@contextmanager
def house_with(kind: str, packs: Packs, keep: Path | None) -> Iterator[JourneyHouse]:
    """A house that runs over records with these packs, the first pig recalled; nothing of it runs afterwards."""
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder, records_of(kind) as url:
        root = Path(folder) / "var"
        if url is None:
            file = DataFolder(root=root)
            file.create()
            shutil.copy(filled_file(keep or Path(folder), packs), file.records)
        else:
            write(url, packs)
        with house_in(root, records_url=url) as house:
            house.start()
            recall(house)
            yield house


def filled_file(folder: Path, packs: Packs) -> Path:
    """SQLite records in that folder with these packs, made where they are not there."""
    file = folder / f"packs-{packs.pigs}-{packs.told}.sqlite"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        write(f"sqlite:///{beside}", packs)
        beside.rename(file)
    return file


def write(url: str, packs: Packs) -> None:
    """The records at that URL hold these packs and no digests."""
    records = Records.open(url)
    migrate(records.engine)
    fill(records, packs)
    records.close()


def recall(house: JourneyHouse) -> None:
    """What came of the first pig is recalled, so that every scan asks whether its pack is."""
    thing = renamed(animal_giai(one_life.PIG).uri, 0)
    drafted = house.post("/api/v1/recalls", {"reason": "试验", "criterion": "thing", "value": thing, "why": "figures"})
    path = f"/api/v1/recalls/{drafted.json()['id']}"
    digest = house.get(f"{path}/scope").json()["digest"]
    confirmed = house.post(f"{path}/steps", {"state": "confirmed", "why": "figures", "scope_digest": digest})
    if not confirmed.is_success:
        raise RefusedError(confirmed.text)


def chooser(packs: Packs, draw: random.Random) -> Choose:
    """What the next scan asks for: any pack of any pig that is told."""
    return lambda: packs.path(draw.randrange(packs.told), draw.randrange(packs.belly_packs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Scans of a house that runs."""

    house: JourneyHouse
    records: str
    choose: Choose
    draw: random.Random
    recording: Recording

    def measure(self, digests: str, rate: float, seconds: float) -> None:
        """Scans at that rate are in the recording; digests: which lives have one."""
        if digests == ALL:
            scan(self.house, [0.0], self.choose)
            wait_for_makers(self.house)
            scan(self.house, [0.0] * WARM_SCANS, self.choose)
        due, moment = [], 0.0
        while moment < seconds:
            moment += self.draw.expovariate(rate)
            due.append(moment)
        before, began = cpu_s(self.house), time.perf_counter()
        taken_ms, size = scan(self.house, due, self.choose)
        elapsed = time.perf_counter() - began
        row: Row = {
            "records": self.records,
            "digests": digests,
            "scans_per_s": rate,
            "answered_per_s": len(taken_ms) / elapsed,
            "service_cpu_ms_a_scan": 1000 * (cpu_s(self.house) - before) / len(taken_ms),
            "page_bytes": size,
        }
        self.recording.add("scanned", {**row, **quantiles(taken_ms)})


def wait_for_makers(house: JourneyHouse) -> None:
    """The processes that make pages, started with the first scan, listen."""
    processes = Settings(data_dir=house.folder.root).page_maker_processes
    deadline = time.monotonic() + MAKERS_COME_UP_S
    while len(house.folder.page_sockets()) < processes:
        if time.monotonic() > deadline:
            raise TimeoutError(MAKERS_COME_UP_S)
        time.sleep(0.1)
    time.sleep(MAKERS_SETTLE_S)


def scan(house: JourneyHouse, due: Sequence[float], choose: Choose) -> tuple[list[float], int]:
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
