"""The tables of corrections, erasures, expiries and sequences are made on a cluster as on one server."""

import pytest

from storage.observations.placement import TableDefinition, creating
from storage.observations.schema import CARE_TABLES, tables


@pytest.mark.parametrize("table", CARE_TABLES, ids=lambda table: table.name)
def test_a_table_of_care_is_replicated_and_sharded_on_a_cluster(table: TableDefinition) -> None:
    stored, over = creating(table, "farms")
    assert f"CREATE TABLE IF NOT EXISTS {table.name}_local ON CLUSTER `farms` (" in stored
    assert (
        f"Replicated{table.engine}('/clickhouse/tables/{{shard}}/{{database}}/{table.name}', '{{replica}}')" in stored
    )
    assert stored.endswith(table.layout)
    assert f"Distributed(`farms`, currentDatabase(), {table.name}_local, {table.shard_by})" in over
    (alone,) = creating(table, None)
    assert f"CREATE TABLE IF NOT EXISTS {table.name} (" in alone
    assert "Replicated" not in alone


def test_every_store_has_the_tables_of_care() -> None:
    assert set(CARE_TABLES) <= set(tables({"ear_temperature": 2}))
