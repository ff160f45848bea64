"""The tables behind the consumer's page: how often codes are opened, and what raisers and sellers agreed to tell."""

from sqlalchemy import Column, Date, Integer, Table

from storage.records.columns import ExactDecimal, PlainText, UtcTime
from storage.records.tables import metadata

# Numbers only: no address, no hash of one, nothing that tells one visitor from another.
scan_days = Table(
    "scan_days",
    metadata,
    Column("thing", PlainText, primary_key=True),
    Column("day", Date, primary_key=True, index=True),
    Column("networks", Integer, nullable=False),
)

# Never changed: a new declaration is a new row, and the newest of a lot counts.
price_agreements = Table(
    "price_agreements",
    metadata,
    Column("gtin", PlainText, primary_key=True),
    Column("lot", PlainText, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("price_yuan", ExactDecimal, nullable=False),
    Column("paid_yuan", ExactDecimal, nullable=False),
    Column("paid_for_kg", ExactDecimal, nullable=False),
    Column("declared_by", PlainText, nullable=False),
    Column("declared_at", UtcTime, nullable=False),
    Column("agreed_on", Date),
    Column("withdrawn_on", Date),
)
