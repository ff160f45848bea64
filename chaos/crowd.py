"""A publisher outside the house for each of its tags, and what the broker told them."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chaos.errors import NotFinishedError
from chaos.publisher import RECORD
from tests.journeys.house import SITE, TAGS, JourneyHouse, tag

PROGRAM = Path(__file__).with_name("publisher.py")
LAST_WORDS_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the broker confirmed to one publisher: numbers of readings, and when (ms since 1970); int64[n] each."""

    number: NDArray[np.int64]
    ms: NDArray[np.int64]

    def until(self, ms: int) -> "Told":
        """What was confirmed before that moment."""
        before = self.ms < ms
        return Told(number=self.number[before], ms=self.ms[before])


class Crowd:
    """Publishers that run."""

    def __init__(self, folder: Path, processes: Mapping[str, subprocess.Popen[bytes]], *, first_ms: int) -> None:
        self.first_ms = first_ms
        self._folder = folder
        self._processes = processes

    def stop(self) -> None:
        """Nothing more is published, and everything that was is confirmed; raises NotFinishedError."""
        for process in self._processes.values():
            process.terminate()
        for device, process in self._processes.items():
            if process.wait(LAST_WORDS_S) != 0:
                msg = f"the publisher of {device} ended with code {process.returncode}: not all of it was confirmed"
                raise NotFinishedError(msg)

    def kill(self) -> None:
        """The publishers are gone, at once."""
        for process in self._processes.values():
            process.kill()
            process.wait()

    def confirmed(self) -> int:
        """How many readings the broker has confirmed so far."""
        return sum(_log(self._folder, device).stat().st_size // RECORD.size for device in self._processes)

    def told(self) -> Mapping[str, Told]:
        """What the broker confirmed so far, by device."""
        return {device: _read(_log(self._folder, device)) for device in self._processes}


@contextmanager
def crowd_at(house: JourneyHouse, port: int, folder: Path, *, rate: float, first_ms: int) -> Iterator[Crowd]:
    """`rate` readings a second in all are published to the broker on that port; none after the block."""
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for i in range(TAGS):
            _log(folder, tag(i)).touch()
            topic = f"tiantou/v1/{SITE}/{tag(i)}/observations"
            words = ["127.0.0.1", str(port), tag(i), house.password(i), topic, str(first_ms), str(rate / TAGS)]
            command = [sys.executable, str(PROGRAM), *words, str(_log(folder, tag(i)))]
            processes[tag(i)] = subprocess.Popen(command)
        yield Crowd(folder, processes, first_ms=first_ms)
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def _log(folder: Path, device: str) -> Path:
    return folder / f"{device}.puback"


def _read(log: Path) -> Told:
    content = log.read_bytes()
    whole = np.frombuffer(content[: len(content) // RECORD.size * RECORD.size], "<i8").reshape(-1, 2)
    return Told(number=whole[:, 0].astype(np.int64), ms=whole[:, 1].astype(np.int64))
