"""What commands print, and the house they work on."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bootstrap.errors import RequestError
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


def examples(*lines: str) -> str:
    """The epilog of a command's help: each example in a line of its own."""
    return "\n\n".join(["[bold]Examples[/bold]", *(f"  {example}" for example in lines)])


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table; a terminal gets it ruled, a pipe gets tab-separated lines."""
    if not out.is_terminal:
        for row in [columns, *rows]:
            line("\t".join(row))
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    out.print(table)


def shown_progress(items: Sequence[Item], what: str) -> Iterable[Item]:
    """The items one by one, with a bar on a terminal."""
    return track(items, what, console=err, transient=True, disable=not err.is_terminal)


def parse_time(text: str) -> datetime:
    """The instant `text` means, in UTC; raises RequestError where it has no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is no time: write 2026-11-22T08:30:00+08:00"
        raise RequestError(msg) from error
    if moment.tzinfo is None:
        msg = f"{text!r} says no zone: add its offset, as in 2026-11-22T08:30:00+08:00"
        raise RequestError(msg)
    return moment.astimezone(UTC)
