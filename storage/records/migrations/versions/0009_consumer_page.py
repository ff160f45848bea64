"""How often codes are opened, and the shares of prices that were agreed to be told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DECIMAL = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "scan_days",
        sa.Column("thing", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("networks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("thing", "day", name=op.f("pk_scan_days")),
    )
    op.create_index(op.f("ix_scan_days_day"), "scan_days", ["day"])
    op.create_table(
        "price_agreements",
        sa.Column("gtin", TEXT, nullable=False),
        sa.Column("lot", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("price_yuan", DECIMAL, nullable=False),
        sa.Column("paid_yuan", DECIMAL, nullable=False),
        sa.Column("paid_for_kg", DECIMAL, nullable=False),
        sa.Column("declared_by", TEXT, nullable=False),
        sa.Column("declared_at", MOMENT, nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("gtin", "lot", "number", name=op.f("pk_price_agreements")),
    )
