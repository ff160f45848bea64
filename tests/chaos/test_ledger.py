"""The count notices what is lost, doubled or changed: a count that cannot fail would show nothing."""

import numpy as np
from numpy.typing import NDArray

from chaos.crowd import Told
from chaos.ledger import PROPERTY, STEP_MS, judge
from chaos.publisher import value
from observations.batch import ObservationBatch
from observations.model import Cursor
from storage.observations.memory import InMemoryObservationStore

FIRST_MS = 1_790_000_000_000
TAG = "tag-0001"


def store_of(numbers: list[int], *, value_of_third: float | None = None) -> InMemoryObservationStore:
    store = InMemoryObservationStore(writer="w")
    values = [value(n) if n != 2 or value_of_third is None else value_of_third for n in numbers]
    times = FIRST_MS + np.array(numbers, np.int64) * STEP_MS
    store.append(
        ObservationBatch(
            device=[TAG] * len(numbers),
            channel=[""] * len(numbers),
            phenomenon_ms=times,
            received_ms=times,
            corrected_ms=times,
            values={PROPERTY: np.array(values)},
        )
    )
    return store


def told(numbers: list[int]) -> dict[str, Told]:
    number = np.array(numbers, np.int64)
    return {TAG: Told(number=number, ms=number * 10)}


def test_all_there_once_is_clean() -> None:
    verdict = judge(store_of([0, 1, 2, 3]), told([0, 1, 2, 3]), first_ms=FIRST_MS)
    assert verdict.clean
    assert (verdict.acknowledged, verdict.stored) == (4, 4)


def test_more_than_was_confirmed_is_no_fault() -> None:
    assert judge(store_of([0, 1, 2, 3]), told([0, 1]), first_ms=FIRST_MS).clean


def test_what_was_confirmed_and_is_not_there_is_lost() -> None:
    verdict = judge(store_of([0, 2]), told([0, 1, 2, 3]), first_ms=FIRST_MS)
    assert verdict.lost == 2
    assert verdict.lost_ms.tolist() == [10, 30]
    assert not verdict.clean


def test_a_device_of_which_nothing_is_stored_lost_everything() -> None:
    assert judge(InMemoryObservationStore(writer="w"), told([0, 1]), first_ms=FIRST_MS).lost == 2


def test_another_value_than_was_sent_is_wrong() -> None:
    assert judge(store_of([0, 1, 2], value_of_third=20.0), told([0, 1, 2]), first_ms=FIRST_MS).wrong == 1


class TellingTwice(InMemoryObservationStore):
    """A store that gives its last row to followers twice."""

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        batch, reached = super().since(cursor, limit=limit)
        positions: NDArray[np.intp] = np.array([*range(len(batch)), *([len(batch) - 1] if len(batch) else [])], np.intp)
        return batch.take(positions), reached


def test_a_key_that_arrives_twice_is_doubled() -> None:
    store = TellingTwice(writer="w")
    store.append(store_of([0, 1, 2]).since({}, limit=10)[0])
    verdict = judge(store, told([0, 1, 2]), first_ms=FIRST_MS)
    assert verdict.doubled == 1
    assert not verdict.clean


def test_only_what_was_confirmed_before_a_cut_counts() -> None:
    assert told([0, 1, 2, 3])[TAG].until(20).number.tolist() == [0, 1]
