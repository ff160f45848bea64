"""The table of holds."""

from sqlalchemy import Column, ForeignKey, Index, SmallInteger, Table, text

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import metadata, trace_things

# What came of the thing is found along the links, whenever it was made. `kind` is of the release.
holds = Table(
    "holds",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("thing", ROW_NUMBER, ForeignKey(trace_things.c.number), nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("reason", PlainText, nullable=False),
    Column("cause", PlainText, nullable=False, index=True),
    Column("since", UtcTime, nullable=False),
    Column("detail_zh", PlainText, nullable=False),
    Column("detail_en", PlainText, nullable=False),
    Column("placed_by", PlainText, nullable=False),
    Column("released_at", UtcTime),
    Column("released_by", PlainText),
    Column("release_kind", PlainText),
    Column("release_why", PlainText),
)

# One open hold for one reason and cause on one thing; it is also the way from a thing to its open holds.
OPEN = "released_at IS NULL"
Index(
    "uq_holds_open",
    holds.c.thing,
    holds.c.reason,
    holds.c.cause,
    unique=True,
    sqlite_where=text(OPEN),
    postgresql_where=text(OPEN),
)

# What was used and what was made in transformations that somebody, but no veterinarian, declared wrong: the trace graph
# has them no more, holds still pass from what was used (made 0) to what was made (made 1).
disputed_makings = Table(
    "disputed_makings",
    metadata,
    Column("event", PlainText, primary_key=True),
    Column("made", SmallInteger, primary_key=True, autoincrement=False),
    Column("thing", ROW_NUMBER, ForeignKey(trace_things.c.number), primary_key=True),
    Index(None, "thing", "made"),
    sqlite_with_rowid=False,
)
