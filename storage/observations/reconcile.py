"""What of a batch is new, once it is known what the store holds under the same keys: the first write wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.model import Conflict
from storage.observations.latest import Slots, instant

Key = tuple[str, str, int]


@dataclass(slots=True, kw_only=True)
class Held:
    """What is held under one key. It is told of what the batch adds, so that later rows meet it."""

    received_ms: int
    corrected_ms: int
    values: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """fresh: the batch with NaN for every value that is not new; an addition to a row has that row's times."""

    fresh: ObservationBatch
    redelivered: int = 0
    conflicts: Sequence[Conflict] = field(default_factory=tuple)


def repeated_rows(slots: Slots, phenomenon_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The rows whose key another row of the same batch has too (a slot stands for device and channel)."""
    if not _repeats(slots, phenomenon_ms):
        return np.zeros(len(slots), np.bool_)
    order = np.lexsort((phenomenon_ms, slots))
    same = (slots[order][1:] == slots[order][:-1]) & (phenomenon_ms[order][1:] == phenomenon_ms[order][:-1])
    mask = np.zeros(len(slots), np.bool_)
    mask[order[1:][same]] = True
    mask[order[:-1][same]] = True
    return mask


def _repeats(slots: Slots, phenomenon_ms: NDArray[np.int64]) -> bool:
    """Whether perhaps two rows share a key: sorting one number for each row is much faster than sorting two columns."""
    if not len(slots):
        return False
    first_ms, last_ms = int(phenomenon_ms.min()), int(phenomenon_ms.max())
    span_ms = last_ms - first_ms + 1
    if span_ms * (int(slots.max()) + 1) >= 2**63:
        return True
    keys = np.sort(slots * span_ms + (phenomenon_ms - first_ms))
    return bool((keys[1:] == keys[:-1]).any())


def key_of(batch: ObservationBatch, row: int) -> Key:
    """The key of that row, without the property."""
    return batch.device[row], batch.channel[row], int(batch.phenomenon_ms[row])


def reconcile(batch: ObservationBatch, rows: NDArray[np.intp], held: Mapping[Key, Held]) -> Reconciled:
    """Those rows are measured against what is held, and against each other, in their order; the others are new.

    Equal values are redelivered, different ones conflict (compared exactly, as the float64 they are stored as),
    values of a property that the row lacks are new.
    """
    known = dict(held)
    fresh = _copy(batch)
    redelivered = 0
    conflicts: list[Conflict] = []
    for row in rows.tolist():
        key = key_of(batch, row)
        times = {"received_ms": int(batch.received_ms[row]), "corrected_ms": int(batch.corrected_ms[row])}
        present = known.setdefault(key, Held(**times, values={}))
        fresh.received_ms[row], fresh.corrected_ms[row] = present.received_ms, present.corrected_ms
        for name, column in batch.values.items():
            value = float(column[row])
            first = present.values.get(name)
            if np.isnan(value):
                continue
            if first is None:
                present.values[name] = value
                continue
            fresh.values[name][row] = np.nan
            if first == value:
                redelivered += 1
            else:
                conflicts.append(_conflict(key, name, first, value, times["received_ms"]))
    return Reconciled(fresh=fresh, redelivered=redelivered, conflicts=conflicts)


def _conflict(key: Key, observed_property: str, stored: float, refused: float, received_ms: int) -> Conflict:
    device, channel, phenomenon_ms = key
    return Conflict(
        device=device,
        channel=channel,
        observed_property=observed_property,
        phenomenon_ms=phenomenon_ms,
        stored_value=stored,
        refused_value=refused,
        received_time=instant(received_ms),
    )


def _copy(batch: ObservationBatch) -> ObservationBatch:
    return ObservationBatch(
        device=batch.device,
        channel=batch.channel,
        phenomenon_ms=batch.phenomenon_ms,
        received_ms=batch.received_ms.copy(),
        corrected_ms=batch.corrected_ms.copy(),
        values={name: column.astype(np.float64) for name, column in batch.values.items()},
        quality=batch.quality,
    )
