"""`tiantou holds …`."""

from typing import Annotated

import typer

from bootstrap.cli.chores import progress
from bootstrap.cli.screen import examples, house, line, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from bootstrap.hold_judging import judge_all
from bootstrap.steps import Step

app = typer.Typer(no_args_is_help=True, help="封存 · What must not be sold or eaten until its cause is cleared up.")


@app.command("list", epilog=examples("tiantou holds list", "tiantou holds list --ended"))
def list_holds(
    *,
    ended: Annotated[bool, typer.Option(help="Those that ended.")] = False,
    limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 50,
) -> None:
    """List holds, the newest first."""
    with house().records() as records:
        found = records.holds.list(ended=ended, after=0, limit=limit)
    print_table(
        ("number", "since", "reason", "subject", "cause", "detail"),
        ([str(each.number), each.since.isoformat(), each.reason, each.subject, each.cause, each.detail_en]
         for each in found),
    )  # fmt: skip


@app.command("judge", epilog=examples("tiantou holds judge --all"))
def judge(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Everything that was ever captured.")] = False,
) -> None:
    """Judge by today's rules what was captured before; the service does it once by itself after an upgrade.

    Doing it again changes nothing. It can run beside the service.
    """
    if not everything:
        msg = "say --all: whatever is captured is judged as it comes; this judges everything again"
        raise RequestError(msg)
    with house().records() as records, progress("judging") as tell:
        placed = judge_all(
            records,
            now=utc_now,
            tell_progress=lambda done, until: tell(Step(what=f"event {done:,}", done=done, total=until)),
        )
        events = records.hold_judge.newest()
    line(f"{events:,} events judged, {placed:,} holds placed")
