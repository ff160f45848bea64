"""`tiantou quarantine …`."""

from typing import Annotated

import typer
from prometheus_client import CollectorRegistry

from bootstrap.cli.screen import examples, house, line, note, print_table, shown_progress
from bootstrap.house import House
from bootstrap.wiring import build_pipeline, open_store

app = typer.Typer(no_args_is_help=True, help="Messages that were set aside: look at them, send them in again.")
DIGITS_SHOWN = 12
REASON_SHOWN = 80


@app.command("list", epilog=examples("tiantou quarantine list", "tiantou quarantine list --device tag-00000147"))
def list_messages(
    device: Annotated[str, typer.Option(help="Only those that name this device.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.", min=1)] = 50,
) -> None:
    """List messages that could not be stored, with the reason."""
    with house().records() as records:
        messages = records.quarantine.list(device=device or None, limit=limit)
        waiting = records.quarantine.counts()
        dropped = records.quarantine.dropped()
    print_table(
        ("digest", "last came", "times", "device", "code", "bytes", "reason"),
        (
            [
                message.digest[:DIGITS_SHOWN],
                f"{message.last_received:%Y-%m-%d %H:%M:%S}",
                str(message.count),
                message.device,
                message.code,
                str(message.size),
                " ".join(message.reason.split())[:REASON_SHOWN],
            ]
            for message in messages
        ),
    )
    note(", ".join(f"{count} {code}" for code, count in sorted(waiting.items())) or "nothing is set aside")
    for sender, count in sorted(dropped.items()):
        note(f"{count} older ones of {sender} gave way to newer ones")


@app.command(
    epilog=examples("tiantou quarantine replay 3fa94c01be22", "tiantou quarantine replay --all --device tag-900")
)
def replay(
    digest: Annotated[str, typer.Argument(help="The message's digest, or its first 8 digits or more.")] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Every message that waits.")] = False,
    device: Annotated[str, typer.Option(help="With --all: only those that name this device.")] = "",
    limit: Annotated[int, typer.Option(help="With --all: at most so many.", min=1)] = 10_000,
) -> None:
    """Send messages through ingest once more, after a device was registered or a codec mended."""
    at_home = house()
    if bool(digest) == every:
        note("give either a digest or --all")
        raise typer.Exit(2)
    digests = [digest]
    if every:
        with at_home.records() as records:
            digests = [message.digest for message in records.quarantine.list(device=device or None, limit=limit)]
    problems = _replayed(at_home, digests)
    for problem in problems:
        note(problem)
    line(f"{len(digests) - len(problems)} stored, {len(problems)} remain")
    if problems:
        raise typer.Exit(1)


def _replayed(at_home: House, digests: list[str]) -> list[str]:
    if at_home.service.answers():
        outcomes = [(one, at_home.service.replay(one)) for one in shown_progress(digests, "replay")]
    else:
        with at_home.records() as records:
            store = open_store(at_home, part="serve")
            try:
                pipeline = build_pipeline(records, store, CollectorRegistry())
                outcomes = [(one, pipeline.replay(one)) for one in digests]
            finally:
                store.close()
    return [f"{one[:DIGITS_SHOWN]}: {problem}" for one, problem in outcomes if problem]
