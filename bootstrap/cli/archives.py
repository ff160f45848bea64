"""`tiantou archive …`."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from api.archives import ArchiveSources, animal_archive, farm_archive, keeper_of
from api.paper.archive_pdf import archive_pdf
from api.rest.archives import archive_csv
from bootstrap.cli.arguments import parse_day
from bootstrap.cli.registered import animal_of, farm_of
from bootstrap.cli.screen import examples, house, line, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import FolderError, RequestError
from bootstrap.house import House
from households.model import Farm
from observations.identifiers import EarTagNumber, FarmId
from storage.records.records import Records
from traceability.archive.icar import icar_document
from traceability.archive.model import Archive, Keeper, Period
from traceability.archive.tables import items, retentions

app = typer.Typer(no_args_is_help=True, help="养殖档案 · The breeding archive that the law asks for.")


class Form(StrEnum):
    """What an archive may be written as."""

    PDF = "pdf"
    CSV = "csv"
    ICAR = "icar.json"


Out = Annotated[Path, typer.Option("--out", "-o", help="The file; its ending says the form: .pdf, .csv or .icar.json.")]
Since = Annotated[str | None, typer.Option(help="First day; else the animal's birth or 1 January.", metavar="DAY")]
Until = Annotated[str | None, typer.Option(help="Last day, included; else today.", metavar="DAY")]
NoNames = Annotated[bool, typer.Option("--no-names", help="Leave names of persons out.")]


@app.command(epilog=examples("tiantou archive farm farm-01 --since 2026-01-01 -o farm-01.pdf"))
def farm(farm_id: str, out: Out, since: Since = None, until: Until = None, *, no_names: NoNames = False) -> None:
    """Write a farm's archive: PDF to print, CSV, or ICAR JSON."""
    at_home = house()
    with at_home.records() as records:
        found = farm_of(records, FarmId.parse(farm_id))
        last = parse_day(until) if until else _today(found)
        period = _period(parse_day(since) if since else date(last.year, 1, 1), last)
        keeper = _keeper(records, found, personal=not no_names)
        archive = farm_archive(_sources(records), keeper, records.animals.on_farms([found.id]), period)
    _write(at_home, archive, out, f"/api/v1/farms/{found.id}")


@app.command(epilog=examples("tiantou archive animal 143018200000147 -o pig.icar.json"))
def animal(ear_tag: str, out: Out, since: Since = None, until: Until = None, *, no_names: NoNames = False) -> None:
    """Write one animal's archive, from its birth on."""
    at_home = house()
    with at_home.records() as records:
        found = animal_of(records, EarTagNumber.parse(ear_tag))
        its_farm = farm_of(records, found.farm)
        last = parse_day(until) if until else _today(its_farm)
        period = _period(parse_day(since) if since else min(found.born_on, last), last)
        keeper = _keeper(records, its_farm, personal=not no_names)
        archive = animal_archive(_sources(records), keeper, found, period)
    _write(at_home, archive, out, f"/api/v1/animals/{found.id}")


@app.command(name="items", epilog=examples("tiantou archive items"))
def list_items() -> None:
    """List what the law asks for and how long it is kept, each with its source."""
    print_table(("item", "Chinese", "English", "source"), ([i.item, i.zh, i.en, i.source] for i in items().values()))
    rows = [[r.kind, r.zh, r.en, r.source] for r in retentions().values()]
    print_table(("kept", "Chinese", "English", "source"), rows)


def _sources(records: Records) -> ArchiveSources:
    return ArchiveSources(events=records.events, queries=records.event_queries, keys=records.keys)


def _keeper(records: Records, of: Farm, *, personal: bool) -> Keeper:
    household = next(iter(records.households.households([of.household])), None)
    simulated = {site.id for site in records.households.sites() if site.simulated}
    return keeper_of(of, household, personal=personal, simulated=of.site in simulated)


def _today(of: Farm) -> date:
    return utc_now().astimezone(ZoneInfo(of.timezone)).date()


def _period(first: date, last: date) -> Period:
    if first > last:
        msg = f"--since {first} is later than --until {last}"
        raise RequestError(msg)
    return Period(first=first, last=last)


def _write(at_home: House, archive: Archive, out: Path, path: str) -> None:
    form = next((form for form in Form if out.name.endswith(f".{form}")), None)
    if form is None:
        msg = f"{out.name}: the file's ending says its form, one of {', '.join(f'.{form}' for form in Form)}"
        raise RequestError(msg)
    address = f"{at_home.settings.public_url.rstrip('/')}{path}/archive.{form}"
    content = {
        Form.PDF: lambda: archive_pdf(archive, printed_by="tiantou archive", printed_at=utc_now()),
        Form.CSV: lambda: archive_csv(archive).encode(),
        Form.ICAR: lambda: msgspec.json.encode(icar_document(archive, address=address)),
    }[form]()
    try:
        out.write_bytes(content)
    except OSError as error:
        msg = f"{out} cannot be written: {error.strerror}"
        raise FolderError(msg) from error
    records = sum(len(entries) for entries in archive.entries.values())
    line(f"{out}: {len(archive.animals)} animals, {records} records, {archive.period.first} to {archive.period.last}")
