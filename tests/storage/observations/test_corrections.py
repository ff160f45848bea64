"""Corrections hold everywhere, and what the device said stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from observations.errors import InvalidCorrectionError, NoSuchValueError, UnknownPropertyError
from observations.model import Correction, Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from storage.observations.restore import restore_observations
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, Row, batch_of_rows, everything, values_of

NOW = datetime(2026, 6, 2, 4, 0, 0, 123456, tzinfo=UTC)
TAG = [Stream(device="tag-1")]


def correction(value: float | None, ms: int = NOON_MS, **differing: object) -> Correction:
    said = Correction(
        device="tag-1",
        channel="",
        observed_property="ear_temperature",
        phenomenon_ms=ms,
        value=value,
        reason="the tag lay in the sun",
        corrected_by="vet",
        corrected_time=NOW,
    )
    return replace(said, **differing)  # type: ignore[arg-type] # a field's name and value


def shown(store: ObservationStore, *, suspect: bool = False, limit: int = 100) -> list[tuple[int, float, Quality]]:
    series = store.series(TAG, "ear_temperature", suspect=suspect, limit=limit)
    minutes = (series.phenomenon_ms - NOON_MS) // MINUTE_MS
    return list(zip(minutes.tolist(), series.value.tolist(), map(Quality, series.quality.tolist()), strict=True))


def latest(store: ObservationStore) -> tuple[float | None, float, Quality]:
    (item,) = store.latest(["tag-1"])
    return None if item.good is None else item.good.value, item.arrived.value, item.arrived.quality


def three_values(store: ObservationStore) -> None:
    store.append(
        batch_of_rows(*(Row("tag-1", 38.0 + m, NOON_MS + m * MINUTE_MS, received_ms=NOON_MS) for m in range(3)))
    )


def test_a_corrected_value_holds_everywhere_and_the_first_stays_visible(store: ObservationStore) -> None:
    three_values(store)
    store.correct(correction(39.5, NOON_MS + 2 * MINUTE_MS))
    assert shown(store) == [(0, 38.0, 0), (1, 39.0, 0), (2, 39.5, Quality.CORRECTED)]
    assert shown(store, suspect=True)[2:] == [(2, 40.0, Quality.SUPERSEDED), (2, 39.5, Quality.CORRECTED)]
    assert shown(store, limit=1) == [(2, 39.5, Quality.CORRECTED)]
    assert shown(store, suspect=True, limit=2)[0] == (2, 40.0, Quality.SUPERSEDED)
    buckets = store.buckets(TAG, "ear_temperature", width_ms=DAY_MS)
    assert (buckets.minimum.tolist(), buckets.maximum.tolist(), buckets.total.tolist()) == ([38.0], [39.5], [116.5])
    assert (buckets.count.tolist(), buckets.devices.tolist()) == ([3], [1])
    assert latest(store) == (39.5, 39.5, Quality.CORRECTED)
    assert [value for *_, value in everything(store)] == [38.0, 39.0, 40.0], "arrivals are as they were"


def test_a_withdrawn_value_is_shown_no_more(store: ObservationStore) -> None:
    three_values(store)
    store.correct(correction(None, NOON_MS + 2 * MINUTE_MS))
    assert shown(store) == [(0, 38.0, 0), (1, 39.0, 0)]
    assert shown(store, limit=1) == [(1, 39.0, 0)]
    assert shown(store, suspect=True)[-1] == (2, 40.0, Quality.SUPERSEDED)
    assert store.buckets(TAG, "ear_temperature", width_ms=DAY_MS).count.tolist() == [2]
    assert latest(store) == (39.0, 40.0, Quality.SUPERSEDED)
    store.correct(correction(None, NOON_MS + MINUTE_MS))
    store.correct(correction(38.2, NOON_MS))
    assert latest(store)[0] == 38.2
    store.correct(correction(None, NOON_MS, corrected_time=NOW + timedelta(seconds=1)))
    assert latest(store)[0] is None
    assert store.buckets(TAG, "ear_temperature", width_ms=DAY_MS).count.tolist() == []
    store.append(batch_of_rows(Row("tag-1", 38.8, NOON_MS - MINUTE_MS)))
    assert latest(store)[0] == 38.8, "what comes late is seen"


def test_a_suspect_value_can_be_mended(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 98.0, quality=Quality.OUT_OF_RANGE)))
    assert shown(store) == []
    store.correct(correction(38.0))
    assert shown(store) == [(0, 38.0, Quality.CORRECTED)]
    assert shown(store, suspect=True)[0] == (0, 98.0, Quality.OUT_OF_RANGE | Quality.SUPERSEDED)
    assert latest(store) == (38.0, 38.0, Quality.CORRECTED)
    assert store.buckets(TAG, "ear_temperature", width_ms=DAY_MS).maximum.tolist() == [38.0]


def test_a_correction_does_not_mend_a_wrong_clock(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0, 5, quality=Quality.CLOCK_WRONG)))
    store.correct(correction(38.5, 5))
    assert shown(store) == []
    assert latest(store) == (None, 38.5, Quality.CORRECTED | Quality.CLOCK_WRONG)


def test_the_newest_correction_holds_and_all_are_kept(store: ObservationStore) -> None:
    three_values(store)
    later, first = correction(38.7, corrected_time=NOW + timedelta(hours=1)), correction(38.4)
    for each in (later, first, later, first):
        store.correct(each)
    assert shown(store)[0] == (0, 38.7, Quality.CORRECTED)
    assert list(store.corrections(limit=10)) == [later, first]
    assert list(store.corrections(["tag-1"], limit=1)) == [later]
    assert list(store.corrections(["tag-2"], limit=9)) == []


def test_a_correction_of_nothing_is_refused_with_its_key(store: ObservationStore) -> None:
    three_values(store)
    for wrong in (
        correction(38.0, NOON_MS + 1),
        correction(38.0, device="tag-2"),
        correction(38.0, channel="20cm"),
        correction(None, observed_property="battery"),
    ):
        with pytest.raises(NoSuchValueError, match=f"{wrong.device}.*{wrong.observed_property}.*{wrong.phenomenon_ms}"):
            store.correct(wrong)
    assert list(store.corrections(limit=9)) == []


def test_a_redelivery_of_a_corrected_value_is_still_a_redelivery(store: ObservationStore) -> None:
    three_values(store)
    store.correct(correction(39.5))
    again = store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-1", 39.5)))
    assert (again.stored, again.redelivered, again.conflicting) == (0, 1, 1)
    assert shown(store)[0] == (0, 39.5, Quality.CORRECTED)


def test_streams_meet_only_their_own_corrections(store: ObservationStore) -> None:
    three_values(store)
    store.append(batch_of_rows(Row("tag-2", 38.0), Row("tag-1", 36.0, channel="rectal")))
    store.correct(correction(41.0))
    assert store.series([Stream(device="tag-2")], "ear_temperature", limit=9).value.tolist() == [38.0]
    assert store.series([Stream(device="tag-1", channel="rectal")], "ear_temperature", limit=9).value.tolist() == [36.0]
    after = [Stream(device="tag-1", channel="", since_ms=NOON_MS + 1)]
    assert store.series(after, "ear_temperature", limit=9).value.tolist() == [39.0, 40.0]
    assert store.buckets(after, "ear_temperature", width_ms=DAY_MS).count.tolist() == [2]
    herd = store.buckets([*TAG, Stream(device="tag-2")], "ear_temperature", width_ms=DAY_MS)
    assert (herd.maximum.tolist(), herd.count.tolist(), herd.devices.tolist()) == ([41.0], [5], [2])


def test_an_export_tells_what_holds(store: ObservationStore) -> None:
    three_values(store)
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    store.correct(correction(None))
    store.correct(correction(38.9, NOON_MS + MINUTE_MS))
    (batch,) = store.export(TAG)
    assert [value for *_, value in values_of(batch)] == [3.6, 38.9, 40.0]
    assert batch.quality["ear_temperature"].tolist() == [0, Quality.CORRECTED, 0]


def test_corrections_outlive_the_process(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    three_values(store)
    store.correct(correction(None, NOON_MS + 2 * MINUTE_MS))
    expected = shown(store), latest(store), store.corrections(limit=9)
    store.snapshot(tmp_path / "copy")
    store.close()
    reopened = open_store()
    assert (shown(reopened), latest(reopened), reopened.corrections(limit=9)) == expected
    reopened.close()
    (tmp_path / "data").rename(tmp_path / "lost")
    restore_observations(tmp_path / "copy", tmp_path / "data")
    restored = open_store()
    assert (shown(restored), latest(restored), restored.corrections(limit=9)) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 400.0, -400.0])
def test_a_correction_nobody_could_believe_is_refused(value: float) -> None:
    with pytest.raises(InvalidCorrectionError, match="ear_temperature cannot be corrected to"):
        correction(value)


def test_a_correction_says_why_who_and_when() -> None:
    for missing in ({"reason": " "}, {"corrected_by": ""}, {"corrected_time": NOW.replace(tzinfo=None)}):
        with pytest.raises(InvalidCorrectionError):
            correction(38.0, **missing)
    with pytest.raises(UnknownPropertyError):
        correction(38.0, observed_property="mood")
