"""The table of subscriptions to named queries."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, Table

from storage.records.columns import PlainText, UtcTime
from storage.records.tables import metadata

# `schedule` is JSON, "" for a stream; `since` bounds record times; the numbers are those of events.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("owner", PlainText, nullable=False),
    Column("query", PlainText, nullable=False),
    Column("dest", PlainText, nullable=False),
    Column("token", PlainText, nullable=False),
    Column("schedule", PlainText, nullable=False),
    Column("report_if_empty", Boolean, nullable=False),
    Column("since", UtcTime),
    Column("created", UtcTime, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("run_until", BigInteger),
    Column("batch_until", BigInteger),
    Column("at_once", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("due", UtcTime, nullable=False),
    Column("last_notified", UtcTime),
    Column("why", PlainText, nullable=False),
    ForeignKeyConstraint(["owner", "query"], ["named_queries.owner", "named_queries.name"]),
    Index(None, "owner", "query"),
    Index(None, "state", "due"),
)
