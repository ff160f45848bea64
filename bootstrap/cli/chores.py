"""Chores asked of the running service, or done here where none runs, with their progress on a terminal."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bootstrap.chores import Chores, Workplace
from bootstrap.cli.screen import err
from bootstrap.clock import utc_now
from bootstrap.house import House
from bootstrap.steps import Result, Step, Tell
from bootstrap.wiring import open_store


def do(at_home: House, chore: str, request: Mapping[str, Any]) -> Result:
    """The chore is done; see Chores."""
    with progress(chore) as tell:
        if at_home.service.answers():
            return at_home.service.do(chore, request, tell)
        with at_home.records() as records:
            store = open_store(at_home, part="serve")
            try:
                place = Workplace(
                    folder=at_home.folder, records=records, store=store, standstill=nullcontext, now=utc_now
                )
                return Chores(place).do(chore, request, tell)
            finally:
                store.close()


@contextmanager
def progress(what: str) -> Iterator[Tell]:
    """A bar on a terminal while the block lasts, moved by what it is told."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task(what, total=None)

        def tell(step: Step) -> None:
            bar.update(task, description=f"{what}: {step.what}", completed=step.done, total=step.total)

        yield tell
