"""`tiantou animal …`."""

from datetime import date
from typing import Annotated

import typer

from bootstrap.cli.screen import examples, house, line, print_table
from bootstrap.errors import RequestError
from livestock.model import Animal, Sex
from observations.identifiers import EarTagNumber, FarmId

app = typer.Typer(no_args_is_help=True, help="Animals: register and list.")


@app.command(
    epilog=examples("tiantou animal add 143018200090001 --farm farm-01 --breed 宁乡花猪 --born 2026-09-01 --sex Female")
)
def add(
    number: Annotated[str, typer.Argument(help="The official 15-digit ear-tag number.")],
    farm: Annotated[str, typer.Option(help="The farm it lives on.")],
    breed: Annotated[str, typer.Option(help="Its breed.")],
    born: Annotated[str, typer.Option(help="The day it was born, as 2026-09-01.")],
    sex: Annotated[Sex, typer.Option(help="Its sex, in ICAR's words.")] = Sex.UNKNOWN,
) -> None:
    """Register an animal; its number is never given again."""
    try:
        born_on = date.fromisoformat(born)
    except ValueError as error:
        msg = f"{born!r} is no day: write 2026-09-01"
        raise RequestError(msg) from error
    animal = Animal(
        id=EarTagNumber.parse(number), farm=FarmId.parse(farm), breed=breed.strip(), sex=sex, born_on=born_on
    )
    with house().records() as records:
        if records.households.find_farm(animal.farm) is None:
            known = ", ".join(farm.id for farm in records.households.farms()) or "none yet"
            msg = f"farm {animal.farm} is not registered; farms are: {known}"
            raise RequestError(msg)
        records.animals.add(animal)
    line(f"{animal.id}: {animal.id.species}, county {animal.id.county}, on {animal.farm}, born {animal.born_on}")


@app.command("list", epilog=examples("tiantou animal list", "tiantou animal list --farm farm-01"))
def list_animals(farm: Annotated[str, typer.Option(help="Only those of this farm.")] = "") -> None:
    """List the animals."""
    with house().records() as records:
        animals = records.animals.on_farms([FarmId.parse(farm)]) if farm else records.animals.all()
    print_table(
        ("animal", "farm", "breed", "sex", "born", "status", "left"),
        (
            [a.id, a.farm, a.breed, a.sex.value, a.born_on.isoformat(), a.status.value, str(a.left_on or "")]
            for a in animals
        ),
    )
