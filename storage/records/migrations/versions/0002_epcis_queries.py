"""EPCIS queries: facts and flags of events, capture jobs, named queries; an event is known by its content."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("events") as batch:
        batch.add_column(sa.Column("flags", TEXT, nullable=False, server_default="[]"))
        # 0: the facts are made after the migration, by the rules of the program that migrates.
        batch.add_column(sa.Column("facts_version", sa.Integer(), nullable=False, server_default="0"))
        batch.drop_constraint("uq_events_event_id_document_sha256", type_="unique")
        batch.alter_column("document_sha256", new_column_name="content_sha256", existing_type=TEXT)
    with op.batch_alter_table("events") as batch:
        batch.alter_column("flags", server_default=None, existing_type=TEXT)
        batch.alter_column("facts_version", server_default=None, existing_type=sa.Integer())
        batch.create_unique_constraint(op.f("uq_events_event_id_content_sha256"), ["event_id", "content_sha256"])
    op.create_index(op.f("ix_events_facts_version"), "events", ["facts_version"])
    op.create_index(op.f("ix_events_event_time_number"), "events", ["event_time", "number"])
    op.create_index(op.f("ix_events_record_time_number"), "events", ["record_time", "number"])
    op.create_table(
        "event_texts",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name=op.f("fk_event_texts_event")),
        sa.PrimaryKeyConstraint("name", "text", "event", name=op.f("pk_event_texts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "event_numbers",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("number", sa.Double(), nullable=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name=op.f("fk_event_numbers_event")),
        sa.PrimaryKeyConstraint("name", "number", "event", name=op.f("pk_event_numbers")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "capture_jobs",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("finished", MOMENT, nullable=True),
        sa.Column("behaviour", TEXT, nullable=False),
        sa.Column("errors", TEXT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_capture_jobs")),
        sa.UniqueConstraint("id", name=op.f("uq_capture_jobs_id")),
    )
    op.create_index(op.f("ix_capture_jobs_owner_number"), "capture_jobs", ["owner", "number"])
    op.create_index(op.f("ix_capture_jobs_finished"), "capture_jobs", ["finished"])
    op.create_table(
        "named_queries",
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("parameters", TEXT, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "name", name=op.f("pk_named_queries")),
    )
