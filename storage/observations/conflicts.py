"""The second values under keys that had one: kept, each once."""

from collections.abc import Collection, Sequence
from datetime import timedelta

import pyarrow as pa

from observations.model import Conflict
from storage.observations.connection import Connection
from storage.observations.latest import EPOCH, instant

COLUMNS = pa.schema(
    [
        ("device", pa.string()),
        ("channel", pa.string()),
        ("observed_property", pa.string()),
        ("phenomenon_ms", pa.int64()),
        ("refused_value", pa.float64()),
        ("stored_value", pa.float64()),
        ("received_ms", pa.int64()),
    ]
)


def conflict_rows(conflicts: Collection[Conflict]) -> pa.Table:
    """The conflicts as the table holds them."""
    rows = [
        {
            "device": conflict.device,
            "channel": conflict.channel,
            "observed_property": conflict.observed_property,
            "phenomenon_ms": conflict.phenomenon_ms,
            "refused_value": conflict.refused_value,
            "stored_value": conflict.stored_value,
            "received_ms": (conflict.received_time - EPOCH) // timedelta(milliseconds=1),
        }
        for conflict in conflicts
    ]
    return pa.Table.from_pylist(rows, schema=COLUMNS)


def insert_conflicts(connection: Connection, conflicts: Collection[Conflict]) -> None:
    """They are durable; one that is there already is still one."""
    connection.insert("conflicts", conflict_rows(conflicts))


def read_conflicts(connection: Connection, devices: Collection[str] | None, *, limit: int) -> Sequence[Conflict]:
    """The newest conflicts, of these devices or of all."""
    chosen = "" if devices is None else "WHERE device IN {devices:Array(String)}"
    rows = connection.read(
        f"SELECT {', '.join(COLUMNS.names)} FROM conflicts FINAL {chosen}"  # noqa: S608 - our names, bound values
        " ORDER BY received_ms DESC, device, channel, observed_property, phenomenon_ms, refused_value"
        " LIMIT {limit:UInt64}",
        {"limit": max(limit, 0)} | ({} if devices is None else {"devices": sorted(devices)}),
    )
    return [_conflict(**row) for row in rows.to_pylist()]


def count_conflicts(connection: Connection, device: str) -> int:
    """Conflicts ever kept of this device."""
    rows = connection.read(
        "SELECT count() AS conflicts FROM conflicts FINAL WHERE device = {device:String}", {"device": device}
    )
    return int(rows["conflicts"][0].as_py())


def _conflict(
    *,
    device: str,
    channel: str,
    observed_property: str,
    phenomenon_ms: int,
    refused_value: float,
    stored_value: float,
    received_ms: int,
) -> Conflict:
    return Conflict(
        device=device,
        channel=channel,
        observed_property=observed_property,
        phenomenon_ms=phenomenon_ms,
        stored_value=stored_value,
        refused_value=refused_value,
        received_time=instant(received_ms),
    )
