"""What people did to values, told in small texts: corrections, erasures, expiries.

InfluxDB keeps one value a field under (tags, time), and cannot hold two different things at one place: each entry has
a name of its own, and telling it again replaces it. All of them are read at the start, and lie in memory.
"""

import base64
import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from storage.influx import influxql
from storage.influx.connection import Connection
from storage.influx.places import NS_PER_MS

CORRECTIONS, ERASURES, EXPIRIES, MOVES = "corrections", "erasures", "expiries", "moves"
KINDS = (CORRECTIONS, ERASURES, EXPIRIES, MOVES)
LONGEST_TEXT = 60_000
"""Characters; the server takes 65,535."""

Told = Mapping[str, Any]
"""An entry as plain values."""
Ledger = Mapping[str, Mapping[str, Told]]
"""By kind and name, every entry."""


def read_ledger(connection: Connection) -> Ledger:
    """Every entry there is."""
    table = connection.read(
        *(influxql.select(influxql.names(["told", "entry"]), kind, since_ns=0, until_ns=NS_PER_MS) for kind in KINDS)
    )
    found: dict[str, dict[str, Told]] = {kind: {} for kind in KINDS}
    if table is not None:
        columns = (table[column].to_pylist() for column in ("name", "entry", "told"))
        for kind, name, text in zip(*columns, strict=True):
            found[kind][name] = msgspec.msgpack.decode(zlib.decompress(base64.b64decode(text)))
    return found


def tell(connection: Connection, kind: str, entries: Mapping[str, Told]) -> None:
    """The entries are durable, each in place of what was told under its name."""
    lines = (f'{kind},entry={name} told="{_packed(told)}" 0' for name, told in entries.items())
    connection.write("\n".join(lines).encode(), precision="ms")


def forget(connection: Connection, kind: str, names: Iterable[str]) -> None:
    """There are no entries of these names."""
    for name in names:
        connection.delete(kind, since_ns=0, until_ns=NS_PER_MS, tags={"entry": name})


def name_of(*identity: object) -> str:
    """The name of the entry that is about this; the same for the same."""
    return hashlib.sha256(msgspec.json.encode(identity)).hexdigest()[:32]


def fitting(rows: Sequence[Told]) -> Collection[Sequence[Told]]:
    """The rows in parts of which each fits into one entry."""
    if len(rows) <= 1 or len(_packed({"rows": rows})) <= LONGEST_TEXT:
        return [rows] if rows else []
    middle = len(rows) // 2
    return [*fitting(rows[:middle]), *fitting(rows[middle:])]


def _packed(told: Told) -> str:
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(told), level=1)).decode("ascii")
