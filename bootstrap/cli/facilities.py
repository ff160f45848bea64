"""`tiantou facility …`."""

from typing import Annotated

import typer

from bootstrap.cli.arguments import parse_county, parse_gln, parse_name, parse_zone
from bootstrap.cli.registered import site_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from observations.identifiers import SiteId
from traceability.facilities import Facility, FacilityKind

app = typer.Typer(no_args_is_help=True, help="Facilities: slaughterhouses and packing houses that work for many farms.")


@app.command(
    epilog=examples(
        "tiantou facility add 9526000900016 --kind slaughterhouse --name 宁乡定点屠宰场 --site liushahe "
        "--county 430182 --township 玉潭街道",
        "tiantou facility add 9526000900023 --kind packing_house --name 流沙河分割车间 --site liushahe "
        "--county 430182 --township 流沙河镇 --licence '湘动防合字第 1 号'",
    )
)
def add(
    gln: Annotated[str, typer.Argument(help="Its Global Location Number, 13 digits.")],
    kind: Annotated[FacilityKind, typer.Option(help="What is done there.")],
    name: Annotated[str, typer.Option(help="Its name; consumers are told.")],
    site: Annotated[str, typer.Option(help="A site it works for.")],
    county: Annotated[str, typer.Option(help="Its county, 6 digits of GB/T 2260.")],
    township: Annotated[str, typer.Option(help="Its township.")],
    licence: Annotated[str, typer.Option(help="The number of the certificate it works under.")] = "",
    zone: Annotated[str, typer.Option(help="Its IANA time zone.")] = "Asia/Shanghai",
) -> None:
    """Register a slaughterhouse or packing house, so that pages can name it."""
    registered = Facility(
        gln=parse_gln(gln),
        kind=kind,
        name=parse_name(name, what="the facility's name"),
        site=SiteId.parse(site),
        county=parse_county(county),
        township=parse_name(township, what="the township"),
        licence=licence.strip(),
        timezone=parse_zone(zone).key,
    )
    with house().records() as records:
        site_of(records, registered.site)
        records.places.add_facility(registered)
    line(f"{registered.name}: in events it is https://id.gs1.org/414/{registered.gln}")
    next_step("tiantou product add GTIN --name-zh NAME --name-en NAME --net-kg KILOGRAMS")


@app.command("list", epilog=examples("tiantou facility list"))
def list_facilities() -> None:
    """List the slaughterhouses and packing houses."""
    with house().records() as records:
        facilities = records.places.facilities()
    print_table(
        ("gln", "kind", "name", "site", "county", "township", "licence", "zone"),
        ([f.gln, f.kind.value, f.name, f.site, f.county, f.township, f.licence, f.timezone] for f in facilities),
    )
