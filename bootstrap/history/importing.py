"""A whole file of readings into the store: chunk by chunk, to be gone on with after any interruption, repeatable."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from bootstrap.data_folder import write_private
from bootstrap.history.reading import Finding, HistoryReader, Reading
from bootstrap.history.report import Report
from bootstrap.history.rules import RULES
from bootstrap.history.storing import Conflicting, TakeHistory, Taken, moment_text
from bootstrap.history.table import Chunk, TableFile

FIRST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file so far.

    row: the last one that is done. rows and found (by rule) count rows; stored, redelivered,
    conflicting and gone (of what was erased or has expired) count values.
    report_bytes: how long the report is.
    """

    row: int = 0
    rows: int = 0
    stored: int = 0
    redelivered: int = 0
    conflicting: int = 0
    gone: int = 0
    found: dict[str, int] = field(default_factory=dict)
    report_bytes: int = 0

    @property
    def refused(self) -> int:
        """Rows of which nothing was stored."""
        return sum(count for rule, count in self.found.items() if RULES[rule].outcome == "row refused")

    @property
    def all_is_well(self) -> bool:
        """Every value of every row is in the store as the file says."""
        return not self.gone and not any(RULES[rule].outcome != "stored, flagged" for rule in self.found)


Progress = Callable[[int, Imported], None]
"""Is told how much of the table's size is read, and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file and what was asked for, and of which store; `state` is where it is written how far it has come."""

    file: Path
    asked: str
    state: Path

    def begun(self) -> Imported:
        """What an interrupted import of this very file, asked for in the same way, has done."""
        try:
            saved = json.loads(self.state.read_text(encoding="utf-8"))
            return Imported(**saved["done"]) if saved["identity"] == self._identity() else Imported()
        except (OSError, ValueError, KeyError, TypeError):
            return Imported()

    def note(self, done: Imported) -> None:
        """An interrupted import goes on from there."""
        write_private(self.state, json.dumps({"identity": self._identity(), "done": asdict(done)}))

    def end(self) -> None:
        """The next import of the file begins anew."""
        self.state.unlink(missing_ok=True)

    def _identity(self) -> str:
        about = self.file.stat()
        with self.file.open("rb") as stream:
            first = hashlib.sha256(stream.read(FIRST_BYTES)).hexdigest()
        asked = hashlib.sha256(
            self.asked.encode()
        ).hexdigest()  # what was asked for may hold an address with a password
        return f"{about.st_size} {about.st_mtime_ns} {first} {asked}"


def import_table(
    table: TableFile,
    reader: HistoryReader,
    report: Report,
    *,
    begun: Imported,
    take: TakeHistory | None,
    note: Callable[[Imported], None],
    progress: Progress,
) -> Imported:
    """Everything in the table that can be stored is, durably, and everything else is in the report.

    take: None stores nothing, and only the report is written. note: is told what is done, after each chunk.
    """
    done = begun
    for chunk in table.chunks():
        beyond = _beyond(chunk, done.row)
        if not len(beyond.numbers) and not beyond.malformed:
            reader.read(chunk)  # what does not change since then is known, as if there had been no interruption
        else:
            reading = reader.read(beyond)
            taken = take(reading.batch) if take is not None and len(reading.batch) else None
            report.add([*reading.findings, *_conflict_findings(reading, taken)])
            done = _and(done, beyond, taken, report)
            note(done)
        progress(chunk.done, done)
    return done


def _beyond(chunk: Chunk, row: int) -> Chunk:
    """The rows of the chunk behind that one."""
    first = int(np.searchsorted(chunk.numbers, row, side="right"))
    return replace(
        chunk,
        rows=chunk.rows.slice(first),
        numbers=chunk.numbers[first:],
        malformed=[each for each in chunk.malformed if each[0] > row],
    )


def _and(done: Imported, chunk: Chunk, taken: Taken | None, report: Report) -> Imported:
    last = max([done.row, *chunk.numbers[-1:].tolist(), *(number for number, _ in chunk.malformed)])
    more = taken or Taken(stored=0, redelivered=0, conflicting=0)
    return Imported(
        row=last,
        rows=done.rows + len(chunk.numbers) + len(chunk.malformed),
        stored=done.stored + more.stored,
        redelivered=done.redelivered + more.redelivered,
        conflicting=done.conflicting + more.conflicting,
        gone=done.gone + more.gone,
        found=dict(report.counts),
        report_bytes=report.size,
    )


def _conflict_findings(reading: Reading, taken: Taken | None) -> Sequence[Finding]:
    if taken is None or not taken.conflicts:
        return []
    batch = reading.batch
    row_of = {
        key: int(number)
        for key, number in zip(
            zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True), reading.numbers, strict=True
        )
    }
    return [_conflict_finding(each, row_of) for each in taken.conflicts]


def _conflict_finding(each: Conflicting, row_of: dict[tuple[str, str, int], int]) -> Finding:
    return Finding(
        row=row_of[each.device, each.channel, each.phenomenon_ms],
        column=each.observed_property,
        value=f"{each.device} {each.channel} {moment_text(each.phenomenon_ms)}: {each.stored_value:.12g} stays".replace(
            "  ", " "
        ),
        rule="conflict",
    )
