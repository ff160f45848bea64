"""What was used and made in transformations in dispute; alarms about masses that cannot be true."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "disputed_makings",
        sa.Column("event", TEXT, nullable=False),
        sa.Column("made", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("thing", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["thing"], ["trace_things.number"], name=op.f("fk_disputed_makings_thing")),
        sa.PrimaryKeyConstraint("event", "made", "thing", name=op.f("pk_disputed_makings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_disputed_makings_thing_made"), "disputed_makings", ["thing", "made"])
    op.create_table(
        "mass_alarms",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("thing", "rule", "zh", "en")),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mass_alarms")),
    )
    op.create_index(
        "uq_mass_alarms_open",
        "mass_alarms",
        ["thing", "rule"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
