"""The tables of the observation store, written for ClickHouse, and the one rule by which rows are partitioned."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

WEEK_MS = 604_800_000
PARTITIONED_FROM_MS = 1_577_836_800_000  # 2020-01-01
PARTITIONED_UNTIL_MS = 2_524_608_000_000  # 2050-01-01

DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 30"
"""What a power cut needs: without the sync after merges it takes rows that were confirmed long ago."""

KEY_COLUMNS = ("device", "channel", "phenomenon_ms")
TIME_COLUMNS = ("phenomenon_ms", "received_ms", "corrected_ms")


PARTITION = (
    f"if(phenomenon_ms >= {PARTITIONED_FROM_MS} AND phenomenon_ms < {PARTITIONED_UNTIL_MS},"
    f" intDiv(phenomenon_ms, {WEEK_MS}), 0)"
)
"""`partition_of` in SQL."""


CARE_TABLES = (
    f"""CREATE TABLE IF NOT EXISTS corrections (
    device LowCardinality(String),
    channel LowCardinality(String),
    observed_property LowCardinality(String),
    phenomenon_ms Int64,
    corrected_us Int64,
    corrected_by String,
    reason String,
    withdrawn UInt8,
    value Float64,
    received_ms Int64,
    shown_ms Int64,
    quality UInt8
) ENGINE = ReplacingMergeTree
ORDER BY (device, channel, observed_property, phenomenon_ms, corrected_us, corrected_by, reason, withdrawn, value)
SETTINGS {DURABLE}""",
    f"""CREATE TABLE IF NOT EXISTS erasures (
    device String,
    every_channel UInt8,
    channel String,
    since_ms Int64,
    until_ms Int64,
    finished UInt8
) ENGINE = ReplacingMergeTree(finished)
ORDER BY (device, every_channel, channel, since_ms, until_ms)
SETTINGS {DURABLE}""",
    f"""CREATE TABLE IF NOT EXISTS expiries (
    observed_property LowCardinality(String),
    before_ms Int64
) ENGINE = ReplacingMergeTree(before_ms)
ORDER BY observed_property
SETTINGS {DURABLE}""",
)
"""What people did to values: corrections with the times of the value they are of; spans erased, without their values;
and for each property the phenomenon time before which raw values have expired."""


def partition_of(phenomenon_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The partition of each row: the week since 1970 of its time as sent, or 0 outside 2020 to 2050.

    A device whose clock runs wild must not make a partition for every week since the dinosaurs. Only the time as sent
    decides, because a redelivery must meet its first delivery.
    """
    inside = (phenomenon_ms >= PARTITIONED_FROM_MS) & (phenomenon_ms < PARTITIONED_UNTIL_MS)
    weeks: NDArray[np.int64] = np.where(inside, phenomenon_ms // WEEK_MS, 0)
    return weeks


def quality_column(observed_property: str) -> str:
    """The column that holds the flags of that property's values."""
    return f"{observed_property}_quality"


def table_statements(properties: Iterable[str]) -> Sequence[str]:
    """What creates the tables where they are missing, a column and its flags for every property.

    Received and corrected time are kept as distances from the time as sent: small numbers, mostly 0, that take half
    the room (measured: 28 % of the whole table).
    """
    columns = ",\n    ".join(definition for name in properties for definition in property_columns(name).values())
    return (
        f"""CREATE TABLE IF NOT EXISTS observations (
    device LowCardinality(String),
    channel LowCardinality(String),
    phenomenon_ms Int64 CODEC(Delta, ZSTD(1)),
    delay_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    correction_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    received_ms Int64 ALIAS phenomenon_ms + delay_ms,
    corrected_ms Int64 ALIAS phenomenon_ms + correction_ms,
    writer SimpleAggregateFunction(anyLast, LowCardinality(String)),
    sequence SimpleAggregateFunction(max, UInt64) CODEC(Delta, ZSTD(1)),
    INDEX arrival sequence TYPE minmax GRANULARITY 1,
    {columns}
) ENGINE = AggregatingMergeTree
PARTITION BY {PARTITION}
ORDER BY (device, channel, phenomenon_ms)
SETTINGS {DURABLE}""",
        f"""CREATE TABLE IF NOT EXISTS conflicts (
    device LowCardinality(String),
    channel LowCardinality(String),
    observed_property LowCardinality(String),
    phenomenon_ms Int64,
    refused_value Float64,
    stored_value SimpleAggregateFunction(any, Float64),
    received_ms SimpleAggregateFunction(min, Int64)
) ENGINE = AggregatingMergeTree
ORDER BY (device, channel, observed_property, phenomenon_ms, refused_value)
SETTINGS {DURABLE}""",
        f"""CREATE TABLE IF NOT EXISTS writers (writer String) ENGINE = ReplacingMergeTree ORDER BY writer
SETTINGS {DURABLE}""",
        *CARE_TABLES,
    )


def property_columns(observed_property: str) -> dict[str, str]:
    """The definition of each column that holds this property: its value, then its flags.

    `any` keeps the first value that is not null, so that even rows which meet only in a merge let the first write win.
    """
    flags = quality_column(observed_property)
    return {
        observed_property: f"{observed_property} SimpleAggregateFunction(any, Nullable(Float64)) CODEC(ZSTD(1))",
        flags: f"{flags} SimpleAggregateFunction(groupBitOr, UInt8)",
    }
