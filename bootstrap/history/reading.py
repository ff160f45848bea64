"""A chunk of a file → the readings in it, checked as live ones are, and what is to be said of its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bootstrap.history.header import Header, ValueColumn
from bootstrap.history.moments import NUMBER, moments
from bootstrap.history.table import Chunk
from devices.checks import check
from devices.codecs.native import CHANNEL
from devices.runs import Runs
from observations.batch import ObservationBatch
from observations.quality import Quality
from observations.texts import TextColumn

FROM_MS = 946_684_800_000
"""2000-01-01 UTC: records may be older than our devices, but not than this; a clock that was never set says 1970."""
FLAGGED = {Quality.OUT_OF_RANGE: "out_of_range", Quality.STUCK: "stuck"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is to be said of a row (its number in the file): which column, what stood there, which of the `RULES`."""

    row: int
    column: str
    value: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """batch: what can be stored, flagged; numbers: the row in the file of each of its rows."""

    batch: ObservationBatch
    numbers: NDArray[np.int64]
    findings: Sequence[Finding]


class HistoryReader:
    """Reads chunks in the order of the file; remembers between them which values do not change.

    devices: why readings of a device may not go in, by its id ("" where they may); others are unknown.
    """

    def __init__(
        self, header: Header, devices: Mapping[str, str], *, zone: str | None, one_device: str, now_ms: int
    ) -> None:
        self._header, self._devices = header, devices
        self._zone, self._one_device, self._now_ms = zone, one_device, now_ms
        self._runs = Runs()

    def read(self, chunk: Chunk) -> Reading:
        """The readings of the chunk."""
        findings = [Finding(row=number, column="", value=text, rule="cells") for number, text in chunk.malformed]
        device, device_problem = self._device(chunk.rows)
        channel, channel_problem = self._channel(chunk.rows)
        at = moments(chunk.rows[self._header.time], self._zone)
        time_problem = at.problem
        time_problem[(time_problem == "") & (at.ms > self._now_ms)] = "future_time"
        time_problem[(time_problem == "") & (at.ms < FROM_MS)] = "too_old"
        values: dict[str, NDArray[np.float64]] = {}
        blank = np.isin(device_problem, ["", "no_device"]) & (time_problem == "no_time")
        usable = (device_problem == "") & (channel_problem == "") & (time_problem == "")
        for column in self._header.values:
            values[column.observed_property], problem = _numbers(chunk.rows[column.name], column)
            blank &= np.isnan(values[column.observed_property]) & (problem == "")
            problem[~usable] = ""  # the row is refused, and why is said once
            findings += _findings(chunk, column.name, problem)
        device_problem[blank & (device_problem == "no_device")], time_problem[blank] = "", ""
        empty = np.where(np.all([np.isnan(each) for each in values.values()], axis=0) & usable, "no_values", "")
        findings += _findings(chunk, self._header.device, device_problem)
        findings += _findings(chunk, self._header.channel, channel_problem)
        findings += _findings(chunk, self._header.time, time_problem)
        findings += _findings(chunk, "", empty)
        kept = np.flatnonzero(usable & (empty == "") & ~blank)
        batch = ObservationBatch(
            device=device.take(kept),
            channel=channel.take(kept),
            phenomenon_ms=at.ms[kept],
            received_ms=np.full(len(kept), self._now_ms, np.int64),
            corrected_ms=at.ms[kept],
            values={name: column[kept] for name, column in values.items()},
        )
        checked = check(batch, self._runs, clock_from_ms=FROM_MS)
        self._runs.take(checked.runs)
        numbers = chunk.numbers[kept]
        findings += self._flagged(checked.batch, numbers)
        findings.sort(key=lambda finding: finding.row)
        return Reading(batch=checked.batch, numbers=numbers, findings=findings)

    def _device(self, rows: pa.RecordBatch) -> tuple[TextColumn, NDArray[np.object_]]:
        if not self._header.device:
            return TextColumn.repeated(self._one_device, len(rows)), np.full(len(rows), "", np.object_)
        column = _texts(rows[self._header.device])
        problems = [self._devices.get(text, "unknown_device") if text else "no_device" for text in column.distinct]
        return column, _by_code(problems, column)

    def _channel(self, rows: pa.RecordBatch) -> tuple[TextColumn, NDArray[np.object_]]:
        if not self._header.channel:
            return TextColumn.repeated("", len(rows)), np.full(len(rows), "", np.object_)
        column = _texts(rows[self._header.channel])
        return column, _by_code(["" if CHANNEL.fullmatch(text) else "bad_channel" for text in column.distinct], column)

    def _flagged(self, batch: ObservationBatch, numbers: NDArray[np.int64]) -> Iterator[Finding]:
        written = {column.observed_property: column.name for column in self._header.values}
        for name, flags in batch.quality.items():
            for flag, rule in FLAGGED.items():
                for row in np.flatnonzero(flags & flag).tolist():
                    value = f"{batch.values[name][row]:.12g}"
                    yield Finding(row=int(numbers[row]), column=written[name], value=value, rule=rule)


def _numbers(column: pa.Array, about: ValueColumn) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """The values in the property's unit, NaN where there is none; and for each cell the rule it breaks."""
    problem = np.full(len(column), "", np.object_)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
        number = pc.match_substring_regex(texts, NUMBER)
        wrong = pc.and_(pc.invert(number), pc.not_equal(texts, ""))
        problem[wrong.to_numpy(zero_copy_only=False).astype(bool)] = "not_a_number"
        column = pc.cast(pc.if_else(number, texts, pa.scalar(None, pa.string())), pa.float64())
    given = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        values = (given + about.way.add) * about.way.multiply / about.way.divide
    beyond = np.isinf(values) | (np.isnan(values) & ~np.isnan(given))
    problem[beyond] = "number_range"
    values[beyond] = np.nan
    return values, problem


def _texts(column: pa.Array) -> TextColumn:
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))
    coded = pc.dictionary_encode(trimmed)
    return TextColumn(coded.indices.to_numpy().astype(np.int32), coded.dictionary.to_pylist())


def _by_code(problems: Sequence[str], column: TextColumn) -> NDArray[np.object_]:
    return np.array([*problems, ""], np.object_)[column.codes]


def _findings(chunk: Chunk, column: str, problem: NDArray[np.object_]) -> Iterator[Finding]:
    for row in np.flatnonzero(problem != "").tolist():
        value = chunk.rows[column][row].as_py() if column else None
        yield Finding(
            row=int(chunk.numbers[row]), column=column, value="" if value is None else str(value), rule=problem[row]
        )
