"""The index of latest values on its own."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observations.properties import observed_properties
from observations.quality import SUSPECT, Quality
from storage.observations.latest import LatestIndex
from tests.storage.observations.rows import NOON_MS, Row, batch_of_rows

READINGS = st.lists(
    st.builds(
        Row,
        device=st.sampled_from(["a", "b", "c"]),
        value=st.floats(allow_nan=False, allow_infinity=False),
        ms=st.integers(-10, 10).map(lambda offset: NOON_MS + offset),
        name=st.sampled_from(["battery", "steps"]),
        channel=st.sampled_from(["", "20cm"]),
        quality=st.sampled_from(list(Quality)),
        received_ms=st.integers(0, 5).map(lambda offset: NOON_MS + offset),
    ),
    max_size=40,
    unique_by=lambda row: (row.device, row.channel, row.name, row.ms),
)


def index_of(*batches: list[Row]) -> LatestIndex:
    index = LatestIndex(observed_properties())
    for rows in batches:
        index.update(batch_of_rows(*rows))
    return index


@given(rows=READINGS)
def test_the_index_knows_what_looking_through_every_row_would_find(rows: list[Row]) -> None:
    expected = {}
    for key in {(row.device, row.channel, row.name) for row in rows}:
        same = [row for row in rows if (row.device, row.channel, row.name) == key]
        good = [row for row in same if not row.quality & SUSPECT]
        expected[key] = (
            max(good, key=lambda row: row.ms).value if good else None,
            max(same, key=lambda row: (row.received_ms, row.ms)).value,
        )
    found = {
        (item.arrived.device, item.arrived.channel, item.arrived.observed_property): (
            None if item.good is None else item.good.value,
            item.arrived.value,
        )
        for item in index_of(rows).latest(["a", "b", "c"])
    }
    assert found == expected


@given(rows=READINGS, cut=st.integers(0, 40))
def test_neither_cuts_nor_order_nor_repetition_matter(rows: list[Row], cut: int) -> None:
    devices = ["a", "b", "c"]
    whole = index_of(rows).latest(devices)
    assert index_of(rows[cut:], rows[:cut], rows).latest(devices) == whole


@given(rows=READINGS)
def test_a_state_that_is_restored_is_the_same(rows: list[Row]) -> None:
    index, again = index_of(rows), LatestIndex(observed_properties())
    again.restore(index.state())
    assert again.latest(["a", "b", "c"]) == index.latest(["a", "b", "c"])
    batch = batch_of_rows(*rows)
    slots = again.slots_of(batch)
    assert again.high_water_ms(slots).tolist() == index.high_water_ms(index.slots_of(batch)).tolist()


def test_a_clock_in_2999_does_not_raise_the_high_water_mark() -> None:
    index = index_of([Row("a", 1.0), Row("a", 2.0, 32_472_144_000_000), Row("b", 1.0, 5)])
    slots = index.slots_of(batch_of_rows(Row("a", 1.0), Row("b", 1.0)))
    assert index.high_water_ms(slots).tolist() == [NOON_MS, np.iinfo(np.int64).min]


def test_many_devices_are_as_welcome_as_few() -> None:
    index = LatestIndex(observed_properties())
    for hundred in range(20):
        index.update(batch_of_rows(*(Row(f"tag-{hundred}-{tag}", tag) for tag in range(100))))
    assert [item.arrived.value for item in index.latest(["tag-0-7", "tag-19-99"])] == [7.0, 99.0]
