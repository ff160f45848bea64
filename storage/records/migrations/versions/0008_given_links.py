"""Links given to GS1 keys, and by which company prefix keys were minted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "given_links",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("link_type", TEXT, nullable=False),
        sa.Column("href", TEXT, nullable=False),
        sa.Column("languages", TEXT, nullable=False),
        sa.Column("media_type", TEXT, nullable=False),
        sa.Column("contexts", TEXT, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("forwards", sa.Boolean(), nullable=False),
        sa.Column("given_by", TEXT, nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_given_links")),
        sa.UniqueConstraint(
            "key", "link_type", "href", "languages", "media_type", "contexts", name=op.f("uq_given_links_same")
        ),
    )
    op.create_table(
        "default_links",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("link", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["link"], ["given_links.number"], name=op.f("fk_default_links_link")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_default_links")),
    )
    op.create_index(op.f("ix_default_links_link"), "default_links", ["link"])
    op.create_table(
        "company_prefixes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("prefix", TEXT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_company_prefixes")),
    )
    op.create_table(
        "minted_keys",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("minted", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_minted_keys")),
    )
