"""Photos."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("subject", "farm", "digest", "caption", "taken_by")),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("consent", TEXT, nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_photos")),
        sa.UniqueConstraint("subject", "digest", name=op.f("uq_photos_subject_digest")),
    )
    op.create_index(op.f("ix_photos_farm"), "photos", ["farm"])
    op.create_index(op.f("ix_photos_digest"), "photos", ["digest"])
    op.create_table(
        "photo_images",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("size", TEXT, nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "size", name=op.f("pk_photo_images")),
    )
