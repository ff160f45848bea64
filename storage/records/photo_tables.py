"""The tables of photos."""

from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, UniqueConstraint

from storage.records.columns import ROW_NUMBER, PlainText, UtcTime
from storage.records.tables import metadata

photos = Table(
    "photos",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("subject", PlainText, nullable=False),
    Column("farm", PlainText, nullable=False, index=True),
    Column("digest", PlainText, nullable=False, index=True),
    Column("caption", PlainText, nullable=False),
    Column("taken_by", PlainText, nullable=False),
    Column("taken_at", UtcTime, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("consent", PlainText, nullable=False),
    Column("public", Boolean, nullable=False),
    UniqueConstraint("subject", "digest", name="uq_photos_subject_digest"),
)

# Apart from their descriptions, so that a list of photos reads no picture.
photo_images = Table(
    "photo_images",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("size", PlainText, primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
)
