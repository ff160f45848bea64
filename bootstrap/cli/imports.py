"""Registering every row of a CSV file."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.cli.screen import line, note, shown_progress
from bootstrap.errors import RequestError
from bootstrap.reporting import EXPECTED

Row = dict[str, str]
BEYOND = "\n"
"""No column is called that: what stands beyond the last column is kept under it, and refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns a file may have, in the order to recommend, and those it must have."""

    known: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows went in, and how many could not."""

    added: int
    refused: int


def import_rows(file: Path, columns: Columns, register: Callable[[Row], None], *, what: str) -> Imported:
    """Every row that can be is registered; each that cannot is told with its line and reason."""
    rows = read_rows(file, columns)
    refused = []
    for number, row in shown_progress(rows, what):
        try:
            _refuse_surplus(row)
            register(row)
        except EXPECTED as error:
            refused.append(f"line {number}: {error}")
    for problem in refused:
        note(problem)
    imported = Imported(added=len(rows) - len(refused), refused=len(refused))
    line(f"{imported.added} added, {imported.refused} refused, of {len(rows)}")
    return imported


def read_rows(file: Path, columns: Columns) -> Sequence[tuple[int, Row]]:
    """Each row with the line it ends on; what is absent is "". Raises RequestError where it is no such table."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restkey=BEYOND, skipinitialspace=True)
        rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError as error:
        msg = f"{file} is no CSV file in UTF-8 ({error}); spreadsheets call that format “CSV UTF-8”"
        raise RequestError(msg) from error
    except (csv.Error, OSError) as error:
        msg = f"{file} cannot be read as a CSV file: {error}"
        raise RequestError(msg) from error
    _check_header(file, columns, [name.strip() for name in reader.fieldnames or ()])
    return [(number, _texts(row)) for number, row in rows]


def _check_header(file: Path, columns: Columns, names: Sequence[str]) -> None:
    missing = [name for name in columns.required if name not in names]
    if missing:
        msg = f"{file} has no column {', '.join(missing)}; its first line should be: {','.join(columns.known)}"
        raise RequestError(msg)
    ignored = [name for name in names if name not in columns.known]
    if ignored:
        note(f"not read: column {', '.join(ignored)}")


def _texts(row: dict[str | None, str | list[str] | None]) -> Row:
    # a short row has None where a text is missing, and its error should be about the value, not about None
    texts: Row = {}
    for name, value in row.items():
        texts[(name or "").strip() or BEYOND] = ",".join(value) if isinstance(value, list) else value or ""
    return texts


def _refuse_surplus(row: Row) -> None:
    if row.get(BEYOND, "").strip(","):
        msg = f"{row[BEYOND]!r} stands beyond the last column: a comma in a text needs quotes around the text"
        raise RequestError(msg)
