"""Readings in columns."""

import numpy as np
import pytest

from observations.batch import ObservationBatch, concatenate
from observations.errors import ObservationError, UnknownPropertyError
from observations.quality import Quality


def batch(device: str, *times_ms: int, **values: list[float]) -> ObservationBatch:
    ms = np.array(times_ms, np.int64)
    return ObservationBatch(
        device=[device] * len(times_ms),
        channel=[""] * len(times_ms),
        phenomenon_ms=ms,
        received_ms=ms + 5,
        corrected_ms=ms,
        values={name: np.array(column, np.float64) for name, column in values.items()},
    )


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ObservationError, match="differ in length"):
        batch("tag-1", 1, 2, ear_temperature=[38.5])


def test_a_column_that_is_no_property_is_refused() -> None:
    with pytest.raises(UnknownPropertyError):
        batch("tag-1", 1, tempC=[38.5])


def test_concatenating_fills_what_a_part_lacks_with_missing_and_good() -> None:
    tags = batch("tag-1", 1, 2, ear_temperature=[38.5, 38.6])
    probe = batch("probe-1", 3, soil_moisture=[31.0])
    flagged = ObservationBatch(
        device=["tag-2"],
        channel=[""],
        phenomenon_ms=np.array([4]),
        received_ms=np.array([4]),
        corrected_ms=np.array([4]),
        values={"ear_temperature": np.array([99.0])},
        quality={"ear_temperature": np.array([Quality.OUT_OF_RANGE], np.uint8)},
    )
    whole = concatenate([tags, probe, flagged])
    assert whole.device == ["tag-1", "tag-1", "probe-1", "tag-2"]
    assert whole.values["ear_temperature"].tolist()[:2] == [38.5, 38.6]
    assert np.isnan(whole.values["ear_temperature"][2])
    assert whole.quality["ear_temperature"].tolist() == [0, 0, 0, Quality.OUT_OF_RANGE]
    assert whole.value_count() == 4


def test_taking_rows_keeps_every_column_in_step() -> None:
    whole = batch("tag-1", 1, 2, 3, ear_temperature=[38.1, 38.2, 38.3])
    assert whole.take(np.array([True, False, True])).values["ear_temperature"].tolist() == [38.1, 38.3]
    assert whole.take(np.array([2, 0])).phenomenon_ms.tolist() == [3, 1]


def test_nothing_concatenated_is_an_empty_batch() -> None:
    assert len(concatenate([])) == 0
    assert concatenate([]).value_count() == 0
