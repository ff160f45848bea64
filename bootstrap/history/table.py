"""A CSV or Parquet file of any length, in chunks of columns; never more than one chunk in memory."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bootstrap.errors import RequestError

BLOCK_BYTES = 2 << 20
CHUNK_ROWS = 20_000
FIRST_ROW = 2
"""The row below the header, as spreadsheets count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows: their columns, their numbers in the file int64[n], and rows before them that were no rows.

    malformed: (number, text) of rows with too many or too few cells. done: how much of the table's `size` is read.
    """

    rows: pa.RecordBatch
    numbers: NDArray[np.int64]
    malformed: Sequence[tuple[int, str]] = field(default_factory=tuple)
    done: int


class TableFile(Protocol):
    """A file that holds a table. size: in whatever `Chunk.done` counts (bytes of CSV, rows of Parquet)."""

    names: Sequence[str]
    size: int

    def chunks(self) -> Iterator[Chunk]:
        """All rows, in order."""


@contextmanager
def open_table(file: Path, *, encoding: str = "utf8") -> Iterator[TableFile]:
    """The table in that file, by its ending; raises RequestError where it is none."""
    kind = file.suffix.lower()
    try:
        if kind in {".parquet", ".pq"}:
            with pq.ParquetFile(file) as parquet:
                yield _Parquet(parquet)
        elif kind in {".csv", ".txt", ".tsv"}:
            yield _Csv(file, encoding=encoding, delimiter="\t" if kind == ".tsv" else ",")
        else:
            msg = f"{file.name}: only .csv, .tsv and .parquet are read"
            raise RequestError(msg)
    except (pa.ArrowException, UnicodeError, LookupError) as error:
        msg = f"{file} cannot be read: {error} (other than UTF-8: --encoding gbk)"
        raise RequestError(msg) from error
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror or error}"
        raise RequestError(msg) from error


class _Parquet:
    def __init__(self, parquet: pq.ParquetFile) -> None:
        self._parquet = parquet
        self.names: Sequence[str] = parquet.schema_arrow.names
        self.size: int = parquet.metadata.num_rows

    def chunks(self) -> Iterator[Chunk]:
        done = 0
        for rows in self._parquet.iter_batches(batch_size=CHUNK_ROWS):
            numbers = np.arange(done, done + len(rows), dtype=np.int64) + FIRST_ROW
            done += len(rows)
            yield Chunk(rows=rows, numbers=numbers, done=done)


class _Counted(io.RawIOBase):
    """A file that counts what was read of it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._stream = file.open("rb", buffering=0)
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 any buffer
        read = self._stream.readinto(buffer) or 0
        self.done += read
        return read

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Csv:
    """Every cell is read as text: what is no number shall be told with its row, and not end the reading."""

    def __init__(self, file: Path, *, encoding: str, delimiter: str) -> None:
        self._file, self._encoding = file, encoding
        self._malformed: list[tuple[int, str]] = []
        self._parse = pc_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,  # or the rows behind them were counted wrong
            invalid_row_handler=self._on_malformed,
        )
        self.size = file.stat().st_size
        with file.open(encoding="utf-8-sig" if encoding == "utf8" else encoding, newline="") as text:
            first = text.readline()
        if not first.strip():
            msg = f"{file} is empty"
            raise RequestError(msg)
        self.names: Sequence[str] = self._reader(io.BytesIO(first.encode())).schema.names

    def chunks(self) -> Iterator[Chunk]:
        source = _Counted(self._file)
        try:
            with self._reader(source, encoding=self._encoding) as reader:
                number = FIRST_ROW
                for block in reader:
                    for first in range(0, len(block), CHUNK_ROWS):
                        rows = block.slice(first, CHUNK_ROWS)
                        numbers = self._numbers(number, len(rows))
                        malformed = self._malformed_before(int(numbers[-1]))
                        number = int(numbers[-1]) + 1
                        yield Chunk(rows=rows, numbers=numbers, malformed=malformed, done=source.done)
                if self._malformed:
                    yield Chunk(
                        rows=pa.RecordBatch.from_pylist([], schema=reader.schema),
                        numbers=np.empty(0, np.int64),
                        malformed=self._malformed_before(None),
                        done=source.done,
                    )
        finally:
            source.close()

    def _reader(self, source: Any, *, encoding: str = "utf8") -> Any:  # noqa: ANN401 pyarrow has no types
        # one thread, as only then rows are counted; types of columns that are not there do no harm
        names = getattr(self, "names", ())
        return pc_csv.open_csv(
            source,
            read_options=pc_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, encoding=encoding),
            parse_options=self._parse,
            convert_options=pc_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )

    def _on_malformed(self, row: Any) -> str:  # noqa: ANN401 pyarrow has no types
        self._malformed.append((row.number, row.text))
        return "skip"

    def _numbers(self, first: int, count: int) -> NDArray[np.int64]:
        """The numbers of the next `count` good rows."""
        bad = {number for number, _ in self._malformed}
        candidates = np.arange(first, first + count + len(bad), dtype=np.int64)
        return candidates[~np.isin(candidates, list(bad))][:count] if bad else candidates

    def _malformed_before(self, number: int | None) -> Sequence[tuple[int, str]]:
        met = [each for each in self._malformed if number is None or each[0] < number]
        self._malformed = [each for each in self._malformed if each not in met]
        return met
