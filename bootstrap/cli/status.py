"""`tiantou status`: what a person wants to know of a running service first."""

import typer

from bootstrap.cli.screen import examples, house, line, print_table
from devices.model import IngestState

app = typer.Typer()


@app.command(epilog=examples("tiantou status"))
def status() -> None:
    """运行状态 · What keeps the service from being ready and since when, what waits in ingest, followers, quarantine.

    Each line is printed as soon as it is known, so that something is told whatever is away.
    """
    at_home = house()
    problems = at_home.service.status()
    for part, problem in problems.items():
        line(f"{part}: {problem}")
    if not problems:
        line("ready 就绪")
    line(f"received: {backlog_text(at_home.service.ingest())}")
    followers = at_home.service.followers()
    rows = [
        [each["name"], f"{each['lag_s']:.0f} s", f"{each['rows']:,}", str(each["set_aside"]), each["problem"] or "–"]
        for each in followers
    ]
    print_table(["follower", "behind", "rows handled", "set aside", "problem"], rows)
    with at_home.served_records() as records:
        waiting = records.quarantine.counts()
    for code, count in waiting.items():
        line(f"quarantine: {count:,} {code} (tiantou quarantine list)")


def backlog_text(state: IngestState) -> str:
    """What of the messages received is not stored yet, in words; what the broker keeps meanwhile is not seen here."""
    if not state.queued_messages:
        return f"{state.messages:,} messages since the start, none waits 无积压"
    oldest = f", the oldest for {state.oldest_unacknowledged_s:,.0f} s" if state.oldest_unacknowledged_s else ""
    return (
        f"{state.queued_messages:,} messages ({state.queued_bytes / 1e6:,.1f} MB) wait to be stored{oldest}; "
        "the broker keeps what comes after them 待存"
    )
