"""What was kept in what, pair by pair; what became of recalled goods; who was told. Links are made anew after it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_index(op.f("ix_trace_links_target"), table_name="trace_links")
    op.create_index(op.f("ix_trace_links_target"), "trace_links", ["target", "until_us"])
    op.create_table(
        "trace_keepings",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("parent", NUMBER, nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("child", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.Column("ends", sa.SmallInteger(), nullable=False),
        sa.Column("certain", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["trace_things.number"], name=op.f("fk_trace_keepings_parent")),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name=op.f("fk_trace_keepings_event")),
        sa.PrimaryKeyConstraint("kind", "parent", "at_us", "child", "event", name=op.f("pk_trace_keepings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_trace_keepings_event"), "trace_keepings", ["event"])
    op.create_index(op.f("ix_trace_keepings_child"), "trace_keepings", ["child"])
    op.create_table(
        "recall_findings",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("thing", TEXT, nullable=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], name=op.f("fk_recall_findings_recall")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_recall_findings")),
    )
    op.create_index(op.f("ix_recall_findings_recall_thing_number"), "recall_findings", ["recall", "thing", "number"])
    op.create_table(
        "recall_messages",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("recall", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("recipient", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("certain", sa.BigInteger(), nullable=False),
        sa.Column("possible", sa.BigInteger(), nullable=False),
        sa.Column("known_kg", sa.Double(), nullable=False),
        sa.Column("unweighed", sa.BigInteger(), nullable=False),
        sa.Column("zh", TEXT, nullable=False),
        sa.Column("en", TEXT, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["recall"], ["recalls.id"], name=op.f("fk_recall_messages_recall")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_recall_messages")),
    )
    op.create_index(op.f("ix_recall_messages_recall_number"), "recall_messages", ["recall", "number"])
    op.create_index(op.f("ix_recall_messages_kind_recipient_number"), "recall_messages", ["kind", "recipient", "number"])
    op.create_index(op.f("ix_recall_messages_delivered_at"), "recall_messages", ["delivered_at"])
