"""The trace graph and recalls; links of events captured before are made after the migration."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "trace_things",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trace_things")),
        sa.UniqueConstraint("name", name=op.f("uq_trace_things_name")),
    )
    op.create_table(
        "trace_links",
        sa.Column("source", NUMBER, nullable=False),
        sa.Column("target", NUMBER, nullable=False),
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("since_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.SmallInteger(), nullable=False),
        sa.Column("certain", sa.SmallInteger(), nullable=False),
        sa.Column("certain_among", sa.SmallInteger(), nullable=False),
        sa.Column("claimed", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["trace_things.number"], name=op.f("fk_trace_links_source")),
        sa.ForeignKeyConstraint(["target"], ["trace_things.number"], name=op.f("fk_trace_links_target")),
        sa.PrimaryKeyConstraint("source", "target", "kind", "since_us", "until_us", name=op.f("pk_trace_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_trace_links_target"), "trace_links", ["target"])
    op.create_table(
        "trace_version",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trace_version")),
    )
    op.execute("INSERT INTO trace_version VALUES (0)")
    op.create_table(
        "recalls",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("criterion", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("since", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("scope_digest", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
    )
    op.create_index(op.f("ix_recalls_state"), "recalls", ["state"])
    op.create_table(
        "recall_steps",
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], name=op.f("fk_recall_steps_recall")),
        sa.PrimaryKeyConstraint("recall", "number", name=op.f("pk_recall_steps")),
    )
    op.create_table(
        "recall_starts",
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("thing", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], name=op.f("fk_recall_starts_recall")),
        sa.ForeignKeyConstraint(["thing"], ["trace_things.number"], name=op.f("fk_recall_starts_thing")),
        sa.PrimaryKeyConstraint("recall", "thing", name=op.f("pk_recall_starts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_recall_starts_thing"), "recall_starts", ["thing"])
    op.create_table(
        "recall_scopes",
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("thing", NUMBER, nullable=False),
        sa.Column("certain", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], name=op.f("fk_recall_scopes_recall")),
        sa.ForeignKeyConstraint(["thing"], ["trace_things.number"], name=op.f("fk_recall_scopes_thing")),
        sa.PrimaryKeyConstraint("recall", "thing", name=op.f("pk_recall_scopes")),
        sqlite_with_rowid=False,
    )
