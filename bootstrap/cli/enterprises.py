"""`tiantou enterprise …`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_name
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from households.identifiers import EnterpriseId
from households.model import Enterprise

app = typer.Typer(no_args_is_help=True, help="Enterprises: those that look after households.")


@app.command(epilog=examples("tiantou enterprise add ent-01 --name 流沙河花猪公司"))
def add(
    enterprise: Annotated[str, typer.Argument(help="Its id: A-Z a-z 0-9 _ -, at most 64 characters.")],
    name: Annotated[str, typer.Option(help="What it is called.")],
) -> None:
    """Register an enterprise; it sees nothing until it claims a household."""
    registered = Enterprise(id=EnterpriseId.parse(enterprise), name=parse_name(name, what="the enterprise's name"))
    with house().records() as records:
        records.households.add_enterprise(registered)
    line(f"{registered.id}: {registered.name}")
    next_step(f"tiantou claim add --enterprise {registered.id} --household HOUSEHOLD")
    next_step(f"tiantou user add LOGIN --enterprise {registered.id} --generate")


@app.command("list", epilog=examples("tiantou enterprise list"))
def list_enterprises() -> None:
    """List the enterprises, with how many households each looks after now."""
    now = utc_now()
    with house().records() as records:
        rows = [
            [one.id, one.name, str(sum(claim.holds_at(now) for claim in records.households.claims(one.id)))]
            for one in records.households.enterprises()
        ]
    print_table(("enterprise", "name", "households now"), rows)
