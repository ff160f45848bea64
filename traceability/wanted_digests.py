"""Which digests pages missed, so that somebody makes them behind their backs."""

import threading
from collections.abc import Collection, Mapping, Sequence

from traceability.life_digests import LifeDigest, LifeDigests

MOST_WANTED = 2_000
"""Remembered at a time; whoever comes too late asks again at the next scan."""


class WantedDigests:
    """`LifeDigests` that remember which animals had none; used from any number of threads."""

    def __init__(self, digests: LifeDigests, *, most: int = MOST_WANTED) -> None:
        self._digests, self._most = digests, most
        self._lock = threading.Lock()
        self._wanted: dict[str, None] = {}

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        """The digests of those of these animals that have a current one; the others are wanted."""
        found = self._digests.current(epcs)
        self.want([epc for epc in epcs if epc not in found])
        return found

    def want(self, epcs: Sequence[str]) -> None:
        """Somebody else missed these."""
        if epcs:
            with self._lock:
                self._wanted.update(dict.fromkeys(epcs[: self._most - len(self._wanted)]))

    def take(self) -> Sequence[str]:
        """What was wanted since the last call, in order."""
        with self._lock:
            taken, self._wanted = self._wanted, {}
        return list(taken)
