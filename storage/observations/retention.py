"""Raw values let go in time: whole weeks of a property, once their hours are complete."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa

from observations.model import Expired, Stream
from observations.properties import observed_properties
from observations.retention import RetentionPolicy
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.schema import PARTITION, PARTITIONED_FROM_MS, WEEK_MS
from storage.observations.touched import Span

HOURS = pa.schema(
    [
        ("observed_property", pa.string()),
        ("device", pa.string()),
        ("channel", pa.string()),
        ("hour_ms", pa.int64()),
        ("minimum", pa.float64()),
        ("maximum", pa.float64()),
        ("total", pa.float64()),
        ("count", pa.uint32()),
    ]
)
UNHURRIED = "SETTINGS max_execution_time = 0"


MOST_IN_AN_HOUR = 10_000_000


class HourlyAggregates(Protocol):
    """The roll-up by the hour, as upkeep needs it."""

    def follow(self) -> None:
        """What other processes inserted is known."""

    def raw_spans(
        self, streams: Sequence[Stream], observed_property: str, also: Collection[int] = ()
    ) -> Sequence[Span]:
        """Spans of hours that only the rows themselves tell, those `also` among them."""

    def touch(self, streams: Sequence[Stream]) -> None:
        """These hours are to be computed anew."""

    def erase(self, streams: Sequence[Stream]) -> None:
        """Nothing of the streams is in it."""

    def settled(self, until_ms: int) -> bool:
        """Every hour before that time is in the roll-up."""

    def step(self, *, quiet_ms: int | None = None) -> int:
        """Some more hours are in it, the oldest first; 0 where none was left alone for `quiet_ms`."""

    def expire(self, before_ms: Mapping[str, int]) -> None:
        """Hours of these properties before these times stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOf:
    """The good values of one hour, as corrected."""

    device: str
    channel: str
    observed_property: str
    hour_ms: int
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Values from before `before_ms` are not let in; those from before `dropped_before_ms` may be gone."""

    before_ms: int
    dropped_before_ms: int


def due_before_ms(policy: RetentionPolicy, *, now_ms: int) -> dict[str, int]:
    """For each property that is not kept for ever, the start of the first week of which anything is still kept."""
    kept = {name: policy.kept_from_ms(name, now_ms=now_ms) for name in observed_properties()}
    weeks = {name: ms // WEEK_MS * WEEK_MS for name, ms in kept.items() if ms is not None}
    return {name: ms for name, ms in weeks.items() if ms > PARTITIONED_FROM_MS}


def read_expiries(connection: Connection) -> dict[str, Mark]:
    """What has expired, by property."""
    rows = connection.read("SELECT observed_property, before_ms, dropped_before_ms FROM expiries FINAL").to_pylist()
    return {
        row["observed_property"]: Mark(before_ms=row["before_ms"], dropped_before_ms=row["dropped_before_ms"])
        for row in rows
    }


def keep_expiries(connection: Connection, before_ms: Mapping[str, int], *, dropped: bool) -> None:
    """These values are not let in any more, durably; `dropped`: and their hours are complete, so that they may go."""
    connection.insert_aside("expiries", expiry_rows(before_ms, dropped=dropped))


def expiry_rows(before_ms: Mapping[str, int], *, dropped: bool) -> pa.Table:
    """The marks as the table holds them."""
    return pa.table(
        {
            "observed_property": list(before_ms),
            "before_ms": pa.array(list(before_ms.values()), pa.int64()),
            "dropped_before_ms": pa.array(list(before_ms.values()) if dropped else [0] * len(before_ms), pa.int64()),
        }
    )


def roll_up_before(hours: HourlyAggregates, until_ms: int) -> bool:
    """Whether every hour before that time is in the roll-up, after as many steps as there was work for."""
    while not hours.settled(until_ms):
        if not hours.step(quiet_ms=0):  # nothing is let into them any more
            return hours.settled(until_ms)
    return True


def keep_hours(connection: Connection, hours: Collection[HourOf]) -> None:
    """The roll-up tells these hours so, whatever it told before."""
    if hours:
        connection.insert_aside("hours", hour_rows(hours))


def hour_rows(hours: Collection[HourOf]) -> pa.Table:
    """The hours as the table holds them."""
    rows = [
        {
            "observed_property": hour.observed_property,
            "device": hour.device,
            "channel": hour.channel,
            "hour_ms": hour.hour_ms,
            "minimum": min(hour.values, default=0.0),
            "maximum": max(hour.values, default=0.0),
            "total": sum(hour.values),
            "count": len(hour.values),
        }
        for hour in hours
    ]
    return pa.Table.from_pylist(rows, schema=HOURS)


def drop(connection: Connection, before_ms: Mapping[str, int], columns: Mapping[str, Sequence[str]]) -> Expired:
    """No raw value of these properties from before these times is left; safe to repeat.

    A week whose every value is due goes as a whole; of another, the columns of what is due.
    """
    weeks = _due_weeks(connection, before_ms)
    values = 0
    for week in weeks:
        due = {name for name, before in before_ms.items() if (week + 1) * WEEK_MS <= before}
        held = _held(connection, week, columns)
        values += sum(held[name] for name in due)
        if due >= {name for name, count in held.items() if count}:
            connection.alter("observations", f"DROP PARTITION {week}")
        else:
            _clear(connection, week, {name: columns[name] for name in due if held[name]})
    if weeks:
        _forget(connection, before_ms)
    return Expired(values=values, weeks=len(weeks))


def _due_weeks(connection: Connection, before_ms: Mapping[str, int]) -> list[int]:
    """The weeks that hold a value which is due."""
    if not before_ms:
        return []
    due = " OR ".join(f"({name} IS NOT NULL AND phenomenon_ms < {before})" for name, before in before_ms.items())
    rows = connection.read(
        f"SELECT DISTINCT {PARTITION} AS week FROM observations"  # noqa: S608 - our names, whole numbers
        f" WHERE phenomenon_ms >= {PARTITIONED_FROM_MS} AND phenomenon_ms < {max(before_ms.values())} AND ({due})"
        f" ORDER BY week {UNHURRIED}"
    )
    weeks: list[int] = numpy_of(rows, "week", np.int64).tolist()
    return weeks


def _held(connection: Connection, week: int, names: Collection[str]) -> dict[str, int]:
    """How many values of each property the week holds."""
    counts = ", ".join(f"count({name}) AS held_{name}" for name in names)
    (row,) = connection.read(
        f"SELECT {counts} FROM observations FINAL WHERE {PARTITION} = {week} {UNHURRIED}"  # noqa: S608 - our names, a whole number
    ).to_pylist()
    return {name: int(row[f"held_{name}"]) for name in names}


def _clear(connection: Connection, week: int, columns: Mapping[str, Sequence[str]]) -> None:
    for column in chain.from_iterable(columns.values()):
        connection.alter("observations", f"CLEAR COLUMN {column} IN PARTITION {week}")


def _forget(connection: Connection, before_ms: Mapping[str, int]) -> None:
    due = " OR ".join(f"(observed_property = '{name}' AND phenomenon_ms < {ms})" for name, ms in before_ms.items())
    for table in ("conflicts", "corrections"):
        connection.alter(table, f"DELETE WHERE phenomenon_ms >= {PARTITIONED_FROM_MS} AND ({due})")
