"""The second values under keys that had one: kept, each once, in a measurement of their own."""

from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa

from observations.model import Conflict
from storage.influx import flux
from storage.influx.answers import MARKS, VALUES, times_of
from storage.influx.connection import Connection
from storage.influx.lines import conflict_lines
from storage.influx.places import CONFLICTS, FOLD_FROM_NS, FOLD_UNTIL_NS, Folded, unfold
from storage.influx.tags import text_of
from storage.observations.latest import DAY_MS, instant

Identity = tuple[str, str, str, int, float]

COLUMNS = ("_time", "_value", "device", "channel", "observed_property", "refused", "turn")
LOOK_BACK_MS = (DAY_MS, 30 * DAY_MS)
"""Of all devices' conflicts the newest are looked for in the last day, then in the last month, then everywhere."""


def insert_conflicts(connection: Connection, conflicts: Collection[Conflict]) -> None:
    """They are durable; one that is there already stays one, with the time at which it first came."""
    known = {_identity(conflict): conflict for conflict in conflicts_of(connection, {c.device for c in conflicts})}
    for conflict in conflicts:
        first = known.get(_identity(conflict))
        if first is None or conflict.received_time < first.received_time:
            known[_identity(conflict)] = conflict
    news = [known[identity] for identity in dict.fromkeys(map(_identity, conflicts))]
    connection.write(conflict_lines(news), precision="ns")


def newest_conflicts(
    connection: Connection, devices: Collection[str] | None, *, limit: int, now_ms: int
) -> Sequence[Conflict]:
    """The newest conflicts, of these devices or of all."""
    if limit <= 0 or (devices is not None and not devices):
        return []
    if devices is not None:
        return _ordered(conflicts_of(connection, devices))[:limit]
    for span_ms in LOOK_BACK_MS:
        found = conflicts_of(connection, None, received_from_ms=now_ms - span_ms)
        if len(found) >= limit:
            return _ordered(found)[:limit]
    return _ordered(conflicts_of(connection, None))[:limit]


def count_conflicts(connection: Connection, device: str) -> int:
    """Conflicts ever kept of this device."""
    found = connection.read(
        _source(connection, [device])
        + flux.with_fields(["stored"])
        + " |> count()"
        + flux.yielded(MARKS, columns=COLUMNS[1:])
    )
    return int(found[MARKS]["_value"].to_numpy().sum()) if MARKS in found else 0


def conflicts_of(
    connection: Connection, devices: Collection[str] | None, *, received_from_ms: int | None = None
) -> Sequence[Conflict]:
    """The conflicts of these devices (None: of all), received since then, in no order."""
    wanted: Sequence[str] | None = None if devices is None else sorted(devices)
    steps = range(0, len(wanted), flux.DEVICES_PER_QUERY) if wanted is not None else range(1)
    found: list[Conflict] = []
    for first in steps:
        some = None if wanted is None else wanted[first : first + flux.DEVICES_PER_QUERY]
        received = flux.with_fields(["received_ms"])
        if received_from_ms is not None:
            received += flux.with_value(f">= {received_from_ms}")
        answer = connection.read(
            f"points = {_source(connection, some)}\n"
            f"points{received}{flux.yielded(MARKS, columns=COLUMNS)}\n"
            f"points{flux.with_fields(['stored'])}{flux.yielded(VALUES, columns=COLUMNS)}"
        )
        found += _conflicts(answer[MARKS], answer[VALUES]) if MARKS in answer else []
    return found


def _source(connection: Connection, devices: Sequence[str] | None) -> str:
    every = flux.source(connection.address.bucket, CONFLICTS, since_ns=FOLD_FROM_NS, until_ns=FOLD_UNTIL_NS)
    return every if devices is None else every + flux.with_tag("device", devices)


def _conflicts(received: pa.Table, stored: pa.Table) -> Sequence[Conflict]:
    stored_values = dict(zip(_identities(stored), stored["_value"].to_pylist(), strict=True))
    return [
        Conflict(
            device=identity[0],
            channel=identity[1],
            observed_property=identity[2],
            phenomenon_ms=identity[3],
            refused_value=identity[4],
            stored_value=stored_values[identity],
            received_time=instant(received_ms),
        )
        for identity, received_ms in zip(_identities(received), received["_value"].to_pylist(), strict=True)
    ]


def _identities(table: pa.Table) -> Sequence[Identity]:
    times = unfold(Folded(turn=np.asarray(table["turn"].to_numpy()), time_ns=times_of(table)))
    return list(
        zip(
            map(text_of, table["device"].to_pylist()),
            map(text_of, table["channel"].to_pylist()),
            table["observed_property"].to_pylist(),
            times.tolist(),
            table["refused"].to_pylist(),
            strict=True,
        )
    )


def _identity(conflict: Conflict) -> Identity:
    return (
        conflict.device,
        conflict.channel,
        conflict.observed_property,
        conflict.phenomenon_ms,
        conflict.refused_value,
    )


def _ordered(conflicts: Sequence[Conflict]) -> Sequence[Conflict]:
    """The newest first; those of one instant by key."""
    by_key = sorted(conflicts, key=_identity)
    return sorted(by_key, key=lambda conflict: conflict.received_time, reverse=True)
