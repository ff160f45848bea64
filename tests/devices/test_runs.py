import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.checks import HOUR_MS, STUCK_READINGS, check
from devices.runs import Run, Runs
from observations.batch import ObservationBatch
from observations.quality import Quality

START_MS = 1_795_352_400_000
LIMIT_MS = 6 * HOUR_MS


def test_nothing_is_known_of_a_stream_never_met() -> None:
    runs = Runs()
    assert runs.newest("tag-1", "", "ear_temperature") is None
    runs.slots_of([("tag-1", "")])
    assert runs.newest("tag-1", "", "ear_temperature") is None


def test_thousands_of_streams_have_slots_of_their_own() -> None:
    runs = Runs()
    streams = [(f"tag-{n}", "") for n in range(3000)]
    first = runs.slots_of(streams)
    assert runs.slots_of(streams[::-1]).tolist() == first[::-1].tolist()
    assert len(runs.of_property("activity")) >= 3000


READINGS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([38.5, 38.6]), st.integers(0, 40)),
    max_size=40,
    unique_by=lambda reading: (reading[0], reading[2]),
)


@given(st.lists(READINGS, max_size=4))
def test_whole_columns_find_what_looking_at_each_reading_would(batches: list[list[tuple[str, float, int]]]) -> None:
    remembered = Runs()
    known: dict[str, Run] = {}
    for readings in batches:
        checked = check(_batch(readings), remembered)
        remembered.take(checked.runs)
        flags = checked.batch.quality.get("ear_temperature", np.zeros(len(readings), np.uint8))
        assert [bool(flag & Quality.STUCK) for flag in flags] == _stuck(readings, known)
        assert {device: remembered.newest(device, "", "ear_temperature") for device in known} == known


def _batch(readings: list[tuple[str, float, int]]) -> ObservationBatch:
    times = np.array([START_MS + hour * HOUR_MS for _, _, hour in readings], np.int64)
    return ObservationBatch(
        device=[device for device, _, _ in readings],
        channel=[""] * len(readings),
        phenomenon_ms=times,
        received_ms=np.full(len(readings), START_MS + 100 * HOUR_MS, np.int64),
        corrected_ms=times.copy(),
        values={"ear_temperature": np.array([value for _, value, _ in readings], np.float64)},
    )


def _stuck(readings: list[tuple[str, float, int]], known: dict[str, Run]) -> list[bool]:
    """The same, stream by stream and reading by reading; `known` is brought up to date."""
    stuck = [False] * len(readings)
    for device in {device for device, _, _ in readings}:
        own = sorted((START_MS + hour * HOUR_MS, row) for row, (name, _, hour) in enumerate(readings) if name == device)
        run, before = None, known.get(device)
        for position, (time_ms, row) in enumerate(own):
            value = readings[row][1]
            if position == 0 and before is not None and before.value == value and before.since_ms <= time_ms:
                first_run = _first_run(own, readings)
                again = sum(at <= before.until_ms for at in first_run)
                run = Run(
                    value=value,
                    since_ms=before.since_ms,
                    until_ms=time_ms,
                    readings=max(before.readings - again, 0) + 1,
                )
            elif run is not None and run.value == value:
                run = Run(value=value, since_ms=run.since_ms, until_ms=time_ms, readings=run.readings + 1)
            else:
                run = Run(value=value, since_ms=time_ms, until_ms=time_ms, readings=1)
            stuck[row] = time_ms - run.since_ms > LIMIT_MS and run.readings >= STUCK_READINGS
        if run is not None and (before is None or run.until_ms > before.until_ms):
            known[device] = run
    return stuck


def _first_run(own: list[tuple[int, int]], readings: list[tuple[str, float, int]]) -> list[int]:
    value = readings[own[0][1]][1]
    times = []
    for time_ms, row in own:
        if readings[row][1] != value:
            break
        times.append(time_ms)
    return times
