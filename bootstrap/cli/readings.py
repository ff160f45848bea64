"""`tiantou import readings`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from bootstrap.cli.arguments import parse_zone
from bootstrap.cli.screen import err, examples, house, line, print_table
from bootstrap.clock import now_ms
from bootstrap.errors import RequestError
from bootstrap.history.header import Header
from bootstrap.history.importing import Import, Imported, import_table
from bootstrap.history.reading import HistoryReader
from bootstrap.history.report import Report
from bootstrap.history.rules import RULES
from bootstrap.history.storing import TakeHistory, into_store
from bootstrap.history.table import open_table
from bootstrap.house import House
from bootstrap.supervisor import sole_user
from bootstrap.wiring import open_store
from observations.identifiers import FarmId
from storage.records.records import Records

app = typer.Typer(help="导入历史数据 · Readings of the past, from files.", no_args_is_help=True)


@app.callback()
def root() -> None:
    """导入历史数据 · Readings of the past, from files."""


@app.command(
    epilog=examples(
        "tiantou import readings 2025.csv --site ningxiang --timezone Asia/Shanghai --dry-run",
        "tiantou import readings probes.parquet --farm farm-7",
        "tiantou import readings tag.csv --site ningxiang --device tag-00000167 --ignore note",
    )
)
def readings(
    *,
    file: Annotated[Path, typer.Argument(help="A .csv, .tsv or .parquet file.", exists=True, dir_okay=False)],
    site: Annotated[str | None, typer.Option(help="The site whose devices may be in the file.")] = None,
    farm: Annotated[str | None, typer.Option(help="The farm whose devices may be in the file.")] = None,
    device: Annotated[str | None, typer.Option(help="The whole file is of this device.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Of times without offset, such as Asia/Shanghai.")] = None,
    encoding: Annotated[str, typer.Option(help="Of a CSV file: utf8, or gbk from an older spreadsheet.")] = "utf8",
    ignore: Annotated[list[str] | None, typer.Option(help="A column that is not to be read; may be repeated.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where the report goes; beside the file where not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and store nothing.")] = False,
) -> None:
    """导入历史读数 · Store readings of the past after the same checks as live messages; may be repeated.

    Columns: device, time, channel where there are several, and observed properties by name, with their unit where it
    is another: ear_temperature[degF]. What cannot be stored as it stands is told in FILE.report.csv, row by row.
    """
    at_home = house()
    zone = None if timezone is None else parse_zone(timezone).key
    told = report or file.with_name(f"{file.name}.report.csv")
    # another store knows nothing of what this one took, and another report says nothing of what this one says
    places = (at_home.folder.root.resolve(), at_home.settings.store_url, told.resolve())
    asked = repr((site, farm, device, zone, encoding, sorted(ignore or []), dry_run, places))
    run = Import(file=file, asked=asked, state=file.with_name(f".{file.name}.import.json"))
    with ExitStack() as stack:
        devices = _devices(at_home, site=site, farm=farm)
        _require_known(device, devices)
        table = stack.enter_context(open_table(file, encoding=encoding))
        names = [name for name in table.names if device is None or name not in {"device", "设备"}]
        header = Header.read(names, ignored=ignore or [], one_device=device is not None)
        reader = HistoryReader(header, devices, zone=zone, one_device=device or "", now_ms=now_ms())
        take = None if dry_run else stack.enter_context(_way_in(at_home))
        begun = Imported() if dry_run else run.begun()
        if begun.row:
            line(f"going on after row {begun.row:,}")
        written = stack.enter_context(Report(told, counts=begun.found, size=begun.report_bytes))
        progress, task = stack.enter_context(_progress()), TaskID(0)
        progress.add_task(file.name, total=table.size, rows=0)

        def show(read: int, done: Imported) -> None:
            progress.update(task, completed=read, rows=done.rows)

        done = import_table(
            table,
            reader,
            written,
            begun=begun,
            take=take,
            note=(lambda _: None) if dry_run else run.note,
            progress=show,
        )
        run.end()
    _tell(done, told, dry_run=dry_run)
    if not done.all_is_well:
        sys.exit(1)


def _devices(at_home: House, *, site: str | None, farm: str | None) -> Mapping[str, str]:
    """Every registered device, with the rule its readings break by being in this file."""
    if (site is None) == (farm is None):
        msg = "say whose readings the file holds: --site SITE or --farm FARM"
        raise RequestError(msg)
    with at_home.records() as records:
        registered = records.devices.all()
        allowed = (
            {str(each.id) for each in registered if each.site == site} if farm is None else _of_farm(records, farm)
        )
    if not allowed:
        msg = f"no device is registered at {site or farm}"
        raise RequestError(msg)
    return {str(each.id): "" if each.id in allowed else "other_site" for each in registered}


def _of_farm(records: Records, farm: str) -> set[str]:
    """The devices that were ever on an animal or in a field of that farm."""
    if records.households.find_farm(FarmId.parse(farm)) is None:
        msg = f"farm {farm} is not registered: tiantou farm list"
        raise RequestError(msg)
    found = set()
    for deployment in records.deployments.of_devices([each.id for each in records.devices.all()]):
        animal = records.animals.find(deployment.animal) if deployment.animal is not None else None
        field = records.fields.find(deployment.field) if deployment.field is not None else None
        if farm in {getattr(animal, "farm", None), getattr(field, "farm", None)}:
            found.add(str(deployment.device))
    return found


def _require_known(device: str | None, devices: Mapping[str, str]) -> None:
    problem = "" if device is None else devices.get(device, "unknown_device")
    if problem:
        msg = f"device {device}: {problem.replace('_', ' ')}; {RULES[problem].advice}"
        raise RequestError(msg)


@contextmanager
def _way_in(at_home: House) -> Iterator[TakeHistory]:
    """Through the service where one runs on this data folder (the embedded store is its alone); else our own store."""
    if at_home.service.answers():
        yield at_home.service.take_history
        return
    part = "serve" if at_home.settings.store_url is None else "import"
    with sole_user(at_home.folder, "import.lock"):
        store = open_store(at_home, part=part)
        try:
            yield into_store(store, store.append)
        finally:
            store.close()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=err,
        disable=not err.is_terminal,
    )


class _Rate(ProgressColumn):
    """Rows so far, and rows a second."""

    def render(self, task: Task) -> Text:
        """Both, for this task."""
        rows = int(task.fields["rows"])
        rate = rows / task.elapsed if task.elapsed else 0.0
        return Text(f"{rows:,} rows, {rate:,.0f}/s")


def _tell(done: Imported, report: Path, *, dry_run: bool) -> None:
    if dry_run:
        line(f"{done.rows:,} rows checked, {done.refused:,} would be refused; nothing was stored")
    else:
        line(
            f"{done.rows:,} rows: {done.stored:,} values stored, {done.redelivered:,} were there already, "
            f"{done.conflicting:,} in conflict; {done.refused:,} rows refused"
        )
    if done.gone:
        line(f"{done.gone:,} values not kept: they are of what was erased, or older than the retention keeps")
    if done.found:
        rows = [
            [f"{count:,}", rule, RULES[rule].outcome, RULES[rule].advice] for rule, count in sorted(done.found.items())
        ]
        print_table(["count", "rule", "outcome", "what to do"], rows)
        line(f"row by row: {report}")
