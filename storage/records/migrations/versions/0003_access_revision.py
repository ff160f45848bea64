"""A number that grows with every change of who may see what; the triggers that raise it are made at every start."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_revision",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_access_revision")),
    )
    op.execute("INSERT INTO access_revision VALUES (0)")
