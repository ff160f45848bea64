"""The tables of certificates."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from storage.records.columns import ROW_NUMBER, ExactDecimal, PlainText, UtcTime
from storage.records.tables import metadata

# `basis` is a JSON list. The issuer's name and contact are personal where the issuer is a household.
certificates = Table(
    "certificates",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("id", PlainText, nullable=False, unique=True),
    Column("kind", PlainText, nullable=False),
    Column("product", PlainText, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Column("origin", PlainText, nullable=False),
    Column("batch", PlainText, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("issuer_kind", PlainText, nullable=False),
    Column("issuer_name", PlainText, nullable=False),
    Column("issuer_contact", PlainText, nullable=False),
    Column("basis", PlainText, nullable=False),
    Column("issued_by", PlainText, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_by", PlainText),
    Column("withdrawn_why", PlainText),
)

certificate_farms = Table(
    "certificate_farms",
    metadata,
    Column("certificate", ROW_NUMBER, ForeignKey(certificates.c.number), primary_key=True),
    Column("farm", PlainText, primary_key=True),
    Index(None, "farm", "certificate"),
)

certificate_things = Table(
    "certificate_things",
    metadata,
    Column("certificate", ROW_NUMBER, ForeignKey(certificates.c.number), primary_key=True),
    Column("thing", PlainText, primary_key=True),
    Column("place", Integer, nullable=False),
    Index(None, "thing", "certificate"),
)

# How much of a predecessor went into a certificate.
certificate_parts = Table(
    "certificate_parts",
    metadata,
    Column("certificate", ROW_NUMBER, ForeignKey(certificates.c.number), primary_key=True),
    Column("predecessor", ROW_NUMBER, ForeignKey(certificates.c.number), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("quantity", ExactDecimal, nullable=False),
    Index(None, "predecessor"),
)
