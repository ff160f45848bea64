"""`tiantou import lifecycle`."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from bootstrap.cli import readings
from bootstrap.cli.screen import examples, house, line, note, shown_progress
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from traceability.lives.files import read_file
from traceability.lives.recording import Outcome, Recorder, Verdict

app = readings.app
"""`tiantou import`: readings and lives come in by the same command."""


@app.command(
    epilog=examples(
        "tiantou import lifecycle pigs-2026.csv --dry-run",
        "tiantou import lifecycle slaughtered.csv",
    )
)
def lifecycle(
    *,
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8: docs/lifecycle.md.", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row and record nothing.")] = False,
) -> None:
    """导入生命周期记录 · Record births, treatments, slaughters, packings … of a file; may be repeated.

    Each row is judged with those before it, as everywhere else: what a guard forbids is not recorded, and the report
    says until when and why. There is no override.
    """
    try:
        rows = read_file(file.read_bytes())
    except OSError as error:
        msg = f"{file} cannot be read: {error}"
        raise RequestError(msg) from error
    with house().records() as records:
        recorder = Recorder(
            events=records.events, guards=records.guards, holds=records.holds, keys=records.keys, now=utc_now
        )
        shown = shown_progress(rows, file.name)
        verdicts = recorder.record_all((row for _, row in shown), permitted=lambda _: True, dry_run=dry_run)
        said = Counter(_told(number, verdict) for (number, _), verdict in zip(rows, verdicts, strict=False))
        # The rows that wait to be captured together are captured when the verdicts end.
        for _ in verdicts:
            continue
    would = "would be " if dry_run else ""
    line(
        f"{said[Outcome.TAKEN]} {would}recorded, {said[Outcome.THERE_ALREADY]} there already, "
        f"{said[Outcome.REFUSED]} refused, of {len(rows)}"
    )
    if said[Outcome.REFUSED]:
        sys.exit(1)


def _told(number: int, verdict: Verdict) -> Outcome:
    """The outcome; what is refused or remarkable was said with its line."""
    for problem in verdict.problems:
        note(f"line {number}: {problem.field}: {problem.rule.en} · {problem.rule.zh}")
    for block in verdict.blocks:
        note(f"line {number}: {block.reason}: {block.en} · {block.zh}")
    for warning in verdict.warnings:
        note(f"line {number}: remark: {warning.field}: {warning.rule.en} · {warning.rule.zh}")
    return verdict.outcome
