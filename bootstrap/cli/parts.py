"""`tiantou demo`, `serve`, `ingest`, `simulate`: what runs until it is stopped."""

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bootstrap.cli.screen import err, examples, house, line
from bootstrap.demo import run_demo, run_ingest, run_serve
from bootstrap.errors import RequestError
from bootstrap.greeting import greeting
from bootstrap.logs import configure_logs
from bootstrap.simulate import run_simulation

app = typer.Typer()


@app.command(
    epilog=examples(
        "tiantou demo", "TIANTOU_HTTP_PORT=8080 TIANTOU_MQTT_PORT=2883 TIANTOU_DATA_DIR=/tmp/other tiantou demo"
    )
)
def demo() -> None:
    """Run the whole product with simulated farms: broker, service, simulators. Ctrl-C stops everything."""
    at_home = house()
    configure_logs(at_home.settings.log_format)
    run_demo(at_home, err, greet=lambda demonstration: line(greeting(at_home, demonstration)))


@app.command(
    epilog=examples("tiantou serve", "TIANTOU_MQTT_URL=mqtt://ingest:secret@broker.example:1883 tiantou serve")
)
def serve() -> None:
    """Run the service, and our own broker where TIANTOU_MQTT_URL names no other."""
    at_home = house()
    configure_logs(at_home.settings.log_format)
    run_serve(at_home, err)


@app.command(
    epilog=examples("TIANTOU_STORE_URL=clickhouse+http://localhost:8123/tiantou TIANTOU_MQTT_URL=… tiantou ingest")
)
def ingest() -> None:
    """Run ingest by itself, beside services that only read; needs a store that several processes may open."""
    at_home = house()
    if at_home.settings.store_url is None:
        msg = (
            "the embedded store is opened by one process only: set TIANTOU_STORE_URL to a ClickHouse server "
            "or an InfluxDB, or use tiantou serve, which does ingest too"
        )
        raise RequestError(msg)
    configure_logs(at_home.settings.log_format)
    run_ingest(at_home, err)


@app.command(epilog=examples("tiantou simulate", "TIANTOU_SPEED=60 tiantou simulate"))
def simulate() -> None:
    """Run the simulated farms: their past first, then readings as they come. Needs a running service."""
    at_home = house()
    configure_logs(at_home.settings.log_format)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as progress:
        tasks = {name: progress.add_task(name, total=None) for name in ("history", "events", "live")}
        run_simulation(
            at_home,
            lambda phase, done, total: progress.update(tasks[phase], completed=done, total=total or None),
        )
