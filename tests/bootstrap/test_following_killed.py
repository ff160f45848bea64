"""SIGKILL at random, twenty times, while readings arrive: what follows from each reading is there exactly once."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from storage.records.records import Records
from tests.bootstrap.counting_follower import NAME, POISON_EVERY, ROWS, effects, following

ROOT = Path(__file__).parents[2]
KILLS = 20
ARRIVES_EVERY_S = 0.01


@contextmanager
def arriving(arrivals: Path) -> Iterator[None]:
    """Inserts arrive all the while."""
    stop = threading.Event()

    def arrive() -> None:
        with arrivals.open("ab", buffering=0) as file:
            while not stop.wait(ARRIVES_EVERY_S):
                file.write(b".")

    thread = threading.Thread(target=arrive)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def follow_and_be_killed(url: str, arrivals: Path, chance: random.Random) -> None:
    command = [sys.executable, "-m", "tests.bootstrap.counting_follower", url, str(arrivals)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin as rounds, process.stdout as answers:
        for _ in range(KILLS):
            print("go", file=rounds, flush=True)
            pid = int(next(answers))
            time.sleep(chance.uniform(0, 0.4))
            os.kill(pid, signal.SIGKILL)
            assert next(answers) == "killed\n"


def test_every_reading_has_its_effect_exactly_once(url: str, tmp_path: Path) -> None:
    arrivals = tmp_path / "arrivals"
    arrivals.touch()
    records = Records.open(url)
    effects.drop(records.engine, checkfirst=True)
    effects.create(records.engine)
    chance = random.Random(20261123)  # noqa: S311 a seed makes the moments repeatable
    with arriving(arrivals):
        follow_and_be_killed(url, arrivals, chance)
    handled_by_the_killed = records.cursors.load(NAME)["w"]
    following(records, arrivals).catch_up()

    with records.engine.connect() as connection:
        counted = Counter(connection.scalars(select(effects.c.reading)))
    arrived = set(range(arrivals.stat().st_size * ROWS))
    poison = {number for number in arrived if number % POISON_EVERY == 0}
    assert set(counted) == arrived - poison
    assert set(counted.values()) == {1}
    aside = records.quarantine.list(limit=1_000)
    assert len(aside) == len(poison) - sum(records.quarantine.dropped().values())
    assert {message.count for message in aside} == {1}
    assert handled_by_the_killed > KILLS, "the killed ones did most of the work"
    effects.drop(records.engine)
    records.close()
