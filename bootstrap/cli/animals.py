"""`tiantou animal …`."""

from datetime import date
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bootstrap.cli.arguments import parse_day, parse_name
from bootstrap.cli.imports import Columns, Row, import_rows
from bootstrap.cli.registered import animal_of, farm_of
from bootstrap.cli.screen import examples, house, line, next_step, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from livestock.model import Animal, AnimalStatus, Sex
from observations.identifiers import EarTagNumber, FarmId
from storage.records.records import Records

app = typer.Typer(no_args_is_help=True, help="Animals: register, list, say when they left.")
COLUMNS = Columns(known=("number", "farm", "breed", "born", "sex"), required=("number", "farm", "breed", "born"))


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
    animal = animal_in({"number": number, "farm": farm, "breed": breed, "born": born, "sex": sex.value})
    with house().records() as records:
        _register(records, animal)
        giai = records.keys.keyring(animals=[animal.id]).animal(animal.id)
    line(f"{animal.id}: {animal.id.species}, county {animal.id.county}, on {animal.farm}, born {animal.born_on}")
    line(f"in events it is {giai.uri}")
    next_step(f"tiantou device deploy DEVICE --animal {animal.id}")


@app.command(
    "import", epilog=examples("tiantou animal import animals.csv", f"head -1 animals.csv: {','.join(COLUMNS.known)}")
)
def import_animals(
    file: Annotated[Path, typer.Argument(help="A CSV file (UTF-8) with a header line.", exists=True, dir_okay=False)],
) -> None:
    """Register every animal of a CSV file; each row that cannot be is told with its line, the others go in."""
    with house().records() as records:
        imported = import_rows(file, COLUMNS, lambda row: _register(records, animal_in(row)), what="animals")
    if imported.added:
        next_step("tiantou device deploy DEVICE --animal NUMBER")
    if imported.refused:
        raise typer.Exit(1)


@app.command("list", epilog=examples("tiantou animal list", "tiantou animal list --farm farm-01"))
def list_animals(farm: Annotated[str, typer.Option(help="Only those of this farm.")] = "") -> None:
    """List the animals."""
    with house().records() as records:
        animals = records.animals.on_farms([farm_of(records, FarmId.parse(farm)).id]) if farm else records.animals.all()
    print_table(
        ("animal", "farm", "breed", "sex", "born", "status", "left"),
        (
            [a.id, a.farm, a.breed, a.sex.value, a.born_on.isoformat(), a.status.value, str(a.left_on or "")]
            for a in animals
        ),
    )


@app.command(
    epilog=examples(
        "tiantou animal left 143018200090001 --on 2026-11-20",
        "tiantou animal left 143018200090002 --on 2026-10-03 --dead",
    )
)
def left(
    number: Annotated[str, typer.Argument(help="The 15-digit ear-tag number.")],
    on: Annotated[str, typer.Option(help="The day it left or died; today where not given.")] = "",
    *,
    dead: Annotated[bool, typer.Option("--dead", help="It died on the farm.")] = False,
) -> None:
    """Say that an animal has left its farm, for slaughter or elsewhere, or that it died."""
    with house().records() as records:
        animal = animal_of(records, EarTagNumber.parse(number))
        today = _today(records, animal.farm)
        day = parse_day(on) if on else today
        if not animal.born_on <= day <= today:
            msg = f"{day} is before its birth on {animal.born_on}, or yet to come"
            raise RequestError(msg)
        records.animals.change_status(animal.id, AnimalStatus.DEAD if dead else AnimalStatus.OFF_FARM, day)
    line(f"{animal.id} {'died' if dead else 'left'} on {day}")
    next_step("tiantou device deploy DEVICE --end")


def animal_in(row: Row) -> Animal:
    """The animal of a row with the columns of an import; raises RequestError, IdentifierError."""
    sexes = [sex.value for sex in Sex]
    sex = row.get("sex", "").strip() or Sex.UNKNOWN.value
    if sex not in sexes:
        msg = f"{sex!r} is no sex: expected {', '.join(sexes)}"
        raise RequestError(msg)
    return Animal(
        id=EarTagNumber.parse(row["number"]),
        farm=FarmId.parse(row["farm"]),
        breed=parse_name(row["breed"], what="the breed"),
        sex=Sex(sex),
        born_on=parse_day(row["born"]),
    )


def _register(records: Records, animal: Animal) -> None:
    if animal.born_on > _today(records, animal.farm):
        msg = f"{animal.id} cannot be born on {animal.born_on}: that day is yet to come"
        raise RequestError(msg)
    records.animals.add(animal)


def _today(records: Records, farm: FarmId) -> date:
    return utc_now().astimezone(ZoneInfo(farm_of(records, farm).timezone)).date()
