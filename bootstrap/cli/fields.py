"""`tiantou field …`."""

from typing import Annotated

import typer

from agronomy.model import Field
from bootstrap.cli.arguments import parse_amount, parse_day
from bootstrap.cli.registered import farm_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from observations.identifiers import FarmId, FieldId

app = typer.Typer(no_args_is_help=True, help="Fields: plots of a farm with one crop at a time.")


@app.command(
    epilog=examples(
        "tiantou field add field-04 --farm farm-04 --name 屋前田 --area-mu 2.4 --crop 红薯 --variety 商薯19 "
        "--planted 2026-06-05",
        "tiantou field add field-05 --farm farm-04 --area-mu 1",
    )
)
def add(
    field: Annotated[str, typer.Argument(help="Its id: A-Z a-z 0-9 _ -, at most 64 characters.")],
    farm: Annotated[str, typer.Option(help="The farm it belongs to.")],
    area_mu: Annotated[str, typer.Option(help="Its area in mu (1 mu = 1/15 ha).", metavar="MU")],
    name: Annotated[str, typer.Option(help="What its people call it; the id where not given.")] = "",
    crop: Annotated[str, typer.Option(help="What grows there; nothing where not given.")] = "",
    variety: Annotated[str, typer.Option(help="Which variety of it.")] = "",
    planted: Annotated[str, typer.Option(help="The day it was planted, as 2026-06-05.")] = "",
) -> None:
    """Register a field of a farm."""
    identifier = FieldId.parse(field)
    registered = Field(
        id=identifier,
        farm=FarmId.parse(farm),
        name=name.strip() or identifier,
        area_mu=parse_amount(area_mu, what="area in mu"),
        crop=crop.strip(),
        variety=variety.strip(),
        planted_on=parse_day(planted) if planted else None,
    )
    with house().records() as records:
        farm_of(records, registered.farm)
        records.fields.add(registered)
    grows = " ".join(part for part in (registered.crop, registered.variety) if part) or "fallow"
    line(f"{registered.id}: {registered.area_mu} mu ({registered.area_ha} ha) on {registered.farm}, {grows}")
    next_step(f"tiantou device deploy PROBE --field {registered.id} --channel 20cm")


@app.command("list", epilog=examples("tiantou field list", "tiantou field list --farm farm-04"))
def list_fields(farm: Annotated[str, typer.Option(help="Only those of this farm.")] = "") -> None:
    """List the fields."""
    with house().records() as records:
        fields = records.fields.on_farms([farm_of(records, FarmId.parse(farm)).id]) if farm else records.fields.all()
    print_table(
        ("field", "farm", "name", "mu", "crop", "variety", "planted"),
        ([f.id, f.farm, f.name, str(f.area_mu), f.crop, f.variety, str(f.planted_on or "")] for f in fields),
    )
