"""Holds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "holds",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("thing", NUMBER, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("detail_zh", TEXT, nullable=False),
        sa.Column("detail_en", TEXT, nullable=False),
        sa.Column("placed_by", TEXT, nullable=False),
        sa.Column("released_at", MOMENT, nullable=True),
        sa.Column("released_by", TEXT, nullable=True),
        sa.Column("release_kind", TEXT, nullable=True),
        sa.Column("release_why", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["thing"], ["trace_things.number"], name=op.f("fk_holds_thing")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_cause"), "holds", ["cause"])
    op.create_index(
        "uq_holds_open",
        "holds",
        ["thing", "reason", "cause"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
