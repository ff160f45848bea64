"""What commands print, and the house they work on."""

import sys
from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from bootstrap.house import House
from bootstrap.settings import Settings

Item = TypeVar("Item")
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def house() -> House:
    """The house of this environment's settings."""
    return House.of(Settings.read())


def line(text: str) -> None:
    """`text` is printed as it is, never wrapped: what is to be pasted stays one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """`text` is told beside the result, on standard error, never wrapped."""
    err.print(text, markup=False, soft_wrap=True)


def examples(*lines: str) -> str:
    """The epilog of a command's help: each example in a line of its own."""
    return "\n\n".join(["[bold]Examples[/bold]", *(f"  {example}" for example in lines)])


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; a terminal gets it ruled, a pipe gets tab-separated lines."""
    if not out.is_terminal:
        for row in [columns, *rows]:
            line("\t".join(" ".join(cell.split()) for cell in row))
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # a label may hold [brackets], which are no markup
    out.print(table)


def shown_progress(items: Sequence[Item], what: str) -> Iterable[Item]:
    """The items one by one, with a bar on a terminal."""
    return track(items, what, console=err, transient=True, disable=not err.is_terminal)


def next_step(command: str) -> None:
    """What to do after this is told, ready to be completed and pasted."""
    line(f"next: {command}")
