"""`tiantou status`: what a person wants to know of a running service first."""

import typer

from bootstrap.cli.screen import examples, house, line, print_table

app = typer.Typer()


@app.command(epilog=examples("tiantou status"))
def status() -> None:
    """运行状态 · What keeps the service from being ready, how its followers stand, what waits in quarantine."""
    at_home = house()
    problems = at_home.service.status()
    followers = at_home.service.followers()
    with at_home.records() as records:
        waiting = records.quarantine.counts()
    for part, problem in problems.items():
        line(f"{part}: {problem}")
    if not problems:
        line("ready 就绪")
    rows = [
        [each["name"], f"{each['lag_s']:.0f} s", f"{each['rows']:,}", str(each["set_aside"]), each["problem"] or "–"]
        for each in followers
    ]
    print_table(["follower", "behind", "rows handled", "set aside", "problem"], rows)
    for code, count in waiting.items():
        line(f"quarantine: {count:,} {code} (tiantou quarantine list)")
