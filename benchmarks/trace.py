"""Traces in a large graph: `python -m benchmarks.trace [--records sqlite postgresql]`.

20,000 pigs, each slaughtered, cut, packed into 50 packs, and its trim minced with that of 30 to 60 others: 1.25
million things. Only the graph is written, by the program's own rules; the events
themselves are not kept.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.figures import quantiles
from benchmarks.postgresql import postgresql
from benchmarks.results import Recording, add_out, program_version
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.trace_rows import Things, write_links
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent
from traceability.trace_links import links_of, step_of
from traceability.trace_model import Link, Traced

PIGS, PACKS, FEED_LOT = 20_000, 50, 500
TRIMS, MINCE_PACKS = (30, 60), 390
WRITTEN_AT_ONCE = 2_000
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
PACK, MINCE = "https://id.gs1.org/01/09526000100010/21/", "https://id.gs1.org/01/09526000100034/21/"


def pig(number: int) -> str:
    """The URI of a living pig."""
    return f"https://id.gs1.org/8004/95260001430182{number:08}"


def transformation(number: int, inputs: list[str], outputs: list[str], lot: str = "") -> RecordedEvent:
    """One step."""
    at = BEGIN + timedelta(minutes=number)
    captured = CapturedEvent(
        event_id=f"urn:uuid:{number:032x}",
        event_type="TransformationEvent",
        event_time=at,
        record_time=at,
        biz_step="commissioning",
        epcs=(),
        document="",
        digest=f"{number:064x}",
    )
    ilmd = {"ilmd": {"cbvmda:lotNumber": lot}} if lot else {}
    body: dict[str, Any] = {"inputEPCList": inputs, "outputEPCList": outputs, "tt:linkMethod": "rfid", **ilmd}
    return RecordedEvent(captured=captured, body=body, day=at.date())


def steps() -> Iterator[RecordedEvent]:
    """All of them; pigs come to slaughter at random, so that a mince holds meat of many feed lots."""
    draw = random.Random(1)  # noqa: S311 reproducible, no secret
    number, trims = 0, list[str]()
    for each in draw.sample(range(PIGS), PIGS):
        carcass, trim = f"{PACK}C{each}", f"{PACK}T{each}"
        packs = [f"{PACK}{each:05}{pack:02}" for pack in range(PACKS)]
        yield transformation(number, [pig(each)], [carcass])
        yield transformation(number + 1, [carcass], [*packs, trim], lot=f"D{each // 100}")
        number += 2
        trims.append(trim)
        if len(trims) >= draw.randint(*TRIMS):
            yield transformation(number, trims, [f"{MINCE}{number}-{pack}" for pack in range(MINCE_PACKS)])
            number, trims = number + 1, []


def fill(records: Records) -> dict[str, float]:
    """The graph is in the records; how long that took."""
    begin, links, waiting = time.monotonic(), 0, dict[str, list[Link]]()
    with records.engine.begin() as connection:
        for step in steps():
            name = step_of(step)
            if name is not None:
                waiting[name] = links_of(name, [step])
                links += len(waiting[name])
            if len(waiting) >= WRITTEN_AT_ONCE:
                write_links(Things(connection), waiting)
                waiting = {}
        write_links(Things(connection), waiting)
    if records.engine.dialect.name == "postgresql":
        with records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE trace_links, trace_things, trace_makings")
    seconds = time.monotonic() - begin
    return {"links": links, "seconds": seconds, "links_per_s": links / seconds}


def timed(ask: Callable[[int], Traced], times: int) -> dict[str, float]:
    """How many things the question finds on average, and how long it takes."""
    taken: list[float] = []
    certain = possible = 0
    for number in range(times):
        begin = time.perf_counter()
        told = ask(number)
        taken.append((time.perf_counter() - begin) * 1000)
        certain, possible = certain + len(told.certain), possible + len(told.possible)
    return {"certain": certain / times, "possible": possible / times, **quantiles(taken)}


def measure(records: Records, recording: Recording) -> None:
    """Fills and asks."""
    engine = records.engine.dialect.name
    recording.add("written", {"records": engine, **fill(records)})
    draw = random.Random(2)  # noqa: S311 reproducible, no secret
    minced = sorted(records.traces.forward([pig(each) for each in range(200)]).possible)
    mince = [name for name in minced if name.startswith(MINCE)]
    lots = PIGS // FEED_LOT
    questions: tuple[tuple[str, int, Callable[[int], Traced]], ...] = (
        ("back from a pack", 300, lambda _: records.traces.back([f"{PACK}{draw.randrange(PIGS):05}07"])),
        ("back from mince", 300, lambda _: records.traces.back([draw.choice(mince)])),
        ("forward from a pig", 300, lambda _: records.traces.forward([pig(draw.randrange(PIGS))])),
        (
            f"forward from a feed lot of {FEED_LOT} pigs",
            20,
            lambda lot: records.traces.forward([pig(lot % lots * FEED_LOT + each) for each in range(FEED_LOT)]),
        ),
    )
    for name, times, ask in questions:
        recording.add("asked", {"records": engine, "question": name, **timed(ask, times)})


@contextmanager
def url_of(kind: str) -> Iterator[str]:
    """The URL of empty records of that kind."""
    if kind == "postgresql":
        with postgresql() as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder:
        yield f"sqlite:///{Path(folder)}/records.sqlite"


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    add_out(parser)
    options = parser.parse_args()
    recording = Recording({"pigs": PIGS, "packs_a_pig": PACKS, "feed_lot": FEED_LOT, "packs_a_mince": MINCE_PACKS})
    if "postgresql" in options.records:
        recording.versions["postgresql"] = program_version("/usr/lib/postgresql/15/bin/postgres", "--version")
    for kind in options.records:
        with url_of(kind) as url:
            records = Records.open(url)
            migrate(records.engine)
            measure(records, recording)
            records.close()
    recording.finish(options.out)


if __name__ == "__main__":
    main()
