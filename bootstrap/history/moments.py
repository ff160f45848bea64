"""A column of times as people and tables write them → milliseconds since 1970 UTC, and which are none and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # it has no types of its own
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from devices.codecs.times import MILLISECONDS_FROM

DATE_AND_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?"
OFFSET = r"\s?([Zz]|[+-]\d{2}(:?\d{2})?)$"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
LARGEST_MS = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """ms: int64[n], 0 where there is no time. problem: object[n], the code of the rule it breaks, "" where none."""

    ms: NDArray[np.int64]
    problem: NDArray[np.object_]


def moments(column: pa.Array, zone: str | None) -> Moments:
    """The times of the column; local ones are times of `zone` (IANA), and refused where there is none."""
    if pa.types.is_timestamp(column.type):
        return _of_timestamps(column, zone)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _of_numbers(column.cast(pa.float64(), safe=False))
    return _of_texts(column.cast(pa.string()), zone)


def _of_timestamps(column: pa.Array, zone: str | None) -> Moments:
    local = column.type.tz is None
    instants = pd.Series(column.cast(pa.timestamp("ms", column.type.tz)).to_pandas())
    found = _nothing(len(column))
    _put(found, np.ones(len(column), bool), instants, zone if local else None, local=local)
    found.problem[column.is_null().to_numpy(zero_copy_only=False)] = "no_time"
    return found


def _of_numbers(column: pa.Array) -> Moments:
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
    missing = np.isnan(numbers)
    ms = np.where(np.abs(numbers) >= MILLISECONDS_FROM, numbers, numbers * 1000)
    wrong = ~missing & ~(np.abs(ms) < LARGEST_MS)
    problem = np.full(len(column), "", np.object_)
    problem[missing], problem[wrong] = "no_time", "bad_time"
    return Moments(ms=np.where(missing | wrong, 0, np.round(ms)).astype(np.int64), problem=problem)


def _of_texts(column: pa.Array, zone: str | None) -> Moments:
    texts = pc.utf8_trim_whitespace(pc.fill_null(column, ""))
    found = _nothing(len(texts))
    found.problem[_mask(pc.equal(texts, ""))] = "no_time"
    number = _mask(pc.match_substring_regex(texts, NUMBER))
    if number.any():
        of_numbers = _of_numbers(pc.cast(texts.filter(pa.array(number)), pa.float64()))
        found.ms[number], found.problem[number] = of_numbers.ms, of_numbers.problem
    with_offset = _mask(pc.match_substring_regex(texts, DATE_AND_TIME + OFFSET))
    local = _mask(pc.match_substring_regex(texts, DATE_AND_TIME + "$"))
    for mask in (with_offset, local):
        if mask.any():
            written = pd.Series(texts.filter(pa.array(mask)).to_pandas())
            parsed = pd.to_datetime(written, format="ISO8601", utc=mask is with_offset, errors="coerce")
            _put(found, mask, parsed, zone if mask is local else None, local=mask is local)
    return found


def _nothing(rows: int) -> Moments:
    return Moments(ms=np.zeros(rows, np.int64), problem=np.full(rows, "bad_time", np.object_))


def _put(
    found: Moments, mask: NDArray[np.bool_], parsed: "pd.Series[pd.Timestamp]", zone: str | None, *, local: bool
) -> None:
    """The parsed times are found where the mask is set, in its order; local ones only by way of their zone."""
    problem = np.where(parsed.isna(), "bad_time", "").astype(np.object_)
    if local and zone is None:
        problem[problem == ""] = "no_offset"
        found.problem[mask] = problem
        return
    if local:
        there = parsed.notna().to_numpy()
        instants = parsed.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        # moved out of a gap it is a time; one that was there twice is none either way
        moved = parsed.dt.tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
        problem[there & moved.isna().to_numpy()] = "ambiguous_time"
        problem[there & instants.isna().to_numpy() & moved.notna().to_numpy()] = "nonexistent_time"
        parsed = instants
    utc = parsed.dt.tz_convert("UTC").dt.tz_localize(None)
    ms = utc.to_numpy().astype("datetime64[ms]").astype(np.int64)
    found.ms[mask] = np.where(problem == "", ms, 0)
    found.problem[mask] = problem


def _mask(column: pa.Array) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = column.to_numpy(zero_copy_only=False).astype(bool)
    return mask
