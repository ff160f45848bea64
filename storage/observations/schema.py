"""The tables of the observation store, written for ClickHouse, and the one rule by which rows are partitioned."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.observations.placement import TableDefinition

WEEK_MS = 604_800_000
PARTITIONED_FROM_MS = 1_577_836_800_000  # 2020-01-01
PARTITIONED_UNTIL_MS = 2_524_608_000_000  # 2050-01-01

DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, old_parts_lifetime = 30"
"""What a power cut needs: without the sync after merges it takes rows that were confirmed long ago."""

COMPACT = (
    "auto_statistics_types = '', nullable_serialization_version = 'allow_sparse', min_bytes_for_wide_part = 33554432,"
    " min_parts_to_merge_at_once = 10"
)
"""What the embedded engine stays small and quick with: no statistics in every part, next to nothing for a property that
is not there, a file for each column only in parts where it pays, and no merge of a few parts only: merges took a third
of the CPU of a draining backlog. Servers may be older than these settings."""

KEY_COLUMNS = ("device", "channel", "phenomenon_ms")
TIME_COLUMNS = ("phenomenon_ms", "received_ms", "corrected_ms")


CODEC_OF_SEQUENCE = "CODEC(DoubleDelta, ZSTD(1))"
ELSEWHERE = -(2**31)
"""In a scaled column: the value is no multiple of the property's step and stands in the exact column."""

PARTITION = (
    f"if(phenomenon_ms >= {PARTITIONED_FROM_MS} AND phenomenon_ms < {PARTITIONED_UNTIL_MS},"
    f" intDiv(phenomenon_ms, {WEEK_MS}), 0)"
)
"""`partition_of` in SQL."""


CARE_TABLES = (
    TableDefinition(
        name="corrections",
        columns="""device LowCardinality(String),
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
    quality UInt8""",
        engine="ReplacingMergeTree",
        layout="ORDER BY (device, channel, observed_property, phenomenon_ms, corrected_us, corrected_by, reason,"
        f" withdrawn, value)\nSETTINGS {DURABLE}",
        shard_by="cityHash64(device)",
    ),
    TableDefinition(
        name="erasures",
        columns="""device String,
    every_channel UInt8,
    channel String,
    since_ms Int64,
    until_ms Int64,
    finished SimpleAggregateFunction(max, UInt8)""",
        engine="AggregatingMergeTree",
        layout=f"ORDER BY (device, every_channel, channel, since_ms, until_ms)\nSETTINGS {DURABLE}",
        shard_by="cityHash64(device)",
    ),
    TableDefinition(
        name="expiries",
        columns="""observed_property LowCardinality(String),
    before_ms SimpleAggregateFunction(max, Int64),
    dropped_before_ms SimpleAggregateFunction(max, Int64)""",
        engine="AggregatingMergeTree",
        layout=f"ORDER BY observed_property\nSETTINGS {DURABLE}",
        shard_by="cityHash64(observed_property)",
    ),
    TableDefinition(
        name="sequences",
        columns="writer String, sequence SimpleAggregateFunction(max, UInt64)",
        engine="AggregatingMergeTree",
        layout=f"ORDER BY writer\nSETTINGS {DURABLE}",
        shard_by="cityHash64(writer)",
    ),
)
"""What people did to values: corrections, with the times of the value they are of; spans erased, without their values;
for each property the phenomenon time before which raw values have expired, and before which they may be dropped already
because their hours are complete; and sequences once reached, whose rows may be gone."""


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


def scaled_column(observed_property: str, decimals: int) -> str:
    """The column that holds that property's values times 10^decimals; its name says by how much, for ever."""
    return f"{observed_property}_e{decimals}"


def exact_column(observed_property: str) -> str:
    """The column that holds the values of that property which no scaled integer gives back to the last bit."""
    return f"{observed_property}_exact"


def decimals_in(columns: Iterable[str], properties: Iterable[str]) -> dict[str, int]:
    """By how many decimals each property that has a scaled column among these is scaled."""
    present = list(columns)
    found = {
        name: next((int(match[1]) for column in present if (match := _scaled_name(name).fullmatch(column))), None)
        for name in properties
    }
    return {name: decimals for name, decimals in found.items() if decimals is not None}


def _scaled_name(observed_property: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(observed_property)}_e(\d+)")


def tables(decimals: Mapping[str, int], *, settings: str = DURABLE) -> Sequence[TableDefinition]:
    """Every table that holds what was observed, with columns for every property.

    decimals: by how many each property is scaled. settings: of the table of observations.
    Received and corrected time are kept as distances from the time as sent: small numbers, mostly 0, that take half
    the room (measured: 28 % of the whole table).
    """
    columns = ",\n    ".join(
        definition
        for name, digits in decimals.items()
        for definition in property_columns(name, digits, exact=False).values()
    )
    return (
        TableDefinition(
            name="observations",
            columns=f"""device LowCardinality(String),
    channel LowCardinality(String),
    phenomenon_ms Int64 CODEC(Delta, ZSTD(1)),
    delay_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    correction_ms SimpleAggregateFunction(any, Int64) CODEC(T64, ZSTD(1)),
    received_ms Int64 ALIAS phenomenon_ms + delay_ms,
    corrected_ms Int64 ALIAS phenomenon_ms + correction_ms,
    writer SimpleAggregateFunction(anyLast, LowCardinality(String)),
    sequence SimpleAggregateFunction(max, UInt64) {CODEC_OF_SEQUENCE},
    INDEX arrival sequence TYPE minmax GRANULARITY 1,
    {columns}""",
            engine="AggregatingMergeTree",
            layout=f"PARTITION BY {PARTITION}\nORDER BY (device, channel, phenomenon_ms)\nSETTINGS {settings}",
            shard_by="cityHash64(device)",
        ),
        TableDefinition(
            name="conflicts",
            columns="""device LowCardinality(String),
    channel LowCardinality(String),
    observed_property LowCardinality(String),
    phenomenon_ms Int64,
    refused_value Float64,
    stored_value SimpleAggregateFunction(any, Float64),
    received_ms SimpleAggregateFunction(min, Int64)""",
            engine="AggregatingMergeTree",
            layout=f"ORDER BY (device, channel, observed_property, phenomenon_ms, refused_value)\nSETTINGS {DURABLE}",
            shard_by="cityHash64(device)",
        ),
        TableDefinition(
            name="writers",
            columns="writer String",
            engine="ReplacingMergeTree",
            layout=f"ORDER BY writer\nSETTINGS {DURABLE}",
            shard_by="cityHash64(writer)",
        ),
        *CARE_TABLES,
    )


def property_columns(observed_property: str, decimals: int, *, exact: bool) -> dict[str, str]:
    """The definition of each column that holds this property: scaled, flags, and the value read from them.

    exact: with the exact column. A table has it from the first value on that needs it: columns without a value cost
    time in every merge (14 of them a tenth of what inserts and merges cost).

    `any` keeps the first value that is not null, so that even rows which meet only in a merge let the first write win.
    The scaled column alone says which write was first: it is there in each, and sends to the exact one or does not.
    """
    scaled, flags = scaled_column(observed_property, decimals), quality_column(observed_property)
    elsewhere = exact_column(observed_property) if exact else "NULL"
    value = f"if({scaled} = {ELSEWHERE}, {elsewhere}, {scaled} / {10**decimals})"
    floats = f"{elsewhere} SimpleAggregateFunction(any, Nullable(Float64)) CODEC(ZSTD(1))"
    return {
        **({elsewhere: floats} if exact else {}),
        scaled: f"{scaled} SimpleAggregateFunction(any, Nullable(Int32)) CODEC(T64, ZSTD(1))",
        flags: f"{flags} SimpleAggregateFunction(groupBitOr, UInt8)",
        observed_property: f"{observed_property} Nullable(Float64) ALIAS {value}",
    }


def scaled_beside_floats(observed_property: str, decimals: int) -> str:
    """The definition of a scaled column in a table that has rows without: they have their value in the exact one.

    Only there: asking for it on every insert costs a tenth of it.
    """
    scaled, exact = scaled_column(observed_property, decimals), exact_column(observed_property)
    kind = "SimpleAggregateFunction(any, Nullable(Int32))"
    return f"{scaled} {kind} DEFAULT if(isNull({exact}), NULL, {ELSEWHERE}) CODEC(T64, ZSTD(1))"
