"""`tiantou migrate`, `backup`, `restore`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from bootstrap import backup as backups
from bootstrap.cli.screen import err, examples, house, line
from bootstrap.clock import utc_now
from bootstrap.data_folder import DataFolder
from bootstrap.house import House
from bootstrap.settings import Settings
from bootstrap.wiring import open_store
from storage.records.records import Records
from storage.records.schema import migrate as migrate_records

app = typer.Typer()


@app.command(epilog=examples("tiantou migrate", "TIANTOU_RECORDS_URL=postgresql://localhost/tiantou tiantou migrate"))
def migrate() -> None:
    """Bring the records' tables to this version (every start does it too)."""
    at_home = house()
    records = Records.open(at_home.records_url)
    try:
        applied = migrate_records(records.engine)
    finally:
        records.close()
    line("\n".join(applied) if applied else "the records are up to date")


@app.command(epilog=examples("tiantou backup /media/disk/tiantou-2026-11-22"))
def backup(folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or empty.")]) -> None:
    """Copy records, observations and secrets as of one point; the service may go on running."""
    at_home = house()
    with err.status("copying …"):
        if at_home.service.answers():
            at_home.service.back_up(folder)
        else:
            _back_up_alone(at_home, folder)
    line(f"backup in {folder.absolute()}; keep it as private as the data folder: it holds names and passwords")


@app.command(epilog=examples("TIANTOU_DATA_DIR=/srv/tiantou tiantou restore /media/disk/tiantou-2026-11-22"))
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `tiantou backup` made.", exists=True, file_okay=False)],
) -> None:
    """Put a backup into an empty data folder."""
    settings = Settings.read()
    data = DataFolder(root=settings.data_dir)
    with err.status("copying …"):
        backups.restore(folder, data=data, settings=settings)
    line(f"restored into {data.root}; start with: tiantou serve")


def _back_up_alone(at_home: House, folder: Path) -> None:
    with at_home.records() as records:
        store = open_store(at_home, part="serve")
        try:
            backups.back_up(
                folder, data=at_home.folder, records=records, store=store, standstill=nullcontext, now=utc_now()
            )
        finally:
            store.close()
