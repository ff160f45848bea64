"""Whatever is appended, corrected, erased and let expire, in whatever order: a store answers as the one in memory."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observations.errors import NoSuchValueError
from observations.model import Correction, Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from observations.retention import RetentionPolicy
from storage.observations.clickhouse import open_clickhouse_store
from storage.observations.memory import InMemoryObservationStore
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, values_of

HOUR_MS = 3_600_000
DEVICES = ("tag-1", "tag-2")
NAMES = ("ear_temperature", "battery")
TIMES = [NOON_MS - week * WEEK_MS + minute * MINUTE_MS for week in range(4) for minute in (0, 7, 61)] + [5]
EARLIEST = datetime(2026, 6, 2, tzinfo=UTC)

rows = st.lists(
    st.builds(
        Row,
        device=st.sampled_from(DEVICES),
        value=st.sampled_from([37.5, 38.0, 41.9]),
        ms=st.sampled_from(TIMES),
        name=st.sampled_from(NAMES),
        channel=st.sampled_from(["", "b"]),
        quality=st.sampled_from([Quality.GOOD, Quality.OUT_OF_RANGE]),
        received_ms=st.just(NOON_MS + 2_000),
    ),
    min_size=1,
    max_size=10,
)
corrections = st.builds(
    Correction,
    device=st.sampled_from(DEVICES),
    channel=st.sampled_from(["", "b"]),
    observed_property=st.just("ear_temperature"),
    phenomenon_ms=st.sampled_from(TIMES),
    value=st.sampled_from([None, 36.5, 39.5]),
    reason=st.just("read off a thermometer"),
    corrected_by=st.just("vet"),
    corrected_time=st.integers(0, 2).map(lambda hours: EARLIEST + timedelta(hours=hours)),
)
bounds = st.none() | st.sampled_from(TIMES[:-1])
streams = st.lists(
    st.builds(
        Stream,
        device=st.sampled_from(DEVICES),
        channel=st.sampled_from([None, "b"]),
        since_ms=bounds,
        until_ms=bounds,
    ),
    min_size=1,
    max_size=2,
)
expiries = st.tuples(
    st.sampled_from([RetentionPolicy(otherwise=7), RetentionPolicy(otherwise=None, days={"battery": 7})]),
    st.integers(-1, 2).map(lambda weeks: NOON_MS + weeks * WEEK_MS),
)
steps = st.lists(rows | corrections | streams | expiries, min_size=2, max_size=5)


def done(store: ObservationStore, step: object) -> object:
    """The step is taken; what the store says of it."""
    match step:
        case Correction():
            try:
                store.correct(step)
            except NoSuchValueError:
                return "no such value"
            return None
        case (RetentionPolicy() as policy, int(now_ms)):
            return store.expire(policy, now_ms=now_ms)
        case [Stream(), *_] as erased:
            return store.erase([stream for stream in erased if isinstance(stream, Stream)])
        case [Row(), *_] as told:
            appended = store.append(batch_of_rows(*(row for row in told if isinstance(row, Row))))
            return appended.stored, appended.redelivered, appended.conflicting, appended.gone
    pytest.fail(f"{step!r} is no step")


def answers(store: ObservationStore) -> dict[str, object]:
    everywhere = [Stream(device=device) for device in DEVICES]
    told: dict[str, object] = {
        "latest": sorted(map(repr, store.latest(DEVICES))),
        "conflicts": list(store.conflicts(limit=1_000)),
        "corrections": list(store.corrections(limit=1_000)),
        "export": [value for batch in store.export() for value in values_of(batch)],
    }
    for name in NAMES:
        series = store.series(everywhere, name, suspect=True, limit=1_000)
        columns = (series.phenomenon_ms, series.value, series.quality, series.device, series.channel)
        told[f"{name} series"] = [column.tolist() for column in columns]
        for width_ms in (HOUR_MS, DAY_MS, 13 * MINUTE_MS):
            buckets = store.buckets(everywhere, name, width_ms=width_ms)
            figures = (buckets.minimum, buckets.maximum, np.round(buckets.total, 6), buckets.count, buckets.devices)
            told[f"{name} by {width_ms}"] = [buckets.start_ms.tolist(), *(column.tolist() for column in figures)]
    return told


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=steps)
def test_append_correct_erase_and_expire_do_the_same_as_in_memory(
    tmp_path_factory: pytest.TempPathFactory, steps: list[object]
) -> None:
    memory, folder = InMemoryObservationStore(), tmp_path_factory.mktemp("store")
    engine = open_clickhouse_store(folder, writer="w1", snapshot_file=folder / "latest", now_ms=lambda: NOON_MS)
    try:
        for step in steps:
            assert done(engine, step) == done(memory, step)
        assert answers(engine) == answers(memory)
    finally:
        engine.close()
