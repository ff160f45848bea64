"""Where a time lies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storage.influx.places import FOLD_FROM_NS, FOLD_UNTIL_NS, fold, unfold


@given(times=st.lists(st.integers(-(2**62), 2**62), min_size=1))
def test_any_time_folds_into_one_week_and_comes_back(times: list[int]) -> None:
    folded = fold(np.array(times, np.int64))
    assert folded.time_ns.min() >= FOLD_FROM_NS
    assert folded.time_ns.max() < FOLD_UNTIL_NS
    assert unfold(folded).tolist() == times


def test_times_that_people_can_name_share_a_turn() -> None:
    years_1677_and_9999 = np.array([-9_223_372_036_854, 253_402_300_799_999], np.int64)
    assert fold(years_1677_and_9999).turn.tolist() == [-1, 0]
