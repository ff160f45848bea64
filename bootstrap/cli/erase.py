"""`tiantou erase …`."""

from typing import Annotated

import typer

from bootstrap.cli.chores import do
from bootstrap.cli.registered import household_of
from bootstrap.cli.screen import examples, house, line, note, print_table
from bootstrap.household_erasure import concerned_by
from households.identifiers import HouseholdId

app = typer.Typer(no_args_is_help=True, help="Erase what is held of someone who asks for it (删除).")

STAYS = (
    (
        "EPCIS events of the animals 追溯事件",
        "name animals and location numbers, no person; traceability asks for them",
    ),
    ("animals, their ear-tag numbers 耳标", "Order 67 (2006): a number is given once; archives are kept 2 years"),
    ("the household's id, its farms' GLN 编号", "events refer to them; they say nothing of a person"),
    ("earlier backups and exports 备份", "are yours to destroy: this command cannot reach them"),
)


@app.command(epilog=examples("tiantou erase household h-004", "tiantou erase household h-004 --yes"))
def household(
    household: Annotated[str, typer.Argument(help="The household's id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a household's readings, and its names in the records, for good; then print a receipt (删除农户数据)."""
    at_home = house()
    with at_home.records() as records:
        identifier = household_of(records, HouseholdId.parse(household)).id
        concerned = concerned_by(identifier, records)
    note(
        f"{identifier}: all readings of {concerned.animals} animals and {concerned.fields} fields on {concerned.farms}"
        f" farms, as told by {concerned.devices} devices; its name, label, village, farm and field names; its claims."
    )
    note(f"{identifier}：{concerned.animals} 头牲畜、{concerned.fields} 块地的全部读数，以及姓名、地址等个人信息。")
    print_table(("stays 保留", "because 原因"), STAYS)
    if not yes:
        typer.confirm("erase for good 永久删除?", abort=True)
    receipt = do(at_home, "erase-household", {"household": identifier})
    print_table(("receipt 回执", ""), [(str(name), f"{value}") for name, value in receipt.items()])
    line("erased files leave this disk within a minute, or at the next start; readings that come late are not kept")
