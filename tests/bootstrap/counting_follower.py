"""A follower that writes a row for every reading, and cannot tell whether it did so before; a program to be killed.

Run: python -m tests.bootstrap.counting_follower RECORDS_URL ARRIVALS
It forks for every line on its standard input, so that a round costs no imports: the child follows and tells its pid.
ARRIVALS is a file with a byte for every insert that has arrived; insert n holds `ROWS` readings of known times.
"""

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from prometheus_client import CollectorRegistry
from sqlalchemy import Column, Integer, MetaData, Table, insert

from bootstrap.following import Effects, Follower, Following, follow
from observations.batch import ObservationBatch
from observations.model import Cursor
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records

ROWS = 10
POISON_EVERY = 199
NAME = "counting"
effects = Table("counted_effects", MetaData(), Column("reading", Integer, nullable=False))


class ArrivingStore(InMemoryObservationStore):
    """A store that outlives every process: what has arrived is told by the length of a file."""

    def __init__(self, arrivals: Path) -> None:
        super().__init__()
        self._arrivals = arrivals

    def head(self) -> Cursor:
        return {"w": self._arrivals.stat().st_size}

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        first = cursor.get("w", 0)
        beyond = min(self.head()["w"], first + max(1, limit // ROWS))
        numbers = np.arange(first * ROWS, beyond * ROWS, dtype=np.int64)
        return readings(numbers), ({"w": beyond} if beyond else {})


def readings(numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> ObservationBatch:
    return ObservationBatch(
        device=["tag-1"] * len(numbers),
        channel=[""] * len(numbers),
        phenomenon_ms=numbers,
        received_ms=numbers,
        corrected_ms=numbers,
        values={"steps": np.ones(len(numbers))},
    )


def count(batch: ObservationBatch) -> Effects:
    """A row for every reading; some readings make it fail."""
    numbers = batch.phenomenon_ms.tolist()
    if any(number % POISON_EVERY == 0 for number in numbers):
        msg = "a reading that cannot be counted"
        raise ValueError(msg)

    def write(records: Records) -> None:
        for number in numbers:  # one by one: a kill falls between two of them more often than not
            with records.transactions.writing() as connection:
                connection.execute(insert(effects).values(reading=number))

    return write


def following(records: Records, arrivals: Path) -> Following:
    (led,) = follow(
        [Follower(name=NAME, handle=count, period_s=0.005, page_rows=40)],
        store=ArrivingStore(arrivals),
        records=records,
        metrics=CollectorRegistry(),
        now=lambda: datetime.now(UTC),
    )
    return led


def follow_in_child(url: str, arrivals: Path) -> int:
    """The pid of a process that follows until it is killed."""
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # logs are not answers
        following(Records.open(url), arrivals).start()
        threading.Event().wait()
    return pid


if __name__ == "__main__":
    for _ in sys.stdin:
        print(child := follow_in_child(sys.argv[1], Path(sys.argv[2])), flush=True)  # noqa: T201 what the test waits for
        os.waitpid(child, 0)
        print("killed", flush=True)  # noqa: T201
