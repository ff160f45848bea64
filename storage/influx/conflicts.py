"""The second values under keys that had one: kept, each once, in a measurement of their own."""

from collections.abc import Collection, Sequence

import pyarrow as pa

from observations.model import Conflict
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.connection import Connection
from storage.influx.lines import conflict_lines
from storage.influx.places import CONFLICTS, FOLD_FROM_NS, FOLD_UNTIL_NS
from storage.observations.latest import DAY_MS, instant

Identity = tuple[str, str, str, int, float]

COLUMNS = influxql.names(("received_ms", "stored", "device", "channel", "observed_property", "refused", "turn"))
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
    found = connection.read(_statement('count("stored") AS "count"', also=influxql.tag_is("device", [device])))
    return 0 if found is None else int(found["count"][0].as_py())


def conflicts_of(
    connection: Connection, devices: Collection[str] | None, *, received_from_ms: int | None = None
) -> Sequence[Conflict]:
    """The conflicts of these devices, or of all (of all: those received since then), in no order."""
    if devices is None:
        since = "" if received_from_ms is None else f'"received_ms" >= {received_from_ms}'
        return _conflicts(connection.read(_statement(COLUMNS, also=since)))
    wanted = sorted(devices)
    found: list[Conflict] = []
    for first in range(0, len(wanted), influxql.DEVICES_PER_QUERY):
        some = wanted[first : first + influxql.DEVICES_PER_QUERY]
        found += _conflicts(connection.read(_statement(COLUMNS, also=influxql.tag_is("device", some))))
    return found


def _statement(columns: str, *, also: str) -> str:
    return influxql.select(columns, CONFLICTS, since_ns=FOLD_FROM_NS, until_ns=FOLD_UNTIL_NS, also=also)


def _conflicts(table: pa.Table | None) -> Sequence[Conflict]:
    if table is None:
        return []
    return [
        Conflict(
            device=device,
            channel=channel,
            observed_property=observed_property,
            phenomenon_ms=phenomenon_ms,
            refused_value=refused,
            stored_value=stored,
            received_time=instant(received_ms),
        )
        for device, channel, observed_property, phenomenon_ms, refused, stored, received_ms in zip(
            texts_of(table, "device"),
            texts_of(table, "channel"),
            table["observed_property"].to_pylist(),
            phenomenon_ms_of(table).tolist(),
            table["refused"].to_pylist(),
            table["stored"].to_pylist(),
            table["received_ms"].to_pylist(),
            strict=True,
        )
    ]


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
