"""The tables of links given to GS1 keys."""

from sqlalchemy import Boolean, Column, ForeignKey, Table, UniqueConstraint

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import metadata

# `languages` and `contexts` are words with spaces between them.
given_links = Table(
    "given_links",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("key", PlainText, nullable=False),
    Column("link_type", PlainText, nullable=False),
    Column("href", PlainText, nullable=False),
    Column("languages", PlainText, nullable=False),
    Column("media_type", PlainText, nullable=False),
    Column("contexts", PlainText, nullable=False),
    Column("title", PlainText, nullable=False),
    Column("forwards", Boolean, nullable=False),
    Column("given_by", PlainText, nullable=False),
    Column("given_at", UtcTime, nullable=False),
    UniqueConstraint("key", "link_type", "href", "languages", "media_type", "contexts", name="uq_given_links_same"),
)

# One row a key: a second default cannot be.
default_links = Table(
    "default_links",
    metadata,
    Column("key", PlainText, primary_key=True),
    Column("link", ROW_NUMBER, ForeignKey(given_links.c.number), nullable=False, index=True),
)
