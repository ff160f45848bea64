"""What a store answers with: observations, the latest values, series, buckets, conflicts, cursors."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from observations.errors import InvalidCorrectionError
from observations.properties import observed_property
from observations.quality import Quality

Cursor = Mapping[str, int]
"""Arrival position: writer name → sequence of the last insert seen. Empty is the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One value with everything that is known of it. Times are aware UTC; `value` is in the property's unit.

    phenomenon_time: as the device sent it, in milliseconds since 1970 because a device may claim year 2999.
    corrected_time: the time to show.
    """

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int
    corrected_time: datetime
    received_time: datetime
    value: float
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A device (one channel, or all where None) during [since, until): what a feature of interest wore or held.

    Bounds are milliseconds of phenomenon time; None is open.
    """

    device: str
    channel: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Raw values in order of phenomenon time: int64[n], float64[n], uint8[n] flags, and the device of each."""

    phenomenon_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    device: NDArray[np.object_]
    channel: NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Downsampled good values: one row per non-empty bucket, ordered; a gap has no row.

    start_ms int64[n] (bucket start), minimum, mean, maximum float64[n], count int64[n] values,
    total float64[n] (sum, for "delta" properties), devices int64[n] (how many devices contributed).
    """

    start_ms: NDArray[np.int64]
    minimum: NDArray[np.float64]
    mean: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]
    devices: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The newest good value of one (device, channel, property), and the last one to arrive whatever its quality.

    `good` is None until a value without a SUSPECT flag has arrived; it is the greatest phenomenon time.
    """

    good: Observation | None
    arrived: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A second, different value under a key that already had one; the first stays in force."""

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int
    stored_value: float
    refused_value: float
    received_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """What an append did, in values: stored anew, redelivered (already there, unchanged), conflicting (kept aside).

    gone: of a span that was erased, or of weeks that have expired; not kept.
    """

    stored: int
    redelivered: int
    conflicting: int
    cursor: Cursor
    gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What a person says of one stored value: the value that holds instead, or None to withdraw it.

    The key is the stored value's: `phenomenon_ms` as the device sent it. reason, corrected_by: texts that are kept
    with it. Raises InvalidCorrectionError where the value is outside the property's plausible range, the time has no
    zone or a text is missing; UnknownPropertyError.
    """

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int
    value: float | None
    reason: str
    corrected_by: str
    corrected_time: datetime

    def __post_init__(self) -> None:
        """Refuse what nobody could believe."""
        of = observed_property(self.observed_property)
        if self.value is not None and not (math.isfinite(self.value) and of.low <= self.value <= of.high):
            msg = f"{of.name} cannot be corrected to {self.value:g}: plausible is {of.low:g} to {of.high:g} {of.symbol}"
            raise InvalidCorrectionError(msg.rstrip())
        if not self.reason.strip() or not self.corrected_by.strip():
            msg = "a correction needs a reason, and who gave it"
            raise InvalidCorrectionError(msg)
        if self.corrected_time.tzinfo is None:
            msg = "the time of a correction needs its zone"
            raise InvalidCorrectionError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """What an expiry dropped: raw values, and the whole weeks (of phenomenon time) some of whose values it dropped."""

    values: int
    weeks: int
