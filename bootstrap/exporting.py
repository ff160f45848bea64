"""Readings written to a file: a row for each value, with unit, quality and both times in columns of their own."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel

from api.readings import quality_word
from api.series import FORMULA_STARTS
from bootstrap.errors import FolderError, RequestError
from bootstrap.steps import Result, Step, Tell
from bootstrap.subjects import Subject, Worn, subjects_of, worn_by
from observations.batch import ObservationBatch
from observations.model import Stream
from observations.ports import ObservationStore
from observations.properties import observed_properties, observed_property
from observations.quality import Quality
from storage.records.records import Records

COLUMNS = pa.schema(
    [
        ("kind", pa.string()),
        ("id", pa.string()),
        ("farm", pa.string()),
        ("observed_property", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("quality", pa.string()),
        ("local_time", pa.string()),
        ("utc_time", pa.timestamp("ms", tz="UTC")),
        ("received_time", pa.timestamp("ms", tz="UTC")),
        ("sent_ms", pa.int64()),
        ("device", pa.string()),
        ("channel", pa.string()),
    ]
)
"""local_time, utc_time: the time to show. sent_ms: the time as sent, by which a correction names the value."""
BYTE_ORDER_MARK = "\ufeff".encode()
"""Without it Excel reads the Chinese as something else."""


class ExportRequest(BaseModel):
    """What goes into the file: of these animals and fields, of all where `everything`; properties empty: all."""

    file: Path
    everything: bool
    animals: list[str] = []
    fields: list[str] = []
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    properties: list[str] = []


class TableWriter(Protocol):
    """A file that takes one table after the other."""

    def write_table(self, table: pa.Table) -> None:
        """The rows are written."""


def export_file(request: ExportRequest, *, store: ObservationStore, records: Records, tell: Tell) -> Result:
    """The file, new, holds every value that was asked for; raises RequestError, FolderError."""
    if request.file.exists():
        msg = f"{request.file} is there already: name a new file"
        raise FolderError(msg)
    names = [observed_property(name).name for name in request.properties] or list(observed_properties())
    worn = _worn(request, records)
    asked = _streams(request, worn, records)
    growing = request.file.with_name(f"{request.file.name}.part")
    try:
        rows = _write(growing, request.file.suffix, store.export(asked), worn=worn, names=names, tell=tell, asked=asked)
        growing.replace(request.file)
    except OSError as error:
        msg = f"{request.file} cannot be written: {error.strerror or error}"
        raise FolderError(msg) from error
    finally:
        growing.unlink(missing_ok=True)
    return {"file": str(request.file), "rows": rows, "bytes": request.file.stat().st_size}


def _worn(request: ExportRequest, records: Records) -> list[Worn]:
    if not request.everything:
        return worn_by(records, request.animals, request.fields)
    animals = [animal.id for animal in records.animals.all()]
    return worn_by(records, animals, [field.id for field in records.fields.all()])


def _streams(request: ExportRequest, worn: Sequence[Worn], records: Records) -> Sequence[Stream] | None:
    """The streams to read; None for all there is."""
    since, until = (None if each is None else int(each.timestamp() * 1000) for each in (request.since, request.until))
    if request.everything and since is None and until is None:
        return None
    whole = [Stream(device=d.id) for d in records.devices.all()] if request.everything else [one.stream for one in worn]
    return [cut for stream in whole for cut in _cut(stream, since, until)]


def _cut(stream: Stream, since_ms: int | None, until_ms: int | None) -> Iterator[Stream]:
    since = max((ms for ms in (stream.since_ms, since_ms) if ms is not None), default=None)
    until = min((ms for ms in (stream.until_ms, until_ms) if ms is not None), default=None)
    if since is None or until is None or since < until:
        yield Stream(device=stream.device, channel=stream.channel, since_ms=since, until_ms=until)


def _write(
    growing: Path,
    suffix: str,
    batches: Iterator[ObservationBatch],
    *,
    worn: Sequence[Worn],
    names: Collection[str],
    tell: Tell,
    asked: Sequence[Stream] | None,
) -> int:
    rows, total = 0, None if asked is None else len({stream.device for stream in asked})
    seen: set[str] = set()
    with os.fdopen(os.open(growing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        with _writer(file, suffix) as writer:
            for batch in batches:
                table = table_of(batch, worn, names)
                writer.write_table(_harmless(table) if suffix == ".csv" else table)
                rows += table.num_rows
                seen.update(batch.device)
                tell(Step(what=f"{rows:,} values", done=len(seen), total=total))
        file.flush()
        os.fsync(file.fileno())
    return rows


def _writer(file: IO[bytes], suffix: str) -> AbstractContextManager[TableWriter]:
    if suffix == ".parquet":
        return cast("AbstractContextManager[TableWriter]", pq.ParquetWriter(file, COLUMNS, compression="zstd"))
    if suffix != ".csv":
        msg = f"{suffix!r} is no kind of file that is written: name one that ends in .csv or .parquet"
        raise RequestError(msg)
    file.write(BYTE_ORDER_MARK)
    return cast("AbstractContextManager[TableWriter]", pa_csv.CSVWriter(file, COLUMNS))


def table_of(batch: ObservationBatch, worn: Sequence[Worn], names: Collection[str]) -> pa.Table:
    """A row for each value of those properties, in order of the batch's rows within each property."""
    subjects, numbers = subjects_of(batch, worn)
    times = _local_times(batch.corrected_ms, subjects, numbers)
    parts = [_property_rows(batch, name, subjects, numbers, times) for name in batch.values if name in names]
    return pa.concat_tables([COLUMNS.empty_table(), *parts])


def _property_rows(
    batch: ObservationBatch, name: str, subjects: Sequence[Subject], numbers: NDArray[np.intp], times: pa.Array
) -> pa.Table:
    values = batch.values[name]
    rows = np.flatnonzero(~np.isnan(values))
    count = len(rows)
    flags = batch.quality.get(name)
    numbered = [subjects[number] for number in numbers[rows].tolist()]
    utc = COLUMNS.field("utc_time").type
    return pa.table(
        [
            pa.array([subject.kind for subject in numbered], pa.string()),
            pa.array([subject.id for subject in numbered], pa.string()),
            pa.array([subject.farm for subject in numbered], pa.string()),
            pa.array([name] * count, pa.string()),
            pa.array(values[rows]),
            pa.array([observed_property(name).unit] * count, pa.string()),
            _words(np.zeros(count, np.uint8) if flags is None else flags[rows]),
            times.take(pa.array(rows)),
            pa.array(batch.corrected_ms[rows]).cast(utc),
            pa.array(batch.received_ms[rows]).cast(utc),
            pa.array(batch.phenomenon_ms[rows]),
            pa.array([str(batch.device[row]) for row in rows.tolist()], pa.string()),
            pa.array([batch.channel[row] for row in rows.tolist()], pa.string()),
        ],
        schema=COLUMNS,
    )


def _words(flags: NDArray[np.uint8]) -> pa.Array:
    words = {value: quality_word(Quality(value)) for value in np.unique(flags).tolist()}
    return pa.array([words[value] for value in flags.tolist()], pa.string())


def _local_times(ms: NDArray[np.int64], subjects: Sequence[Subject], numbers: NDArray[np.intp]) -> pa.Array:
    """Each time as ISO 8601 in its subject's zone, with the offset that was in force there."""
    texts = np.empty(len(ms), np.object_)
    zones = np.array([subject.timezone for subject in subjects], np.object_)[numbers]
    for zone in dict.fromkeys(zones.tolist()):
        rows = np.flatnonzero(zones == zone)
        local = pc.strftime(pa.array(ms[rows], pa.timestamp("ms", tz=zone)), format="%Y-%m-%dT%H:%M:%S%z")
        texts[rows] = pc.replace_substring_regex(local, r"([+-]\d\d)(\d\d)$", r"\1:\2").to_numpy(zero_copy_only=False)
    return pa.array(texts, pa.string())


def _harmless(table: pa.Table) -> pa.Table:
    """No text that a spreadsheet would run as a formula: a channel is what a device calls it."""
    channels = [f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in table["channel"].to_pylist()]
    return table.set_column(
        table.column_names.index("channel"), COLUMNS.field("channel"), pa.array(channels, pa.string())
    )
