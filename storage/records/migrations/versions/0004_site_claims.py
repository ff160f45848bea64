"""Sites that ingest workers have taken over from the main service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "site_claims",
        sa.Column("site", TEXT, nullable=False),
        sa.Column("worker", TEXT, nullable=False),
        sa.Column("client_id", TEXT, nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("handed_over", sa.Boolean(), nullable=False),
        sa.Column("leaving", sa.Boolean(), nullable=False),
        sa.Column("heard", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_site_claims")),
    )
    op.create_index(op.f("ix_site_claims_worker"), "site_claims", ["worker"])
