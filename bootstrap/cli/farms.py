"""`tiantou farm …`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_county, parse_gln, parse_zone
from bootstrap.cli.registered import household_of, site_of
from bootstrap.cli.screen import examples, house, line, next_step, note, print_table
from households.identifiers import HouseholdId
from households.model import Farm
from observations.identifiers import FarmId, SiteId
from traceability.counties import find_county

app = typer.Typer(no_args_is_help=True, help="Farms: where a household keeps animals or grows crops.")


@app.command(
    epilog=examples(
        "tiantou farm add farm-04 --household h-004 --site liushahe --gln 9526000100041 --county 430182 "
        "--name 后山栏舍 --public-name 流沙河老屋场",
    )
)
def add(
    farm: Annotated[str, typer.Argument(help="Its id: A-Z a-z 0-9 _ -, at most 64 characters.")],
    household: Annotated[str, typer.Option(help="The household that keeps it.")],
    site: Annotated[str, typer.Option(help="The site whose devices stand on it.")],
    gln: Annotated[
        str,
        typer.Option(
            help="Its Global Location Number, 13 digits that you give out under your own GS1 company prefix; "
            "those that begin with 952 are for demonstrations."
        ),
    ],
    county: Annotated[str, typer.Option(help="Its county, 6 digits of GB/T 2260.")],
    name: Annotated[str, typer.Option(help="What its people call it; the id where not given.")] = "",
    public_name: Annotated[
        str, typer.Option(help="What consumers may be told, as agreed with the household; none where not given.")
    ] = "",
    zone: Annotated[str, typer.Option(help="Its IANA time zone.")] = "Asia/Shanghai",
) -> None:
    """Register a farm; its animals, fields and events belong to its household through it."""
    identifier = FarmId.parse(farm)
    registered = Farm(
        id=identifier,
        household=HouseholdId.parse(household),
        site=SiteId.parse(site),
        name=name.strip() or identifier,
        gln=parse_gln(gln),
        public_name=public_name.strip(),
        county=parse_county(county),
        timezone=parse_zone(zone).key,
    )
    with house().records() as records:
        household_of(records, registered.household)
        site_of(records, registered.site)
        records.households.add_farm(registered)
    told_as = registered.public_name or "no public name"
    line(f"{registered.id}: GLN {registered.gln}, {told_as}, {registered.timezone}")
    if find_county(registered.county) is None:
        note(f"county {registered.county} is in no row of traceability/counties.csv: pages will show the number")
    next_step(f"tiantou animal add NUMBER --farm {registered.id} --breed BREED --born DAY")
    next_step(f"tiantou field add FIELD --farm {registered.id} --area-mu AREA")


@app.command("list", epilog=examples("tiantou farm list", "tiantou farm list --household h-004"))
def list_farms(household: Annotated[str, typer.Option(help="Only those of this household.")] = "") -> None:
    """List the farms."""
    with house().records() as records:
        wanted = household_of(records, household).id if household else ""
        farms = [farm for farm in records.households.farms() if wanted in {"", farm.household}]
    print_table(
        ("farm", "household", "site", "name", "public name", "gln", "county", "zone"),
        ([f.id, f.household, f.site, f.name, f.public_name, f.gln, f.county, f.timezone] for f in farms),
    )
