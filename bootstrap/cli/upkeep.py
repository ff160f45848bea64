"""`tiantou migrate`, `backup`, `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from bootstrap import backup as backups
from bootstrap.cli.chores import do, progress
from bootstrap.cli.screen import examples, house, line
from bootstrap.data_folder import DataFolder
from bootstrap.record_keys import change_keys as change_record_keys
from bootstrap.record_keys import key_file
from bootstrap.settings import Settings
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
    do(at_home, "backup", {"folder": str(folder.absolute())})
    line(
        f"backup in {folder.absolute()}; keep it as private as the data folder: it holds names, passwords and the key "
        "(secrets/record-keys) that opens sealed tokens"
    )


@app.command(epilog=examples("tiantou change-keys"))
def change_keys() -> None:
    """Seal others' secrets in the records (signature tokens of webhooks) with a new key; the service may go on running.

    The key before it stays in the data folder until the next change; backups made before hold the keys of their time.
    """
    at_home = house()
    with at_home.records() as records:
        changed = change_record_keys(at_home.folder, records)
    line(f"{changed} secrets sealed with a new key in {key_file(at_home.folder)}")


@app.command(epilog=examples("TIANTOU_DATA_DIR=/srv/tiantou tiantou restore /media/disk/tiantou-2026-11-22"))
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `tiantou backup` made.", exists=True, file_okay=False)],
) -> None:
    """Put a backup into an empty data folder."""
    settings = Settings.read()
    data = DataFolder(root=settings.data_dir)
    with progress("restore") as tell:
        backups.restore(folder, data=data, settings=settings, tell=tell)
    line(f"restored into {data.root}; start with: tiantou serve")
