"""Tables brought to what this version needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from observations.properties import observed_property
from storage.observations.connection import Connection
from storage.observations.hours import HOUR_TABLES
from storage.observations.placement import altering, creating
from storage.observations.schema import (
    CODEC_OF_SEQUENCE,
    COMPACT,
    DURABLE,
    ELSEWHERE,
    decimals_in,
    exact_column,
    property_columns,
    scaled_beside_floats,
    scaled_column,
    tables,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables as they are now.

    identity: of this very table of observations. A copy or a restored store has another: what was derived from the
        first must not be used with it.
    decimals: by how many each property is scaled, here and for ever: a precision that changes later changes no column.
    exact: the properties that have an exact column.
    changes: what was done to an older table, in words.
    """

    identity: str
    decimals: Mapping[str, int]
    exact: frozenset[str]
    changes: Sequence[str]

    @property
    def stored_columns(self) -> Mapping[str, Sequence[str]]:
        """The columns on disk of each property: all but the value itself, which is read from the others."""
        return {
            name: [each for each in property_columns(name, digits, exact=name in self.exact) if each != name]
            for name, digits in self.decimals.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a column's values come about ("" where they are simply stored), and how they are compressed."""

    default_kind: str
    codec: str


def create_tables(connection: Connection, properties: Collection[str]) -> Tables:
    """The tables exist, in this version's layout, with columns for every property."""
    embedded = connection.location.folder is not None
    settings = f"{DURABLE}, {COMPACT}" if embedded else DURABLE
    present = _columns(connection)
    decimals = {name: observed_property(name).decimals for name in properties} | decimals_in(present, properties)
    cluster = connection.location.cluster
    for table in (*tables(decimals, settings=settings), *HOUR_TABLES):
        for statement in creating(table, cluster):
            connection.execute(statement)
    changes = _bring_up(connection, present, decimals, settings=settings) if present else []
    identity = connection.look_up(
        "SELECT toString(uuid) AS identity FROM system.tables"
        " WHERE database = currentDatabase() AND name = 'observations'"
    )
    exact = frozenset(name for name in decimals if exact_column(name) in _columns(connection))
    return Tables(identity=str(identity["identity"][0].as_py()), decimals=decimals, exact=exact, changes=changes)


def make_room(connection: Connection, tables: Tables, rows: pa.Table) -> Tables:
    """The rows, in stored form, can be inserted: a property has its exact column from its first value that needs it.

    Whoever writes or reads the same store meanwhile need not know: the value's column finds it.
    """
    lacking = {name for name in tables.decimals.keys() - tables.exact if exact_column(name) in rows.column_names}
    for name in sorted(lacking):
        columns = property_columns(name, tables.decimals[name], exact=True)
        change = f"ADD COLUMN IF NOT EXISTS {columns[exact_column(name)]}, MODIFY COLUMN {columns[name]}"
        for statement in altering("observations", change, connection.location.cluster):
            connection.execute(statement)
    return replace(tables, exact=tables.exact | lacking) if lacking else tables


def _columns(connection: Connection) -> dict[str, Column]:
    """Each column of the table of observations."""
    described = connection.look_up(
        "SELECT name, default_kind, compression_codec FROM system.columns"
        " WHERE database = currentDatabase() AND table IN ('observations', 'observations_local') ORDER BY table"
    )
    return {
        row["name"]: Column(default_kind=row["default_kind"], codec=row["compression_codec"])
        for row in described.to_pylist()
    }


def _bring_up(
    connection: Connection, present: Mapping[str, Column], decimals: Mapping[str, int], *, settings: str
) -> list[str]:
    """What an older table lacks is added; what was done, in words. Safe to repeat after any interruption."""

    def alter(change: str, *, stored_only: bool = False) -> None:
        for statement in altering("observations", change, connection.location.cluster, stored_only=stored_only):
            connection.execute(statement)

    floats = [name for name in decimals if name in present and not present[name].default_kind]
    if floats:
        # at once in the description of the table, and nothing is copied: the engine follows part by part
        alter(", ".join(f"RENAME COLUMN {name} TO {exact_column(name)}" for name in floats))
        present = _columns(connection)
    missing = [
        f"ADD COLUMN IF NOT EXISTS {definition}"
        for name, digits in decimals.items()
        for column, definition in _columns_of(name, digits, beside_floats=exact_column(name) in present).items()
        if column not in present
    ]
    if missing:
        alter(", ".join(missing))
    if present["sequence"].codec == CODEC_OF_SEQUENCE:
        return [f"{len(missing)} columns added for new properties"] if missing else []
    alter(f"MODIFY SETTING {settings}", stored_only=True)
    # in the background, and over restarts until it is done: either form reads the same
    beside_floats = {name: digits for name, digits in decimals.items() if exact_column(name) in present}
    alter(f"{_scaling(beside_floats)} SETTINGS mutations_sync = 0", stored_only=True)
    # last, because it says that all this has been ordered
    alter(f"MODIFY COLUMN sequence {CODEC_OF_SEQUENCE}", stored_only=True)
    return [f"values of {len(decimals)} properties are being rewritten as scaled integers, in the background"]


def _columns_of(name: str, decimals: int, *, beside_floats: bool) -> dict[str, str]:
    columns = property_columns(name, decimals, exact=beside_floats)
    scaled = scaled_column(name, decimals)
    return {**columns, scaled: scaled_beside_floats(name, decimals)} if beside_floats else columns


def _scaling(decimals: Mapping[str, int]) -> str:
    """The mutation that moves values which a scaled integer gives back exactly out of the exact column."""
    updates: list[str] = []
    for name, digits in decimals.items():
        exact, scaled, factor = exact_column(name), scaled_column(name, digits), 10**digits
        steps = f"(round({exact} * {factor}) + 0)"  # an integer has no -0
        fits = (
            f"abs({steps}) < {-ELSEWHERE}"
            f" AND reinterpretAsInt64(assumeNotNull({steps} / {factor})) = reinterpretAsInt64(assumeNotNull({exact}))"
        )
        moved = f"isNotNull({exact}) AND {scaled} = {ELSEWHERE} AND {fits}"
        updates.append(f"{scaled} = if({moved}, toInt32(ifNull({steps}, 0)), {scaled})")
        updates.append(f"{exact} = if({moved}, NULL, {exact})")
    return f"UPDATE {', '.join(updates)} WHERE 1"


def register_writers(connection: Connection, writers: Collection[str]) -> None:
    """These writers are known to everyone who reads in order of arrival."""
    known = set(connection.look_up("SELECT DISTINCT writer FROM writers")["writer"].to_pylist())
    new = sorted(set(writers) - known)
    if new:
        connection.insert("writers", pa.table({"writer": new}))
