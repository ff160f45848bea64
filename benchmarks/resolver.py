"""What an answer of the resolver costs: `python -m benchmarks.resolver [URL of an empty database]`.

2,000 packing events of 50 packs each and 1,000 codes with links of their own; processor time of one answer, without
the web server, on the codes in random order.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fastapi import Response
from starlette.requests import Request

from api.public.resolver import resolved
from api.public.services import PublicServices
from benchmarks.figures import machine, quantiles
from storage.records.records import Records
from storage.records.schema import migrate
from tests.traceability.evidence_pack.readings_in_memory import NoReadings
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.evidence_pack.keys import EvidenceKey
from traceability.evidence_pack.pack import Evidence
from traceability.gs1.keys import check_digit
from traceability.model import CapturedEvent
from traceability.resolver.given_links import GivenLink, read_link

EVENTS, PACKS, CODES, TIMES = 2_000, 50, 1_000, 1_000
GTIN, GLN = "09526000100010", "9526000900023"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = "https://trace.example"


def packing(number: int) -> CapturedEvent:
    """One carcass cut and packed."""
    at = BEGIN + timedelta(minutes=number)
    document = {
        "@context": CONTEXT,
        "type": "TransformationEvent",
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "bizStep": "commissioning",
        "bizLocation": {"id": f"https://id.gs1.org/414/{GLN}"},
        "inputEPCList": [f"https://id.gs1.org/01/{GTIN}/21/C{number}"],
        "outputEPCList": [f"https://id.gs1.org/01/{GTIN}/21/{number}-{pack}" for pack in range(PACKS)],
        "ilmd": {"cbvmda:lotNumber": f"L{number}"},
    }
    return capture_event(json.dumps(document).encode(), record_time=at)


def code(number: int) -> str:
    """A product of somebody else's."""
    stem = f"095210{number:07}"
    return f"/01/{stem}{check_digit(stem)}"


def fill(records: Records) -> None:
    """The events and links are in the records."""
    begin = time.monotonic()
    records.events.capture([packing(number) for number in range(EVENTS)])
    for number in range(CODES):
        link = read_link(link_type="gs1:pip", href=f"https://brand.example/{number}", title="A page", languages=["en"])
        records.given_links.add(GivenLink(key=code(number), link=link, default=True, by="benchmark", at=BEGIN))
    print(f"{EVENTS * PACKS:,} packs and {CODES:,} links in {time.monotonic() - begin:.0f} s", flush=True)


def paths() -> Iterator[str]:
    """Packs in random order."""
    draw = random.Random(1)  # noqa: S311 reproducible, no secret
    while True:
        number = draw.randrange(EVENTS)
        yield f"/01/{GTIN}/10/L{number}/21/{number}-{draw.randrange(PACKS)}"


def asked(services: PublicServices, path: str, query: str) -> Response:
    """The answer to one request; the house's own page is left out."""
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    request = Request({**scope, "headers": []})
    return resolved(services, request, lambda: Response(status_code=404))


def timed(name: str, ask: Callable[[], Response]) -> None:
    """Prints the processor time of an answer."""
    taken: list[float] = []
    status = 0
    for _ in range(TIMES):
        begin = time.process_time()
        status = ask().status_code
        taken.append((time.process_time() - begin) * 1000)
    print(f"  {name} ({status}): {quantiles(taken)} of CPU", flush=True)


def measure(url: str) -> None:
    """Fills and asks."""
    records = Records.open(url)
    migrate(records.engine)
    print(f"\n{records.engine.dialect.name}", flush=True)
    fill(records)
    services = PublicServices(
        events=records.events,
        products=records.products,
        places=records.places,
        recalls=records.recalls,
        guards=records.guards,
        holds=records.holds,
        certificates=records.certificates,
        evidence=Evidence(key=EvidenceKey(b"of the benchmark"), readings=NoReadings(), base_url=ROOT),
        now=lambda: BEGIN,
        base_url=ROOT,
        links=records.given_links,
    )
    packs, draw = paths(), random.Random(2)  # noqa: S311 reproducible, no secret
    timed("redirect to a requested type", lambda: asked(services, next(packs), "linkType=gs1:traceability"))
    timed("linkset of a pack", lambda: asked(services, next(packs), "linkType=linkset"))
    timed("redirect to a given default", lambda: asked(services, code(draw.randrange(CODES)), "foo=bar"))
    timed("a code nobody knows", lambda: asked(services, f"/01/{GTIN}/21/x{draw.random()}", "linkType=gs1:pip"))
    records.close()


def main() -> None:
    """Measures on SQLite, or on the database that is named."""
    print(machine())
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'records.sqlite'}")


if __name__ == "__main__":
    main()
