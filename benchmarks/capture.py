"""How many EPCIS events a second are captured durably: `python -m benchmarks.capture [--records sqlite postgresql]`.

The real service takes documents of 1,000 events over HTTP (`POST /epcis/capture`), two at a time, until the last job is
finished; then single events (`POST /epcis/events`) from several connections, each answered once it is durable. Of ten
events seven are inspections of a pig with a temperature, one a slaughter, two packings of five things each. No pig
wears a tag or has a certificate: the guards judge every slaughter and put four holds on its pig.
"""

import argparse
import json
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.figures import quantiles
from benchmarks.postgresql import postgresql
from benchmarks.results import Recording, add_out, program_version
from bootstrap.process import marked_process
from tests.journeys.house import JourneyHouse, house_in

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
PLACE = {"id": "https://id.gs1.org/414/9526000100010"}
IN_A_DOCUMENT, DOCUMENTS_AT_ONCE = 1_000, 2
SINGLE_CONNECTIONS = 16
POLL_S = 0.02
WARM = 800_000
"""Number of a document of no other figure."""


class RefusedError(Exception):
    """The service did not take what it should have."""


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--documents", type=int, default=40, help="of 1,000 events each")
    parser.add_argument("--single", type=int, default=4_000, help="events sent one by one")
    add_out(parser)
    options = parser.parse_args()
    recording = Recording(
        {"documents": options.documents, "events_a_document": IN_A_DOCUMENT, "single_events": options.single}
    )
    if "postgresql" in options.records:
        recording.versions["postgresql"] = program_version("/usr/lib/postgresql/15/bin/postgres", "--version")
    for records in options.records:
        with (
            tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder,
            records_of(records) as url,
            house_in(Path(folder) / "var", records_url=url) as house,
        ):
            house.start()
            measure(house, records, options, recording)
            house.stop()
    recording.finish(options.out)


@contextmanager
def records_of(kind: str) -> Iterator[str | None]:
    """The URL of the records; None for SQLite in the data folder."""
    if kind == "sqlite":
        yield None
        return
    with postgresql() as url:
        yield url


def measure(house: JourneyHouse, records: str, options: argparse.Namespace, recording: Recording) -> None:
    documents = [document(number) for number in range(options.documents)]
    singles = [single(number) for number in range(options.single)]
    warm_up(house)
    for name, events, work in (
        ("documents of 1,000", options.documents * IN_A_DOCUMENT, partial(send_documents, house, documents)),
        ("one by one", options.single, partial(send_singly, house, singles)),
    ):
        before, began = cpu_s(house), time.perf_counter()
        taken_ms = work()
        seconds = time.perf_counter() - began
        row = {
            "records": records,
            "sent": name,
            "events": events,
            "events_per_s": events / seconds,
            "service_cpu_s_per_1000": 1000 * (cpu_s(house) - before) / events,
        }
        recording.add("captured", {**row, **{f"answer_{key}": value for key, value in quantiles(taken_ms).items()}})


def warm_up(house: JourneyHouse) -> None:
    """What is done once a process is done."""
    send_documents(house, [document(WARM)])


def send_documents(house: JourneyHouse, documents: Sequence[bytes]) -> list[float]:
    """Every document's events are stored; milliseconds of each answer."""
    locations: list[str] = []

    def send(client: httpx2.Client, body: bytes) -> None:
        answer = client.post("/epcis/capture", content=body)
        _require(answer.status_code == 202, answer.text)
        locations.append(answer.headers["location"])

    taken = sent_by(house, documents, send, connections=DOCUMENTS_AT_ONCE)
    with client_of(house) as client:
        for location in locations:
            while (job := client.get(location).json())["running"]:
                time.sleep(POLL_S)
            _require(job["success"], json.dumps(job))
    return taken


def send_singly(house: JourneyHouse, events: Sequence[bytes]) -> list[float]:
    """Every event is stored; milliseconds of each answer."""

    def send(client: httpx2.Client, body: bytes) -> None:
        answer = client.post("/epcis/events", content=body)
        _require(answer.status_code == 201, answer.text)

    return sent_by(house, events, send, connections=SINGLE_CONNECTIONS)


def sent_by(
    house: JourneyHouse, bodies: Sequence[bytes], send: Callable[[httpx2.Client, bytes], None], *, connections: int
) -> list[float]:
    """All are sent, over so many connections at once; milliseconds of each."""
    waiting, taken = iter(bodies), list[float]()
    turn = threading.Lock()

    def work() -> None:
        with client_of(house) as client:
            while True:
                with turn:
                    body = next(waiting, None)
                if body is None:
                    return
                began = time.perf_counter()
                send(client, body)
                taken.append((time.perf_counter() - began) * 1000)

    workers = [threading.Thread(target=work) for _ in range(connections)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    _require(len(taken) == len(bodies), "some were refused, see above")
    return taken


def client_of(house: JourneyHouse) -> httpx2.Client:
    headers = {"Authorization": f"Bearer {house.token}", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{house.http_port}"
    return httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=120)


def cpu_s(house: JourneyHouse) -> float:
    """What the service's process has used so far, and those that make pages for it."""
    service = marked_process(house.folder.run / "service.pid")
    processes = [] if service is None else [service, *service.children(recursive=True)]
    times: list[Any] = [each.cpu_times() for each in processes]
    return float(sum(each.user + each.system for each in times))


def _require(held: object, told: str) -> None:
    if not held:
        raise RefusedError(told[:500])


def document(number: int) -> bytes:
    """A document of 1,000 events."""
    events = [event(number * IN_A_DOCUMENT + place) for place in range(IN_A_DOCUMENT)]
    head = {"type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-07-02T00:00:00Z"}
    return json.dumps({"@context": CONTEXT, **head, "epcisBody": {"eventList": events}}).encode()


def single(number: int) -> bytes:
    """An event by itself."""
    return json.dumps({"@context": CONTEXT, **event(900_000_000 + number)}).encode()


def event(number: int) -> dict[str, Any]:
    """One event; ten follow each other for each pig."""
    pig = f"https://id.gs1.org/8004/95260001430182{number // 10:08}"
    told = {
        "eventID": uuid.UUID(int=number + (4 << 76)).urn,
        "eventTime": f"2026-07-01T{8 + number % 10:02}:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "readPoint": PLACE,
        "bizLocation": PLACE,
    }
    item = "https://id.gs1.org/01/09526000100010/21/"
    if number % 10 == 7:
        made = {"inputEPCList": [pig], "outputEPCList": [f"{item}C{number}"]}
        return {"type": "TransformationEvent", **told, "bizStep": "commissioning", "disposition": "active", **made}
    if number % 10 > 7:
        held = {"parentID": f"{item}B{number}", "childEPCs": [f"{item}P{number}-{each}" for each in range(5)]}
        return {"type": "AggregationEvent", **told, "action": "ADD", "bizStep": "packing", **held}
    report = {"type": "Temperature", "value": 38 + number % 10 / 10, "uom": "CEL"}
    seen = {"epcList": [pig], "sensorElementList": [{"sensorReport": [report]}]}
    return {"type": "ObjectEvent", **told, "action": "OBSERVE", "bizStep": "inspecting", **seen}


if __name__ == "__main__":
    main()
