"""Tables brought to what this version needs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from observations.properties import observed_property
from storage.observations.connection import Connection
from storage.observations.schema import (
    COMPACT,
    DURABLE,
    ELSEWHERE,
    decimals_in,
    exact_column,
    property_columns,
    scaled_column,
    table_statements,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables as they are now.

    identity: of this very table of observations. A copy or a restored store has another: what was derived from the
        first must not be used with it.
    decimals: by how many each property is scaled, here and for ever: a precision that changes later changes no column.
    changes: what was done to an older table, in words.
    """

    identity: str
    decimals: Mapping[str, int]
    changes: Sequence[str]


def create_tables(connection: Connection, properties: Collection[str]) -> Tables:
    """The tables exist, in this version's layout, with columns for every property."""
    embedded = connection.location.folder is not None
    settings = f"{DURABLE}, {COMPACT}" if embedded else DURABLE
    present = _columns(connection)
    decimals = {name: observed_property(name).decimals for name in properties} | decimals_in(present, properties)
    for statement in table_statements(decimals, settings=settings):
        connection.execute(statement)
    changes = _bring_up(connection, present, decimals, settings=settings) if present else []
    identity = connection.look_up(
        "SELECT toString(uuid) AS identity FROM system.tables"
        " WHERE database = currentDatabase() AND name = 'observations'"
    )
    return Tables(identity=str(identity["identity"][0].as_py()), decimals=decimals, changes=changes)


def _columns(connection: Connection) -> dict[str, str]:
    """Each column of the table of observations, and how its values come about ("" where they are stored as such)."""
    described = connection.look_up(
        "SELECT name, default_kind FROM system.columns WHERE database = currentDatabase() AND table = 'observations'"
    )
    return dict(zip(described["name"].to_pylist(), described["default_kind"].to_pylist(), strict=True))


def _bring_up(
    connection: Connection, present: Mapping[str, str], decimals: Mapping[str, int], *, settings: str
) -> list[str]:
    """What an older table lacks is added; what was done, in words. Safe to repeat after any interruption."""
    floats = [name for name in decimals if present.get(name) == ""]
    if floats:
        # at once in the description of the table, and nothing is copied: the engine follows part by part
        renamed = ", ".join(f"RENAME COLUMN {name} TO {exact_column(name)}" for name in floats)
        connection.execute(f"ALTER TABLE observations {renamed}")
        present = _columns(connection)
    missing = [
        f"ADD COLUMN IF NOT EXISTS {definition}"
        for name, digits in decimals.items()
        for column, definition in property_columns(name, digits).items()
        if column not in present
    ]
    if missing:
        connection.execute(f"ALTER TABLE observations {', '.join(missing)}")
    if not floats:
        return [f"{len(missing)} columns added for new properties"] if missing else []
    connection.execute(f"ALTER TABLE observations MODIFY SETTING {settings}")
    connection.execute("ALTER TABLE observations MODIFY COLUMN sequence CODEC(DoubleDelta, ZSTD(1))")
    # in the background, and over restarts until it is done: either form reads the same
    connection.execute(f"ALTER TABLE observations {_scaling(floats, decimals)} SETTINGS mutations_sync = 0")
    return [f"values of {len(floats)} properties are being rewritten as scaled integers, in the background"]


def _scaling(properties: Collection[str], decimals: Mapping[str, int]) -> str:
    """The mutation that moves values which a scaled integer gives back exactly out of the exact column."""
    updates: list[str] = []
    for name in properties:
        exact, scaled, factor = exact_column(name), scaled_column(name, decimals[name]), 10 ** decimals[name]
        steps = f"round({exact} * {factor})"
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
