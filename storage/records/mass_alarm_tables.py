"""The table of alarms about masses."""

from sqlalchemy import Column, Index, Table, text

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import metadata

# ended_at: when the records no longer said so.
mass_alarms = Table(
    "mass_alarms",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("thing", PlainText, nullable=False),
    Column("rule", PlainText, nullable=False),
    Column("zh", PlainText, nullable=False),
    Column("en", PlainText, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)

OPEN = "ended_at IS NULL"
Index(
    "uq_mass_alarms_open",
    mass_alarms.c.thing,
    mass_alarms.c.rule,
    unique=True,
    sqlite_where=text(OPEN),
    postgresql_where=text(OPEN),
)
