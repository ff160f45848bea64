"""Where a table's rows lie: in one table of one server, or sharded and replicated over a cluster's servers.

No cluster was at hand when this was written: the statements are tested as text, not against servers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

CLUSTER_SETTINGS = {
    "distributed_product_mode": "global",  # a subquery is asked once, not once on every shard
    "distributed_foreground_insert": 1,  # an insert returns when the shards have it, not when it is queued
    "insert_quorum": "auto",  # and when most replicas of each shard have it
    "optimize_skip_unused_shards": 1,
}
"""What a client of a cluster asks for, so that the store's promises hold there too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDefinition:
    """A table as it is on one server.

    columns: everything between the brackets. engine: of the MergeTree family, without brackets, no arguments.
    layout: what follows the engine. shard_by: what the rows of one shard have in common.
    """

    name: str
    columns: str
    engine: str
    layout: str
    shard_by: str


def creating(table: TableDefinition, cluster: str | None) -> Sequence[str]:
    """The statements that create the table where it is missing.

    On a cluster, `{name}_local` on every server, replicated under the server's macros {shard} and {replica}, and over
    them the distributed table that everyone reads and writes.
    """
    if cluster is None:
        body = f"(\n    {table.columns}\n) ENGINE = {table.engine}\n{table.layout}"
        return (f"CREATE TABLE IF NOT EXISTS {table.name} {body}",)
    path = f"/clickhouse/tables/{{shard}}/{{database}}/{table.name}"
    engine = f"Replicated{table.engine}('{path}', '{{replica}}')"
    everywhere = f"ON CLUSTER `{cluster}`"
    stored = f"CREATE TABLE IF NOT EXISTS {table.name}_local {everywhere} (\n    {table.columns}\n) ENGINE = {engine}"
    over = f"Distributed(`{cluster}`, currentDatabase(), {table.name}_local, {table.shard_by})"
    return (
        f"{stored}\n{table.layout}",
        f"CREATE TABLE IF NOT EXISTS {table.name} {everywhere} AS {table.name}_local ENGINE = {over}",
    )


def altering(name: str, change: str, cluster: str | None, *, stored_only: bool = False) -> Sequence[str]:
    """The statements that change the table; stored_only: the change concerns what is on disk, not the columns."""
    if cluster is None:
        return (f"ALTER TABLE {name} {change}",)
    everywhere = f"ON CLUSTER `{cluster}`"
    stored = f"ALTER TABLE {name}_local {everywhere} {change}"
    return (stored,) if stored_only else (stored, f"ALTER TABLE {name} {everywhere} {change}")
