"""`tiantou site …`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_name
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from households.model import Site
from observations.identifiers import SiteId

app = typer.Typer(no_args_is_help=True, help="Sites: one topic level, one gateway crew.")


@app.command(epilog=examples("tiantou site add liushahe --name 流沙河镇"))
def add(
    site: Annotated[str, typer.Argument(help="Its id, a level of its devices' topics: A-Z a-z 0-9 _ -.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
) -> None:
    """Register a site, so that farms and devices can be registered for it."""
    registered = Site(id=SiteId.parse(site), name=parse_name(name, what="the site's name"))
    with house().records() as records:
        records.households.add_site(registered)
    line(f"devices of {registered.id} publish on tiantou/v1/{registered.id}/DEVICE/observations")
    next_step("tiantou household add HOUSEHOLD --township TOWNSHIP --village VILLAGE")


@app.command("list", epilog=examples("tiantou site list"))
def list_sites() -> None:
    """List the sites."""
    with house().records() as records:
        sites = records.households.sites()
    print_table(("site", "name", "simulated"), ([s.id, s.name, "yes" if s.simulated else ""] for s in sites))
