"""What every observation store promises; each runs through all of it."""

from pathlib import Path

import numpy as np
import pytest

from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError, UnknownPropertyError
from observations.model import Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from tests.storage.observations.rows import (
    DAY_MS,
    MINUTE_MS,
    NOON_MS,
    WEEK_MS,
    Row,
    batch_of_rows,
    everything,
    pages,
    values_of,
)

A_DAY_IN_1970_MS = 86_400_000
A_DAY_IN_2999_MS = 32_472_144_000_000


def latest_values(store: ObservationStore, device: str) -> dict[tuple[str, str], tuple[float | None, float]]:
    return {
        (item.arrived.channel, item.arrived.observed_property): (
            None if item.good is None else item.good.value,
            item.arrived.value,
        )
        for item in store.latest([device])
    }


def test_a_value_that_was_appended_is_found_everywhere(store: ObservationStore) -> None:
    appended = store.append(batch_of_rows(Row("tag-1", 38.5)))
    assert (appended.stored, appended.redelivered, appended.conflicting) == (1, 0, 0)
    assert everything(store) == [("tag-1", "", "ear_temperature", NOON_MS, 38.5)]
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (38.5, 38.5)}
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=10)
    assert (series.phenomenon_ms.tolist(), series.value.tolist()) == ([NOON_MS], [38.5])
    assert (series.device.tolist(), series.channel.tolist(), series.quality.tolist()) == (["tag-1"], [""], [0])


def test_an_observation_carries_all_its_times_and_its_quality(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("probe-1", 21.0, name="soil_nitrogen", channel="20cm", quality=Quality.ESTIMATED)))
    (latest,) = store.latest(["probe-1"])
    assert latest.good == latest.arrived
    assert latest.arrived.phenomenon_ms == NOON_MS
    assert latest.arrived.corrected_time.isoformat() == "2026-06-01T04:00:00+00:00"
    assert latest.arrived.received_time.isoformat() == "2026-06-01T04:00:02+00:00"
    assert (latest.arrived.channel, latest.arrived.quality) == ("20cm", Quality.ESTIMATED)


def test_a_redelivery_changes_nothing(store: ObservationStore) -> None:
    batch = batch_of_rows(Row("tag-1", 38.5), Row("tag-1", 38.6, NOON_MS + MINUTE_MS), Row("tag-2", 39.0))
    store.append(batch)
    head, latest = store.head(), store.latest(["tag-1", "tag-2"])
    again = store.append(batch)
    assert (again.stored, again.redelivered, again.conflicting) == (0, 3, 0)
    assert store.head() == head == again.cursor
    assert store.latest(["tag-1", "tag-2"]) == latest
    assert len(everything(store)) == 3


def test_the_first_write_wins_and_the_second_value_can_be_seen(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    second = store.append(batch_of_rows(Row("tag-1", 41.9, received_ms=NOON_MS + 9_000)))
    assert (second.stored, second.redelivered, second.conflicting) == (0, 0, 1)
    assert [value for *_, value in everything(store)] == [38.0]
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (38.0, 38.0)}
    (conflict,) = store.conflicts(limit=10)
    assert (conflict.device, conflict.channel, conflict.observed_property) == ("tag-1", "", "ear_temperature")
    assert (conflict.phenomenon_ms, conflict.stored_value, conflict.refused_value) == (NOON_MS, 38.0, 41.9)
    assert conflict.received_time.isoformat() == "2026-06-01T04:00:09+00:00"


def test_a_conflict_that_is_delivered_again_is_one_conflict(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-2", 38.0)))
    for _ in range(3):
        store.append(batch_of_rows(Row("tag-1", 41.9), Row("tag-1", 42.1)))
    store.append(batch_of_rows(Row("tag-2", 40.0, received_ms=NOON_MS + MINUTE_MS)))
    assert [conflict.refused_value for conflict in store.conflicts(limit=10)] == [40.0, 41.9, 42.1]
    assert [conflict.refused_value for conflict in store.conflicts(["tag-1"], limit=1)] == [41.9]
    assert list(store.conflicts([], limit=10)) == []
    assert [store.conflict_count(device) for device in ("tag-1", "tag-2", "tag-3")] == [2, 1, 0]


def test_a_batch_that_contradicts_itself_keeps_its_first_value(store: ObservationStore) -> None:
    appended = store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-1", 38.0), Row("tag-1", 39.0)))
    assert (appended.stored, appended.redelivered, appended.conflicting) == (1, 1, 1)
    assert [value for *_, value in everything(store)] == [38.0]
    assert store.conflict_count("tag-1") == 1


def test_properties_of_one_instant_come_together_whenever_they_arrive(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.5)))
    cursor = store.head()
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery", received_ms=NOON_MS + DAY_MS), Row("tag-2", 39.0)))
    (page,) = pages(store, cursor, limit=100)
    assert ("tag-1", "", "ear_temperature", NOON_MS, 38.5) in values_of(page), "the row is returned whole"
    assert [value for *_, value in everything(store)] == [3.6, 38.5, 39.0]
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (38.5, 38.5), ("", "battery"): (3.6, 3.6)}
    assert {item.arrived.received_time.day for item in store.latest(["tag-1"])} == {1}, "the row's first arrival"


def test_properties_of_one_instant_come_together_when_they_arrive_in_one_batch(store: ObservationStore) -> None:
    store.append(
        batch_of_rows(Row("tag-1", 38.5), Row("tag-1", 3.6, name="battery"), Row("tag-1", 38.5), Row("tag-1", 38.6))
    )
    assert [value for *_, value in everything(store)] == [3.6, 38.5]
    (page,) = pages(store, {}, limit=100)
    assert len(page) == 1, "one row"
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=10)
    assert series.value.tolist() == [38.5]
    buckets = store.buckets([Stream(device="tag-1")], "battery", width_ms=DAY_MS)
    assert buckets.count.tolist() == [1]
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (38.5, 38.5), ("", "battery"): (3.6, 3.6)}


def test_flags_belong_to_the_value_that_was_kept(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.5)))
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    store.append(batch_of_rows(Row("tag-1", 38.5, quality=Quality.STUCK), Row("tag-1", 40.0, quality=Quality.STUCK)))
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=10)
    assert series.quality.tolist() == [Quality.GOOD]


@pytest.mark.parametrize("flag", [Quality.OUT_OF_RANGE, Quality.STUCK, Quality.CLOCK_WRONG])
def test_suspect_values_are_stored_but_never_shown_as_good(store: ObservationStore, flag: Quality) -> None:
    later = NOON_MS + MINUTE_MS
    store.append(batch_of_rows(Row("tag-1", 38.5)))
    store.append(
        batch_of_rows(Row("tag-1", 99.0, later, quality=flag, received_ms=later + 1), Row("tag-2", 98.0, quality=flag))
    )
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (38.5, 99.0)}
    assert latest_values(store, "tag-2") == {("", "ear_temperature"): (None, 98.0)}
    streams = [Stream(device="tag-1"), Stream(device="tag-2")]
    assert store.series(streams, "ear_temperature", limit=10).value.tolist() == [38.5]
    everything_ = store.series(streams, "ear_temperature", suspect=True, limit=10)
    assert everything_.value.tolist() == [38.5, 98.0, 99.0]
    assert everything_.quality.tolist() == [0, flag, flag]
    assert store.buckets(streams, "ear_temperature", width_ms=DAY_MS).maximum.tolist() == [38.5]


def test_estimated_values_count(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("probe-1", 21.0, name="soil_nitrogen", quality=Quality.ESTIMATED)))
    assert latest_values(store, "probe-1") == {("", "soil_nitrogen"): (21.0, 21.0)}
    assert store.buckets([Stream(device="probe-1")], "soil_nitrogen", width_ms=DAY_MS).count.tolist() == [1]


@pytest.mark.parametrize("ms", [0, -1, A_DAY_IN_1970_MS, A_DAY_IN_2999_MS, 2**62, -(2**62)])
def test_a_device_with_a_wild_clock_is_stored_and_found(store: ObservationStore, ms: int) -> None:
    wild = batch_of_rows(Row("tag-1", 38.5, ms, quality=Quality.CLOCK_WRONG))
    store.append(wild)
    assert store.append(wild).redelivered == 1
    assert store.append(batch_of_rows(Row("tag-1", 39.5, ms))).conflicting == 1
    assert store.append(batch_of_rows(Row("tag-1", 38.7))).stored == 1, "and does not keep later values out"
    found = store.series(
        [Stream(device="tag-1", since_ms=ms, until_ms=ms + 1)], "ear_temperature", suspect=True, limit=9
    )
    assert (found.phenomenon_ms.tolist(), found.value.tolist()) == ([ms], [38.5])
    assert latest_values(store, "tag-1")[("", "ear_temperature")][0] == 38.7


@pytest.mark.parametrize("ms", [2**62 + 1, -(2**62) - 1, 2**63 - 1, -(2**63)])
def test_a_time_beyond_all_reckoning_is_refused_with_its_row(store: ObservationStore, ms: int) -> None:
    with pytest.raises(BatchRefusedError, match=r"phenomenon_ms of row 1 \(device tag-2\)"):
        store.append(batch_of_rows(Row("tag-1", 38.5), Row("tag-2", 38.5, ms)))


def test_a_corrected_time_that_no_calendar_knows_is_refused(store: ObservationStore) -> None:
    times = np.array([NOON_MS], np.int64)
    with pytest.raises(BatchRefusedError, match="corrected_ms of row 0"):
        store.append(
            ObservationBatch(
                device=["tag-1"],
                channel=[""],
                phenomenon_ms=times,
                received_ms=times,
                corrected_ms=times * 1000,
                values={},
            )
        )


def test_series_are_in_order_of_time_and_limited_to_the_newest(store: ObservationStore) -> None:
    times = [NOON_MS + minute * MINUTE_MS for minute in (3, 0, 4, 1, 2)]
    store.append(batch_of_rows(*(Row("tag-1", 38 + ms % 7, ms) for ms in times)))
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=3)
    assert series.phenomenon_ms.tolist() == sorted(times)[-3:]
    assert store.series([Stream(device="tag-1")], "ear_temperature", limit=0).value.tolist() == []
    assert store.series([], "ear_temperature", limit=3).value.tolist() == []
    assert store.series([Stream(device="nobody")], "ear_temperature", limit=3).value.tolist() == []


def test_a_stream_is_its_device_its_channel_and_its_interval(store: ObservationStore) -> None:
    minutes = range(6)
    for channel in ("20cm", "40cm", 'it\'s \\ "odd"'):
        store.append(
            batch_of_rows(
                *(Row("probe-1", m, NOON_MS + m * MINUTE_MS, "soil_moisture", channel) for m in minutes),
                *(Row("probe-2", 10 + m, NOON_MS + m * MINUTE_MS, "soil_moisture", channel) for m in minutes),
            )
        )

    def found(*streams: Stream) -> list[float]:
        return [float(value) for value in store.series(streams, "soil_moisture", limit=1_000).value]

    second, fourth = NOON_MS + MINUTE_MS, NOON_MS + 3 * MINUTE_MS
    assert found(Stream(device="probe-1", channel="20cm")) == [0, 1, 2, 3, 4, 5]
    assert found(Stream(device="probe-1", channel='it\'s \\ "odd"', until_ms=second)) == [0]
    assert found(Stream(device="probe-1", since_ms=second, until_ms=NOON_MS + 2 * MINUTE_MS)) == [1, 1, 1]
    worn_twice = [
        Stream(device="probe-1", channel="20cm", until_ms=second),
        Stream(device="probe-2", channel="20cm", since_ms=second, until_ms=fourth),
        Stream(device="probe-1", channel="20cm", since_ms=fourth),
    ]
    assert found(*worn_twice) == [0, 11, 12, 3, 4, 5]
    assert found(Stream(device="probe-1"), Stream(device="probe-1", channel="20cm"), Stream(device="probe-1")) == found(
        Stream(device="probe-1")
    ), "a row in several streams is still one row"
    assert found(Stream(device="probe-1", since_ms=fourth, until_ms=fourth)) == []


def test_buckets_follow_the_local_day_and_count_devices(store: ObservationStore) -> None:
    eight_hours = 8 * 3_600_000
    midnight = NOON_MS - 12 * 3_600_000  # local midnight in Ningxiang
    store.append(
        batch_of_rows(
            Row("tag-1", 37.0, midnight - 1),
            Row("tag-1", 38.0, midnight),
            Row("tag-2", 39.0, midnight + DAY_MS - 1),
            Row("tag-2", 40.0, midnight + DAY_MS),
            Row("tag-3", 50.0, midnight),
        )
    )
    herd = [Stream(device="tag-1"), Stream(device="tag-2")]
    buckets = store.buckets(herd, "ear_temperature", width_ms=DAY_MS, offset_ms=eight_hours)
    assert buckets.start_ms.tolist() == [midnight - DAY_MS, midnight, midnight + DAY_MS]
    assert buckets.count.tolist() == [1, 2, 1]
    assert buckets.devices.tolist() == [1, 2, 1]
    assert buckets.minimum.tolist() == [37.0, 38.0, 40.0]
    assert buckets.maximum.tolist() == [37.0, 39.0, 40.0]
    assert buckets.total.tolist() == [37.0, 77.0, 40.0]
    assert buckets.mean.tolist() == pytest.approx([37.0, 38.5, 40.0])
    assert store.buckets([], "ear_temperature", width_ms=DAY_MS).count.tolist() == []


def test_buckets_before_1970_begin_before_their_values(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0, -1), Row("tag-1", 39.0, 0)))
    buckets = store.buckets([Stream(device="tag-1")], "ear_temperature", width_ms=DAY_MS)
    assert buckets.start_ms.tolist() == [-DAY_MS, 0]


def test_pages_cover_everything_once_and_end(store: ObservationStore) -> None:
    sent = []
    for minute in range(30):
        rows = [Row(f"tag-{tag}", 38 + minute / 10, NOON_MS + minute * MINUTE_MS) for tag in range(3)]
        store.append(batch_of_rows(*rows))
        sent += values_of(batch_of_rows(*rows))
    store.append(batch_of_rows(Row("tag-0", 3.6, name="battery")))
    sent += [("tag-0", "", "battery", NOON_MS, 3.6)]
    for limit in (1, 7, 30, 1_000):
        found = pages(store, {}, limit=limit)
        assert sorted(value for page in found for value in values_of(page)) == sorted(sent)
        assert all(len(page) <= limit + 3 for page in found)
    assert store.since(store.head(), limit=10)[1] == store.head()


def test_pages_come_in_order_of_arrival(store: ObservationStore) -> None:
    for ms in (NOON_MS, NOON_MS - 5 * WEEK_MS, NOON_MS + MINUTE_MS):
        store.append(batch_of_rows(Row("tag-1", 38.0, ms)))
    arrived = [page.phenomenon_ms.tolist() for page in pages(store, {}, limit=1)]
    assert arrived == [[NOON_MS], [NOON_MS - 5 * WEEK_MS], [NOON_MS + MINUTE_MS]]


def test_the_latest_is_the_newest_measured_and_the_last_to_arrive(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 39.0, NOON_MS + MINUTE_MS, received_ms=NOON_MS + MINUTE_MS)))
    store.append(batch_of_rows(Row("tag-1", 38.0, NOON_MS, received_ms=NOON_MS + 2 * MINUTE_MS)))
    assert latest_values(store, "tag-1") == {("", "ear_temperature"): (39.0, 38.0)}
    assert list(store.latest([])) == []
    assert list(store.latest(["nobody"])) == []


def test_an_empty_batch_is_fine(store: ObservationStore) -> None:
    appended = store.append(batch_of_rows())
    assert (appended.stored, appended.redelivered, appended.conflicting) == (0, 0, 0)
    assert (len(store.since({}, limit=5)[0]), store.head()) == (0, {})


def test_a_row_without_a_value_leaves_no_trace(store: ObservationStore) -> None:
    appended = store.append(batch_of_rows(Row("tag-1", np.nan), Row("tag-2", 38.0)))
    assert appended.stored == 1
    assert everything(store) == [("tag-2", "", "ear_temperature", NOON_MS, 38.0)]
    assert list(store.latest(["tag-1"])) == []


def test_a_batch_over_sixty_weeks_goes_in_at_once(store: ObservationStore) -> None:
    rows = [Row("tag-1", 38.0 + week / 100, NOON_MS - week * WEEK_MS) for week in range(60)]
    assert store.append(batch_of_rows(*rows)).stored == 60
    assert everything(store) == values_of(batch_of_rows(*rows))
    assert store.append(batch_of_rows(*rows)).redelivered == 60


def test_names_that_are_no_property_are_refused(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    for name in ("sequence", "1; DROP TABLE observations"):
        with pytest.raises(UnknownPropertyError):
            store.series([Stream(device="tag-1")], name, limit=1)
        with pytest.raises(UnknownPropertyError):
            store.buckets([Stream(device="tag-1")], name, width_ms=1)


def test_what_is_asked_cannot_become_a_statement(store: ObservationStore) -> None:
    hostile = "x' OR 1 = 1 --"
    store.append(batch_of_rows(Row("tag-1", 38.0), Row(hostile, 39.0)))
    assert store.series([Stream(device=hostile)], "ear_temperature", limit=9).value.tolist() == [39.0]
    assert store.conflict_count(hostile) == 0
    assert list(store.conflicts([hostile], limit=5)) == []


def test_a_snapshot_needs_an_empty_folder(store: ObservationStore, tmp_path: Path) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    (tmp_path / "copy").mkdir()
    store.snapshot(tmp_path / "copy")
    with pytest.raises(Exception, match="is not empty"):
        store.snapshot(tmp_path / "copy")
