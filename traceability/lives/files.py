"""Files of lifecycle records: one record a row, columns by the names of fields in English or Chinese."""

import csv
import io
from collections.abc import Mapping, Sequence

from traceability.errors import LifecycleFileError
from traceability.lives.kinds import event_fields
from traceability.lives.records import KIND

LARGEST_FILE = 2 * 1024 * 1024
MOST_ROWS = 5_000
"""What one file may hold; larger ones are handed in in parts."""
KIND_ZH = "类型"
_SURPLUS = "\n"

Row = Mapping[str, object]


def read_file(content: bytes) -> Sequence[tuple[int, Row]]:
    """Each row that is not empty, with the line it ends on.

    Raises LifecycleFileError for what is no CSV in UTF-8, has a column nobody knows, or too many rows.
    """
    if len(content) > LARGEST_FILE:
        raise LifecycleFileError(rule=f"the file has more than {LARGEST_FILE} bytes; hand it in in parts")
    try:
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), restkey=_SURPLUS, skipinitialspace=True, strict=True)
        names = _names([name.strip() for name in reader.fieldnames or ()])
        reader.fieldnames = names
        rows = [(reader.line_num, _texts(row)) for row in reader]
    except UnicodeDecodeError as error:
        raise LifecycleFileError(rule=f"no UTF-8 ({error}); spreadsheets call the format “CSV UTF-8”") from error
    except csv.Error as error:
        raise LifecycleFileError(rule=f"no CSV: {error}") from error
    kept = [(line, row) for line, row in rows if any(str(value).strip() for value in row.values())]
    if len(kept) > MOST_ROWS:
        raise LifecycleFileError(rule=f"{len(kept)} rows; at most {MOST_ROWS} are taken at once")
    return kept


def _names(written: Sequence[str]) -> list[str]:
    known = {KIND: KIND, KIND_ZH: KIND}
    for field in event_fields().values():
        known |= {field.field: field.field, field.words.zh: field.field}
    unknown = [name for name in written if name not in known]
    if unknown:
        rule = f"no such column: {', '.join(unknown)[:200]}; columns are {KIND}, {', '.join(event_fields())}"
        raise LifecycleFileError(rule=rule)
    names = [known[name] for name in written]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LifecycleFileError(rule=f"column {', '.join(twice)} stands twice")
    if KIND not in names:
        raise LifecycleFileError(rule=f"a column {KIND} (or {KIND_ZH}) is expected, which says what each row records")
    return names


def _texts(row: Mapping[str | None, object]) -> Row:
    """The row's texts; what stands beyond the last column is kept under a name that no field has."""
    told: dict[str, object] = {}
    for name, value in row.items():
        if name == _SURPLUS:
            told["(beyond the last column)"] = ",".join(map(str, value)) if isinstance(value, list) else ""
        elif name is not None:
            told[name] = value or ""
    return told
