"""The table of life digests: what the events about an animal tell its packs' pages, worked out once."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from storage.records.columns import PlainText
from storage.records.tables import metadata

# `newest`: the last event that named the animal when its digest was made; a later one makes the digest useless.
# `rules`: by which rules it was made. `ear_tag`: by which an animal is found when its household is erased.
life_digests = Table(
    "life_digests",
    metadata,
    Column("epc", PlainText, primary_key=True),
    Column("ear_tag", PlainText, index=True),
    Column("newest", BigInteger, nullable=False),
    Column("rules", PlainText, nullable=False),
    Column("told", LargeBinary, nullable=False),
)
