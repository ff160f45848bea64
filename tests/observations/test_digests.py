import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from observations.batch import ObservationBatch
from observations.digests import day_digests
from observations.quality import Quality

CHINA = ZoneInfo("Asia/Shanghai")


def batch(*moments: datetime, device: str = "tag-1") -> ObservationBatch:
    at = np.array([int(moment.timestamp() * 1000) for moment in moments], np.int64)
    return ObservationBatch(
        device=[device] * len(at),
        channel=[""] * len(at),
        phenomenon_ms=at,
        received_ms=at + 5,
        corrected_ms=at,
        values={"steps": np.array([12.0] * len(at)), "ear_temperature": np.array([38.6, *[np.nan] * (len(at) - 1)])},
        quality={"steps": np.array([int(Quality.GOOD)] * len(at), np.uint8)},
    )


EVENING = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)


def test_a_days_digest_is_that_of_its_lines() -> None:
    at = int(EVENING.timestamp() * 1000)
    lines = f"tag-1,,{at},{at + 5},ear_temperature,38.6,0\ntag-1,,{at},{at + 5},steps,12.0,0\n"
    (day,) = day_digests([batch(EVENING)], CHINA)
    assert (day.day, day.values) == (date(2026, 3, 1), 2)
    assert day.sha256 == hashlib.sha256(lines.encode()).hexdigest()


def test_days_are_the_farms_and_a_value_that_is_not_there_has_no_line() -> None:
    days = day_digests([batch(EVENING, MIDNIGHT)], CHINA)
    assert [(day.day.day, day.values) for day in days] == [(1, 2), (2, 1)]


def test_it_does_not_matter_how_the_rows_were_batched() -> None:
    whole = day_digests([batch(MIDNIGHT), batch(EVENING, device="tag-2")], CHINA)
    first, second = batch(MIDNIGHT), batch(EVENING, device="tag-2")
    joined = ObservationBatch(
        device=[*first.device, *second.device],
        channel=["", ""],
        phenomenon_ms=np.concatenate([first.phenomenon_ms, second.phenomenon_ms]),
        received_ms=np.concatenate([first.received_ms, second.received_ms]),
        corrected_ms=np.concatenate([first.corrected_ms, second.corrected_ms]),
        values={
            name: np.concatenate([first.values[name], second.values[name]]) for name in ("steps", "ear_temperature")
        },
    )
    assert day_digests([joined], CHINA) == whole


def test_a_single_changed_value_changes_the_day() -> None:
    one, other = batch(EVENING), batch(EVENING)
    other.values["steps"][0] = 12.000000000000002
    assert day_digests([one], CHINA) != day_digests([other], CHINA)


def test_nothing_has_no_days() -> None:
    assert day_digests([], CHINA) == []
