"""Spans of time drawn at random in blocks of thirty days, so that any window can be asked for in any order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulators.calendar_days import DAY_S
from simulators.randomness import Keys, key_of, keys_of, uniform

BLOCK_S = 30 * DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Something of a kind begins for subject number `subject`; size: its rank in (0, 1) between low and high."""

    subject: int
    kind: str
    start_s: int
    size: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often a kind begins for a subject, per thirty days."""

    kind: str
    per_month: float


class Draws:
    """Every beginning, by block; drawn once, kept."""

    def __init__(self, *, seed: int, what: str, subjects: tuple[str, ...], rates: tuple[Rate, ...]) -> None:
        self._rates = rates
        self._keys: dict[str, Keys] = {
            rate.kind: keys_of(key_of(seed, what, rate.kind), "subject", subjects) for rate in rates
        }
        self._blocks: dict[int, tuple[Draw, ...]] = {}

    def within(self, since_s: int, until_s: int) -> Iterator[Draw]:
        """Every draw that begins in the blocks touching [since, until)."""
        for block in range(since_s // BLOCK_S, (until_s - 1) // BLOCK_S + 1):
            if block not in self._blocks:
                self._blocks[block] = tuple(self._draw(block))
            yield from self._blocks[block]

    def _draw(self, block: int) -> Iterator[Draw]:
        for rate in self._rates:
            keys = self._keys[rate.kind]
            begins, place, size, length = (uniform(keys, np.int64(block * 4 + part)) for part in range(4))
            for subject in np.flatnonzero(begins < rate.per_month).tolist():
                yield Draw(
                    subject=subject,
                    kind=rate.kind,
                    start_s=block * BLOCK_S + int(place[subject] * BLOCK_S),
                    size=float(size[subject]),
                    length=float(length[subject]),
                )
