"""Subscriptions to named queries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("query", TEXT, nullable=False),
        sa.Column("dest", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("schedule", TEXT, nullable=False),
        sa.Column("report_if_empty", sa.Boolean(), nullable=False),
        sa.Column("since", MOMENT),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("run_until", sa.BigInteger()),
        sa.Column("batch_until", sa.BigInteger()),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("last_notified", MOMENT),
        sa.Column("why", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner", "query"],
            ["named_queries.owner", "named_queries.name"],
            name=op.f("fk_subscriptions_owner_query"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_owner_query"), "subscriptions", ["owner", "query"])
    op.create_index(op.f("ix_subscriptions_state_due"), "subscriptions", ["state", "due"])
