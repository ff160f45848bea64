"""The tables of keys that were minted under an earlier company prefix."""

from sqlalchemy import Column, Table

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import metadata

# The row with the highest number is the prefix of now.
company_prefixes = Table(
    "company_prefixes",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("prefix", PlainText, nullable=False),
    Column("since", UtcTime, nullable=False),
)

# `kind` is animal (`minted` is a GIAI) or device (a URI).
minted_keys = Table(
    "minted_keys",
    metadata,
    Column("kind", PlainText, primary_key=True),
    Column("subject", PlainText, primary_key=True),
    Column("minted", PlainText, nullable=False),
)
