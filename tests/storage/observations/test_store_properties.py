"""Whatever is delivered, however often and in whatever order, a store answers the same."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observations.model import Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from storage.observations.memory import InMemoryObservationStore
from tests.storage.observations.rows import MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, pages, values_of

NAMES = ("ear_temperature", "battery", "steps")
TIMES = [
    *(NOON_MS + minute * MINUTE_MS for minute in range(4)),
    NOON_MS - WEEK_MS,
    NOON_MS - 9 * WEEK_MS,
    0,
    -86_400_000,
    32_472_144_000_000,
]

run_numbers = itertools.count()


def rows_of(devices: Sequence[str], values: st.SearchStrategy[float]) -> st.SearchStrategy[list[Row]]:
    return st.lists(
        st.builds(
            Row,
            device=st.sampled_from(devices),
            value=values,
            ms=st.sampled_from(TIMES),
            name=st.sampled_from(NAMES),
            channel=st.sampled_from(["", "20cm"]),
            quality=st.sampled_from([Quality.GOOD, Quality.OUT_OF_RANGE, Quality.ESTIMATED]),
            received_ms=st.integers(0, 3).map(lambda seconds: NOON_MS + seconds * 1_000),
        ),
        max_size=12,
    )


@st.composite
def deliveries(draw: st.DrawFn, values: st.SearchStrategy[float]) -> list[list[Row]]:
    devices = [f"run{next(run_numbers)}-{letter}" for letter in "ab"]
    return draw(st.lists(rows_of(devices, values), min_size=1, max_size=4))


def answers(store: ObservationStore, devices: Sequence[str]) -> list[object]:
    """All that can be asked about these devices, as plain values."""
    streams = [Stream(device=device) for device in devices]
    told: list[object] = [sorted(map(repr, store.latest(devices))), list(store.conflicts(devices, limit=1_000))]
    told += [store.conflict_count(device) for device in devices]
    for name in NAMES:
        series = store.series(streams, name, suspect=True, limit=1_000)
        told += [column.tolist() for column in (series.phenomenon_ms, series.value, series.quality, series.device)]
        buckets = store.buckets(streams, name, width_ms=3_600_000)
        told += [buckets.start_ms.tolist(), buckets.minimum.tolist(), buckets.maximum.tolist(), buckets.count.tolist()]
        told += [np.round(buckets.mean, 6).tolist(), np.round(buckets.total, 6).tolist(), buckets.devices.tolist()]
    return told


def devices_of(batches: Sequence[Sequence[Row]]) -> list[str]:
    return sorted({row.device for rows in batches for row in rows})


@pytest.fixture(params=["clickhouse", "influx"])
def engine(request: pytest.FixtureRequest) -> ObservationStore:
    opener = {"clickhouse": "open_store", "influx": "open_influx"}[request.param]
    opened: ObservationStore = request.getfixturevalue(opener)()
    return opened


on_one_store = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@on_one_store
@given(batches=deliveries(st.sampled_from([37.5, 38.0, 41.9])))
def test_every_store_does_and_answers_the_same(engine: ObservationStore, batches: list[list[Row]]) -> None:
    memory = InMemoryObservationStore()
    before = engine.head()
    for rows in batches:
        done, expected = engine.append(batch_of_rows(*rows)), memory.append(batch_of_rows(*rows))
        assert (done.stored, done.redelivered, done.conflicting) == (
            expected.stored,
            expected.redelivered,
            expected.conflicting,
        )
    assert answers(engine, devices_of(batches)) == answers(memory, devices_of(batches))
    for limit in (1, 3, 1_000):
        arrived = [value for page in pages(engine, before, limit=limit) for value in values_of(page)]
        assert sorted(arrived) == sorted(value for page in pages(memory, {}, limit=limit) for value in values_of(page))


@on_one_store
@given(
    batches=deliveries(st.just(38.0) | st.just(38.5)),
    order=st.randoms(use_true_random=False),
)
def test_redeliveries_in_any_order_change_no_answer(
    engine: ObservationStore, batches: list[list[Row]], order: object
) -> None:
    for rows in batches:
        engine.append(batch_of_rows(*rows))
    devices = devices_of(batches)
    before, head = answers(engine, devices), engine.head()
    again = [row for rows in batches for row in rows]
    order.shuffle(again)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    again.sort(key=lambda row: row.received_ms)  # a conflict shows when its value first came
    engine.append(batch_of_rows(*again))
    assert answers(engine, devices) == before
    assert engine.head() == head
