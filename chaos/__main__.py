"""`python -m chaos`: kills, power, outage.

Ends with 0 where the promise held, 1 where it did not or nothing can be said, 77 where it could not be tried.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chaos.errors import CannotRunError, ChaosError
from chaos.kills import KillPlan, run_kills
from chaos.outage import OutagePlan, run_outage
from chaos.power import PowerPlan, run_power
from chaos.report import Report, held, json_of, table_of
from chaos.stores import StoreKind
from chaos.world import BrokerKind

BROKEN, NOT_RUN = 1, 77
"""77 is what Autotools' tests end with where they were not run."""
Tell = Callable[[str], None]

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
app = typer.Typer(
    help="破坏试验 · Breaks what must not lose a reading, on purpose, and counts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Count = Annotated[int, typer.Option(min=1, help="How often.")]
Rate = Annotated[float, typer.Option(min=1, help="Readings a second, in all.")]
Seed = Annotated[int, typer.Option(help="Makes order and moments repeatable.")]
Json = Annotated[Path | None, typer.Option(help="Write every figure there as JSON.")]


@app.command()
def kills(
    *,
    count: Count = 100,
    store: StoreKind = StoreKind.EMBEDDED,
    broker: BrokerKind = BrokerKind.NATS,
    rate: Rate = 2_000.0,
    seed: Seed = 20261123,
    json: Json = None,
) -> None:
    """随机杀进程 · SIGKILL for service, broker (NATS) and store server at random moments under load."""
    plan = KillPlan(count=count, store=store, broker=broker, rate=rate, seed=seed)
    done = 0

    def numbered(text: str) -> str:
        nonlocal done
        done += 1
        return f"{min(done, count)}/{count} {text}"

    _conduct(lambda folder, tell: run_kills(plan, folder, told=lambda text: tell(numbered(text))), json)


@app.command()
def power(
    *,
    count: Count = 10,
    rate: Rate = 2_000.0,
    seed: Seed = 20261123,
    json: Json = None,
) -> None:
    """断电 · Cut the power of the disk under load; needs root, loop devices, FUSE, nbdkit and nbdfuse."""
    plan = PowerPlan(count=count, rate=rate, seed=seed)
    _conduct(lambda folder, tell: run_power(plan, folder, told=tell), json)


@app.command()
def outage(
    *,
    minutes: Annotated[float, typer.Option(min=0.05, help="How long the store is away.")] = 10.0,
    store: StoreKind = StoreKind.INFLUX,
    broker: BrokerKind = BrokerKind.NATS,
    rate: Rate = 1_000.0,
    json: Json = None,
) -> None:
    """存储中断 · Take the store away for minutes under load; how ingest catches up, what the broker needed."""
    if store is StoreKind.EMBEDDED:
        msg = "the embedded store lives and dies with the service: --store influx or clickhouse-front"
        raise typer.BadParameter(msg)
    plan = OutagePlan(seconds=minutes * 60, store=store, broker=broker, rate=rate)
    _conduct(lambda folder, tell: run_outage(plan, folder, told=tell), json)


def _conduct(experiment: Callable[[Path, Tell], Report], json: Path | None) -> None:
    """The experiment ran in a folder of its own, its report is printed, and the process ends as it went."""
    # one short path: the house keeps a socket in it
    with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
        try:
            with err.status("starting 正在启动") as status:
                report = experiment(Path(folder) / "x", lambda text: _told(text, status.update))
        except CannotRunError as error:
            err.print(f"not run 未运行: {error}", markup=False, soft_wrap=True)
            sys.exit(NOT_RUN)
        except (ChaosError, AssertionError) as error:
            err.print(f"no result 无结果: {error}", markup=False, soft_wrap=True)
            sys.exit(BROKEN)
    out.print(table_of(report))
    if json is not None:
        json.write_text(json_of(report) + "\n", encoding="utf-8")
    out.print("held: nothing promised was lost 承诺成立" if held(report) else "BROKEN 承诺被打破")
    sys.exit(0 if held(report) else BROKEN)


def _told(text: str, show: Callable[[str], None]) -> None:
    """A terminal shows the newest line under what went before; a pipe gets every line."""
    err.print(text, markup=False, soft_wrap=True)
    show("running 进行中")


if __name__ == "__main__":
    app()
