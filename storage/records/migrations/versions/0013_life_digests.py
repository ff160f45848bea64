"""Life digests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "life_digests",
        sa.Column("epc", TEXT, nullable=False),
        sa.Column("ear_tag", TEXT, nullable=True),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("epc", name=op.f("pk_life_digests")),
    )
    op.create_index(op.f("ix_life_digests_ear_tag"), "life_digests", ["ear_tag"])
