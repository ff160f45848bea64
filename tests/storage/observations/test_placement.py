"""What creates tables on one server and on a cluster (no cluster was at hand: the statements are read, not run)."""

from storage.observations.hours import HOUR_TABLES
from storage.observations.placement import altering, creating
from storage.observations.schema import tables


def test_one_server_has_one_table_of_each_name() -> None:
    for table in (*tables({"battery": 2}), *HOUR_TABLES):
        (statement,) = creating(table, None)
        assert statement.startswith(f"CREATE TABLE IF NOT EXISTS {table.name} (")
        assert f") ENGINE = {table.engine}\n{table.layout}" in statement
        assert not {"CLUSTER", "Replicated", "Distributed"} & set(statement.replace("(", " ").split())


def test_a_cluster_has_replicated_tables_and_one_over_them() -> None:
    observations, *_ = tables({"battery": 2})
    local, over = creating(observations, "farms")
    assert local.startswith("CREATE TABLE IF NOT EXISTS observations_local ON CLUSTER `farms` (")
    assert (
        ") ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/observations', '{replica}')\n"
        in local
    )
    assert "battery_e2 SimpleAggregateFunction(any, Nullable(Int32))" in local
    assert over == (
        "CREATE TABLE IF NOT EXISTS observations ON CLUSTER `farms` AS observations_local"
        " ENGINE = Distributed(`farms`, currentDatabase(), observations_local, cityHash64(device))"
    )


def test_everything_of_a_device_lies_on_one_shard() -> None:
    by_device = {table.name for table in (*tables({}), *HOUR_TABLES) if table.shard_by == "cityHash64(device)"}
    assert by_device == {"observations", "conflicts", "hours", "corrections", "erasures"}


def test_columns_change_on_both_and_what_is_on_disk_on_the_replicated_one() -> None:
    change = "ADD COLUMN battery_e2 Int32"
    assert altering("observations", change, None) == (f"ALTER TABLE observations {change}",)
    assert altering("observations", change, "farms") == (
        f"ALTER TABLE observations_local ON CLUSTER `farms` {change}",
        f"ALTER TABLE observations ON CLUSTER `farms` {change}",
    )
    assert altering("observations", "MODIFY SETTING x = 1", "farms", stored_only=True) == (
        "ALTER TABLE observations_local ON CLUSTER `farms` MODIFY SETTING x = 1",
    )
