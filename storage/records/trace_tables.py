"""Tables beside the trace graph and recalls: what was kept in what, what became of recalled goods, who was told."""

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, SmallInteger, Table, text

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import events, metadata, recalls, trace_links, trace_things

# Each holds all that a walk asks of a link. What a crate held long ago is not read for what it holds now; what leads no
# further is not among the ways onward.
_LINKS = trace_links.c
_ASKED = (_LINKS.kind, _LINKS.since_us, _LINKS.mode, _LINKS.certain, _LINKS.certain_among)
ONWARD = "onward = 1"
Index("ix_trace_links_target", _LINKS.target, _LINKS.until_us, _LINKS.source, *_ASKED)
Index(
    "ix_trace_links_onward",
    _LINKS.source,
    _LINKS.until_us,
    _LINKS.target,
    *_ASKED,
    sqlite_where=text(ONWARD),
    postgresql_where=text(ONWARD),
)

# What each event tells of a parent and a child; child 0: of everything in it.
trace_keepings = Table(
    "trace_keepings",
    metadata,
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("parent", ROW_NUMBER, ForeignKey(trace_things.c.number), primary_key=True),
    Column("at_us", BigInteger, primary_key=True, autoincrement=False),
    Column("child", BigInteger, primary_key=True, autoincrement=False, index=True),
    Column("event", ROW_NUMBER, ForeignKey(events.c.number), primary_key=True, index=True),
    Column("ends", SmallInteger, nullable=False),
    Column("certain", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The many things that one step or batch made, equally surely, each once: what their names begin with, and how each goes
# on (a JSON list). A hundred thousand packs are read from a few hundred rows.
trace_makings = Table(
    "trace_makings",
    metadata,
    Column("source", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("certain", SmallInteger, primary_key=True, autoincrement=False),
    Column("head", PlainText, nullable=False),
    Column("tails", PlainText, nullable=False),
)

# What became of a recalled thing, as somebody said; the newest saying holds.
recall_findings = Table(
    "recall_findings",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("recall", PlainText, ForeignKey(recalls.c.id), nullable=False),
    Column("thing", PlainText, nullable=False),
    Column("outcome", PlainText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("note", PlainText, nullable=False),
    Index(None, "recall", "thing", "number"),
)

# Who was told of a recall, in which words, and when they said that they know.
recall_messages = Table(
    "recall_messages",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("recall", PlainText, ForeignKey(recalls.c.id), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("recipient", PlainText, nullable=False),
    Column("label", PlainText, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("certain", BigInteger, nullable=False),
    Column("possible", BigInteger, nullable=False),
    Column("known_kg", Double, nullable=False),
    Column("unweighed", BigInteger, nullable=False),
    Column("zh", PlainText, nullable=False),
    Column("en", PlainText, nullable=False),
    Column("delivered_at", UtcTime, index=True),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", PlainText, nullable=False),
    Index(None, "recall", "number"),
    Index(None, "kind", "recipient", "number"),
)
