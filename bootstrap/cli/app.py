"""The command line, put together."""

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from bootstrap.cli import (
    animals,
    archives,
    certificates,
    claims,
    devices,
    enterprises,
    erase,
    evidence,
    facilities,
    farms,
    holds,
    households,
    labels,
    lifecycle,
    links,
    parts,
    planting,
    products,
    publish,
    quarantine,
    shares,
    sites,
    status,
    subscriptions,
    upkeep,
    users,
    values,
    workers,
)
from bootstrap.cli.screen import line
from bootstrap.reporting import run_reporting

EPILOG = """[bold]Begin with[/bold]

  tiantou demo

[bold]Your own site[/bold]: docs/getting-started.md goes all the way; it begins with

  tiantou serve

[bold]Settings[/bold] come from the environment (defaults in brackets):

  TIANTOU_DATA_DIR (./var), TIANTOU_BASE_URL,

  TIANTOU_HTTP_HOST (127.0.0.1), TIANTOU_HTTP_PORT (8000),

  TIANTOU_MQTT_PORT (1883), TIANTOU_MQTT_URL,

  TIANTOU_RECORDS_URL, TIANTOU_STORE_URL, TIANTOU_LOG_FORMAT (console or json),

  TIANTOU_COMPANY_PREFIX (your GS1 company prefix)
"""

app = typer.Typer(
    name="tiantou",
    help="田头: readings of pigs and fields, from the tag over MQTT to the consumer's phone.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for commands in (parts.app, workers.run, publish.app, values.app, status.app, upkeep.app):
    app.add_typer(commands)
# in the order in which a site is set up
for name, subject in {
    "site": sites,
    "household": households,
    "farm": farms,
    "enterprise": enterprises,
    "claim": claims,
    "user": users,
    "animal": animals,
    "field": planting,
    "device": devices,
    "facility": facilities,
    "product": products,
    "links": links,
    "labels": labels,
    "share": shares,
}.items():
    app.add_typer(subject.app, name=name, rich_help_panel="Your own site")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(erase.app, name="erase")
app.add_typer(lifecycle.app, name="import")
app.add_typer(workers.app, name="workers")
app.add_typer(shares.scans_app, name="scans")
app.add_typer(holds.app, name="holds")
app.add_typer(archives.app, name="archive")
app.add_typer(certificates.app, name="certificate")
app.add_typer(evidence.app, name="evidence")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 typer calls it with the option's value
    if wanted:
        try:
            line(f"tiantou {version('tiantou')}")
        except PackageNotFoundError:
            line("tiantou (not installed: run from its source)")
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """田头: readings of pigs and fields, from the tag over MQTT to the consumer's phone."""


def main() -> None:
    """Runs the command; an expected error is one line on standard error and an exit code, never a traceback."""
    run_reporting(app)
