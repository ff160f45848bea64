"""Links that say whether they lead on, and the many things of one step in one text; all are made anew after it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ASKED = ("kind", "since_us", "mode", "certain", "certain_among")


def upgrade() -> None:
    op.drop_table("trace_links")
    op.create_table(
        "trace_links",
        sa.Column("source", NUMBER, autoincrement=False, nullable=False),
        sa.Column("target", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("since_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, sa.SmallInteger(), nullable=False)
            for name in ("mode", "certain", "certain_among", "claimed", "onward")
        ),
        sa.PrimaryKeyConstraint("source", "target", "kind", "since_us", "until_us", name=op.f("pk_trace_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_trace_links_target"), "trace_links", ["target", "until_us", "source", *ASKED])
    op.create_index(
        op.f("ix_trace_links_onward"),
        "trace_links",
        ["source", "until_us", "target", *ASKED],
        sqlite_where=sa.text("onward = 1"),
        postgresql_where=sa.text("onward = 1"),
    )
    op.create_table(
        "trace_makings",
        sa.Column("source", NUMBER, autoincrement=False, nullable=False),
        sa.Column("certain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("head", TEXT, nullable=False),
        sa.Column("tails", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("source", "certain", name=op.f("pk_trace_makings")),
    )
