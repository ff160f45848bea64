"""Where in InfluxDB's time (nanoseconds from 1677 to 2262, a shard for each week) a value lies.

Times that can be right lie where they are, in milliseconds. A device may claim any other, and a shard for every week
that a wild clock can name would be a way to stop the server; year 2999 would be refused. Those times are folded:
a millisecond of theirs takes a nanosecond, and what does not fit into one week (19,165 years) is in the next turn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.observations.schema import PARTITIONED_FROM_MS, PARTITIONED_UNTIL_MS

OBSERVATIONS, STRAYS = "observations", "strays"
ARRIVALS, CONFLICTS, IDENTITY = "arrivals", "conflicts", "identity"

NS_PER_MS = 1_000_000
FIRST_MS, UNTIL_MS = PARTITIONED_FROM_MS, PARTITIONED_UNTIL_MS
FOLD_FROM_NS = 345_600 * 10**9  # Monday, 1970-01-05: the folded times fill exactly one week's shard
FOLD_NS = 604_800 * 10**9
FOLD_UNTIL_NS = FOLD_FROM_NS + FOLD_NS
LAST_SEQUENCE = UNTIL_MS
"""The arrival of sequence n lies n milliseconds after 1970: 604 million in each week's shard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """Times as (turn, nanoseconds since 1970): int64[n] each."""

    turn: NDArray[np.int64]
    time_ns: NDArray[np.int64]


def fold(times_ms: NDArray[np.int64]) -> Folded:
    """Any time within one week of 1970, and the turn to tell it by."""
    turn = times_ms // FOLD_NS
    return Folded(turn=turn, time_ns=times_ms - turn * FOLD_NS + FOLD_FROM_NS)


def unfold(folded: Folded) -> NDArray[np.int64]:
    """The times in milliseconds that were folded."""
    return folded.turn * FOLD_NS + (folded.time_ns - FOLD_FROM_NS)


def in_place(times_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The rows whose time as sent is kept as it is. Only that time decides: a redelivery must meet its first."""
    mask: NDArray[np.bool_] = (times_ms >= FIRST_MS) & (times_ms < UNTIL_MS)
    return mask
