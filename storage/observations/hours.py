"""The roll-up by the hour: its tables, and the statement that computes hours anew out of the observations."""

from collections.abc import Collection, Mapping, Sequence

from observations.properties import observed_property
from observations.quality import SUSPECT
from storage.observations.placement import TableDefinition
from storage.observations.schema import DURABLE, PARTITIONED_FROM_MS, PARTITIONED_UNTIL_MS, quality_column
from storage.observations.touched import HOUR_MS, Span

QUARTER_MS = 13 * 7 * 24 * HOUR_MS

HOURS = TableDefinition(
    name="hours",
    columns="""observed_property LowCardinality(String),
    device LowCardinality(String),
    channel LowCardinality(String),
    hour_ms Int64 CODEC(Delta, ZSTD(1)),
    minimum Float64 CODEC(ZSTD(1)),
    maximum Float64 CODEC(ZSTD(1)),
    total Float64 CODEC(ZSTD(1)),
    count UInt32 CODEC(T64, ZSTD(1))""",
    engine="ReplacingMergeTree",
    layout=f"PARTITION BY if(hour_ms >= {PARTITIONED_FROM_MS} AND hour_ms < {PARTITIONED_UNTIL_MS},"
    f" intDiv(hour_ms, {QUARTER_MS}), 0)\n"
    "ORDER BY (observed_property, device, channel, hour_ms)\n"
    f"SETTINGS {DURABLE}, index_granularity = 2048",
    shard_by="cityHash64(device)",
)
"""Good values of one hour. What was written last under a key is in force; a count of 0 says that nothing is left."""

PROGRESS = TableDefinition(
    name="hours_progress",
    columns="part String, progress String",
    engine="ReplacingMergeTree",
    layout=f"ORDER BY part\nSETTINGS {DURABLE}",
    shard_by="cityHash64(part)",
)
HOUR_TABLES = (HOURS, PROGRESS)

HOUR_OF_ROW = f"phenomenon_ms - positiveModulo(phenomenon_ms, {HOUR_MS})"


def value_of(name: str) -> str:
    """The value of that property in a row; raises UnknownPropertyError.

    Only a name out of the table of properties ever becomes part of a statement.
    """
    return observed_property(name).name


def is_shown(name: str, *, suspect: bool) -> str:
    """The condition that a row has a value of that property, and a good one unless `suspect`."""
    present = f"{value_of(name)} IS NOT NULL"
    return present if suspect else f"{present} AND bitAnd({quality_column(value_of(name))}, {int(SUSPECT)}) = 0"


def within(column: str, spans: Sequence[Span]) -> str:
    """The condition that the column is in one of the spans, of which there is at least one."""
    return "(" + " OR ".join(f"({column} >= {first} AND {column} < {end})" for first, end in spans) + ")"


def rolling_up(
    properties: Collection[str],
    hours: Sequence[Span],
    *,
    after: Mapping[str, int],
    expired_before_ms: Mapping[str, int],
) -> tuple[str, dict[str, str | int]]:
    """The statement, with its parameters, that computes the hours of these spans out of the rows as they are.

    after: only devices of which something arrived since, by writer; empty: all.
    expired_before_ms: by property; older values are gone and their hours stay as they are.
    An hour that is there and has no good value any more gets a count of 0.
    """
    span = within("phenomenon_ms", hours)
    arrived, parameters = _arrived(after)
    devices = f" AND device IN (SELECT device FROM observations WHERE {span} AND ({arrived}))" if arrived else ""  # noqa: S608 - whole numbers, bound values
    good = ", ".join(f"ifNull({is_shown(name, suspect=False)}, 0) AS good_{name}" for name in properties)
    figures = ",\n".join(
        f"('{name}', ifNull(minIf({name}, good_{name}), 0), ifNull(maxIf({name}, good_{name}), 0),"
        f" ifNull(sumIf({name}, good_{name}), 0), countIf(good_{name}))"
        for name in properties
    )
    kept = "".join(
        f" AND NOT (figures.1 = '{value_of(name)}' AND hour_ms >= {PARTITIONED_FROM_MS} AND hour_ms < {before})"
        for name, before in expired_before_ms.items()
    )
    statement = f"""INSERT INTO hours (observed_property, device, channel, hour_ms, minimum, maximum, total, count)
SELECT figures.1, device, channel, hour_ms, figures.2, figures.3, figures.4, figures.5
FROM (
    SELECT device, channel, hour_ms, arrayJoin([{figures}]) AS figures
    FROM (
        SELECT device, channel, {HOUR_OF_ROW} AS hour_ms, {good}, {", ".join(properties)}
        FROM observations FINAL PREWHERE {span}{devices}
    ) GROUP BY device, channel, hour_ms
)
WHERE (figures.5 > 0 OR (figures.1, device, channel, hour_ms) IN (
    SELECT observed_property, device, channel, hour_ms FROM hours WHERE {within("hour_ms", hours)} AND count > 0
)){kept}"""  # noqa: S608 - our names, whole numbers, bound values
    return statement, parameters


def _arrived(after: Mapping[str, int]) -> tuple[str, dict[str, str | int]]:
    parameters: dict[str, str | int] = {}
    conditions = []
    for number, (writer, sequence) in enumerate(after.items()):
        conditions.append(f"writer = {{writer_{number}:String}} AND sequence >= {{sequence_{number}:UInt64}}")
        parameters |= {f"writer_{number}": writer, f"sequence_{number}": sequence}
    return " OR ".join(conditions), parameters
