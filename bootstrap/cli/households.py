"""`tiantou household …`."""

from collections import Counter
from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_name
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.errors import RequestError
from households.identifiers import HouseholdId
from households.model import Household

app = typer.Typer(no_args_is_help=True, help="Households: register and list. Their names are personal and stay here.")


@app.command(
    epilog=examples(
        "tiantou household add h-004 --label '4 号户' --township 流沙河镇 --village 草冲村 --ask-name",
        "tiantou household add h-005 --township 流沙河镇",
    )
)
def add(
    household: Annotated[str, typer.Argument(help="Its id: A-Z a-z 0-9 _ -, at most 64 characters; no name.")],
    township: Annotated[str, typer.Option(help="Its township; consumers may be told.")],
    village: Annotated[str, typer.Option(help="Its village; consumers are told where five households take part.")] = "",
    label: Annotated[str, typer.Option(help="What enterprises see instead of a name; the id where not given.")] = "",
    name: Annotated[str, typer.Option(help="The family's name: personal, kept in the records only.")] = "",
    *,
    ask_name: Annotated[
        bool, typer.Option("--ask-name", help="Ask for the name, so that it stays out of the shell's history.")
    ] = False,
) -> None:
    """Register a household; nobody but the keeper of the records is ever told its name."""
    if name and ask_name:
        msg = "give either --name NAME or --ask-name"
        raise RequestError(msg)
    identifier = HouseholdId.parse(household)
    registered = Household(
        id=identifier,
        label=label.strip() or identifier,
        name=(str(typer.prompt("name")) if ask_name else name).strip(),
        township=parse_name(township, what="the township"),
        village=village.strip(),
    )
    with house().records() as records:
        records.households.add_household(registered)
    line(f"{registered.id}: shown as {registered.township} {registered.label}")
    next_step(f"tiantou farm add FARM --household {registered.id} --site SITE --gln GLN --county COUNTY")


@app.command("list", epilog=examples("tiantou household list", "tiantou household list --names"))
def list_households(
    *,
    names: Annotated[
        bool, typer.Option("--names", help="Print the personal names too: look who stands behind.")
    ] = False,
) -> None:
    """List the households; their names only where asked for."""
    with house().records() as records:
        households = records.households.all_households()
        farms = Counter(farm.household for farm in records.households.farms())
    print_table(
        ("household", "label", "township", "village", "farms", *(["name"] if names else [])),
        ([h.id, h.label, h.township, h.village, str(farms[h.id]), *([h.name] if names else [])] for h in households),
    )
