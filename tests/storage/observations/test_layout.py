"""Values in their two columns, and stores that an earlier version wrote."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observations.model import Stream
from observations.properties import observed_properties
from observations.quality import Quality
from storage.observations.clickhouse import ClickHouseObservationStore
from storage.observations.columns import arrow_of, stored_form
from storage.observations.schema import ELSEWHERE, PARTITION, decimals_in, quality_column
from storage.observations.tables import make_room
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything

run_numbers = itertools.count()
ODD = [38.123456, 1e300, -1e300, 5e-324, -0.0, 2.0**31 / 10, -(2.0**31) / 10, float("inf"), 0.1 + 0.2, 38.5, 0.0]


def bits(values: object) -> list[int]:
    return [int(bit) for bit in np.asarray(values, np.float64).view(np.int64)]


def at(minute: int, value: float) -> Row:
    return Row("tag-1", value, NOON_MS + minute * MINUTE_MS)


@given(values=st.lists(st.floats(allow_nan=False) | st.integers(0, 1_000).map(lambda tenths: tenths / 10)))
def test_the_two_columns_give_back_every_value_to_the_last_bit(values: list[float]) -> None:
    rows = stored_form(arrow_of(batch_of_rows(*(at(*item) for item in enumerate(values)))), {"ear_temperature": 1})
    if not values:
        return
    scaled = rows["ear_temperature_e1"].to_numpy()
    exact = rows["ear_temperature_exact"].to_numpy() if "ear_temperature_exact" in rows.column_names else scaled
    assert bits(np.where(scaled == ELSEWHERE, exact, scaled / 10)) == bits(values)


def test_the_engine_gives_back_every_value_to_the_last_bit(open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(*(at(*item) for item in enumerate(ODD))))
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=100)
    assert bits(series.value) == bits(ODD)
    assert store.append(batch_of_rows(*(at(*item) for item in enumerate(ODD)))).redelivered == len(ODD)


def test_what_a_device_reports_takes_only_the_scaled_column() -> None:
    rows = stored_form(arrow_of(batch_of_rows(at(0, 38.5), at(1, 36.7), at(2, 45.0))), {"ear_temperature": 1})
    assert "ear_temperature_exact" not in rows.column_names
    assert rows["ear_temperature_e1"].to_pylist() == [385, 367, 450]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.sampled_from([38.5, 38.6, 38.123, 38.124]), min_size=2, max_size=4))
def test_rows_that_meet_only_in_a_merge_keep_the_first_value_whole(
    embedded: ClickHouseObservationStore, values: list[float]
) -> None:
    device = f"raced-{next(run_numbers)}"
    for sequence, value in enumerate(values, start=1):
        rows = stored_form(arrow_of(batch_of_rows(Row(device, value))), {"ear_temperature": 1})
        embedded._tables = make_room(embedded._connection, embedded._tables, rows)
        sequences, writers = pa.array([sequence], pa.uint64()), pa.array([f"w{sequence}"])
        embedded._connection.insert(
            "observations", rows.append_column("sequence", sequences).append_column("writer", writers)
        )
    read = "SELECT ear_temperature AS value FROM observations FINAL WHERE device = {device:String}"
    assert embedded._connection.read(read, {"device": device})["value"].to_pylist() == values[:1]
    embedded._connection.execute("OPTIMIZE TABLE observations FINAL")
    assert embedded._connection.read(read, {"device": device})["value"].to_pylist() == values[:1]


@pytest.fixture
def embedded(open_store: OpenStore) -> ClickHouseObservationStore:
    return open_store()


def test_a_property_has_an_exact_column_from_the_first_value_on_that_needs_it(open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(at(0, 38.5)))
    assert store._tables.exact == frozenset()
    store.append(batch_of_rows(at(1, 38.123), at(2, 38.6)))
    store.append(batch_of_rows(at(3, 38.124)))
    assert store._tables.exact == {"ear_temperature"}
    store.close()
    store = open_store()
    assert store.changes == []
    assert store._tables.exact == {"ear_temperature"}
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=10)
    assert bits(series.value) == bits([38.5, 38.123, 38.6, 38.124])


def test_a_precision_that_changes_leaves_the_columns_as_they_are() -> None:
    assert decimals_in(["battery_e2", "soil_ec_e1", "steps", "steps_quality"], observed_properties()) == {
        "battery": 2,
        "soil_ec": 1,
    }


OLD_COLUMNS = ", ".join(
    f"{name} SimpleAggregateFunction(any, Nullable(Float64)) CODEC(ZSTD(1)),"
    f" {quality_column(name)} SimpleAggregateFunction(groupBitOr, UInt8)"
    for name in list(observed_properties())[:-1]  # one property came later
)
OLD_TABLE = f"""CREATE TABLE observations (
    device LowCardinality(String), channel LowCardinality(String), phenomenon_ms Int64 CODEC(Delta, ZSTD(1)),
    delay_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    correction_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    received_ms Int64 ALIAS phenomenon_ms + delay_ms, corrected_ms Int64 ALIAS phenomenon_ms + correction_ms,
    writer SimpleAggregateFunction(anyLast, LowCardinality(String)),
    sequence SimpleAggregateFunction(max, UInt64) CODEC(Delta, ZSTD(1)),
    INDEX arrival sequence TYPE minmax GRANULARITY 1, {OLD_COLUMNS}
) ENGINE = AggregatingMergeTree PARTITION BY {PARTITION} ORDER BY (device, channel, phenomenon_ms)"""


def written_by_the_earlier_version(open_store: OpenStore, *batches: list[Row]) -> None:
    """The folder holds what the version before scaled columns would have left there."""
    store = open_store()
    connection = store._connection
    connection.execute("DROP TABLE observations SYNC")
    connection.execute(OLD_TABLE)
    for sequence, rows in enumerate(batches, start=1):
        table = stored_form(arrow_of(batch_of_rows(*rows)), {})
        sequences, writers = pa.array([sequence] * len(rows), pa.uint64()), pa.array(["w1"] * len(rows))
        connection.insert("observations", table.append_column("sequence", sequences).append_column("writer", writers))
    store.close()


def test_a_store_of_the_earlier_layout_opens_and_answers_the_same(open_store: OpenStore) -> None:
    first = [at(minute, value) for minute, value in enumerate(ODD)]
    second = [
        Row("tag-2", 99.0, NOON_MS - WEEK_MS, quality=Quality.OUT_OF_RANGE),
        Row("tag-2", 3.61, name="battery", channel="20cm"),
    ]
    written_by_the_earlier_version(open_store, first, second)
    store = open_store()
    assert store.changes
    expected = sorted((row.device, row.channel, row.name, row.ms, row.value) for row in first + second)
    for _ in range(2):
        assert everything(store) == expected
        assert bits(store.series([Stream(device="tag-1")], "ear_temperature", limit=99).value) == bits(ODD)
        finite = store.buckets([Stream(device="tag-2", channel="20cm")], "battery", width_ms=DAY_MS)
        assert (finite.count.tolist(), finite.total.tolist()) == ([1], [3.61])
        assert store.append(batch_of_rows(*first)).redelivered == len(first)
        assert store.append(batch_of_rows(at(0, 41.0))).conflicting == 1
        store._connection.execute("OPTIMIZE TABLE observations FINAL")
    assert store.append(batch_of_rows(Row("tag-1", 700.0, name="illuminance"))).stored == 1
    head = store.head()
    store.close()
    store = open_store()
    assert (store.changes, store.head()) == ([], head)
    assert everything(store) == sorted([*expected, ("tag-1", "", "illuminance", NOON_MS, 700.0)])
