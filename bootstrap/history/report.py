"""The report beside an imported file: a line for everything that is to be said of a row or a value."""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bootstrap.history.reading import Finding
from bootstrap.history.rules import RULES

COLUMNS = ("row", "column", "value", "rule", "outcome", "what_to_do")


class Report:
    """A CSV file, written as the import goes; `counts` by rule. Nothing found leaves no file."""

    def __init__(self, file: Path, *, counts: Mapping[str, int], size: int) -> None:
        """counts, size: where an interrupted import had come; what it wrote beyond `size` bytes is said again."""
        self.file = file
        self.counts: Counter[str] = Counter(counts)
        self._goes_on = bool(size) and file.exists()
        self._begun = size

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._stream.tell()

    def __enter__(self) -> Self:
        """The file is open; one of an earlier import is replaced."""
        if self._goes_on:
            os.truncate(self.file, self._begun)
        self._stream = self.file.open("a" if self._goes_on else "w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._stream)
        if not self._goes_on:
            self._rows.writerow(COLUMNS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The file is closed, and gone where it says nothing."""
        self._stream.close()
        if kind is None and not self.counts:
            self.file.unlink()

    def add(self, findings: Iterable[Finding]) -> None:
        """They are in the file, on the disk's side of a killed process."""
        for found in findings:
            rule = RULES[found.rule]
            self._rows.writerow([found.row, found.column, found.value, found.rule, rule.outcome, rule.advice])
            self.counts[found.rule] += 1
        self._stream.flush()
