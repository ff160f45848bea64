"""`tiantou work`, and `tiantou workers`: who has which site."""

from typing import Annotated

import typer

from bootstrap.assignment import Assignment, known_sites
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from bootstrap.logs import configure_logs
from bootstrap.wiring import ingest_url
from bootstrap.worker import run_worker
from ingest.mqtt.share_probe import probe_share
from storage.records.site_claims import SiteClaim

run = typer.Typer()
app = typer.Typer(help="接收进程 · ingest workers: who has which site.", no_args_is_help=True)
HERE = "main service"


@run.command(epilog=examples("tiantou work --sites north,south", "tiantou work --group 2/4 --metrics-port 9102"))
def work(
    *,
    sites: Annotated[str | None, typer.Option(help="The sites it has, separated by commas.")] = None,
    group: Annotated[
        str | None, typer.Option(help="2/4: the second of four groups that all sites fall into, new ones too.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its name: the same at every start, unique among workers.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="Serve /metrics there, on loopback.")] = None,
) -> None:
    """接收若干站点的数据 · Run an ingest worker beside the main service; needs a store on a server.

    What no worker has is stored by the main service, so no site is ever without somebody. A worker that ends keeps its
    sites: the broker keeps their messages until it is started again, or until its sites are released.
    """
    at_home = house()
    assignment = Assignment.parse(name=name, sites=sites, group=group)
    configure_logs(at_home.settings.log_format)
    run_worker(at_home, assignment, metrics_port=metrics_port)


@app.command("list", epilog=examples("tiantou workers list"))
def list_() -> None:
    """Every site with who stores its messages."""
    at_home = house()
    with at_home.records() as records:
        claims = {claim.site: claim for claim in records.site_claims.all()}
        sites = sorted(known_sites(records) | claims.keys())
    rows = [[site, *(_told(claims[site]) if site in claims else (HERE, "", ""))] for site in sites]
    print_table(["site", "worker", "state", "heard"], rows)


@app.command(epilog=examples("tiantou workers release north"))
def release(name: Annotated[str, typer.Argument(help="The worker that is to have no sites any more.")]) -> None:
    """Give a worker's sites back to the main service, which first stores what the broker still keeps for it."""
    with house().records() as records:
        if not records.site_claims.leave(name):
            holders = sorted({claim.worker for claim in records.site_claims.all()})
            msg = f"no worker {name} has sites; workers: {', '.join(holders) or 'none'}"
            raise RequestError(msg)
    line(f"{name} ends by itself; the main service takes its sites back. A unit that restarts it has to be stopped.")
    next_step("tiantou workers list")


@app.command("probe-share", epilog=examples("tiantou workers probe-share"))
def probe_shared() -> None:
    """Try whether this broker really shares `$share` subscriptions (tiantou does not need it: see ADR 0012)."""
    line(str(probe_share(ingest_url(house()))))


def _told(claim: SiteClaim) -> tuple[str, str, str]:
    return claim.worker, _state(claim), _heard(claim)


def _state(claim: SiteClaim) -> str:
    if claim.leaving:
        return "goes back to the main service"
    if claim.handed_over:
        return "stores"
    return "is being handed over" if claim.subscribed else "subscribes"


def _heard(claim: SiteClaim) -> str:
    if claim.heard is None:
        return "ended; the broker keeps its messages"
    return f"{(utc_now() - claim.heard).total_seconds():.0f} s ago"
