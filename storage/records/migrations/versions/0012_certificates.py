"""Certificates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DECIMAL = sa.Text().with_variant(sa.Numeric(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "certificates",
        sa.Column("number", NUMBER, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("id", "kind", "product")),
        sa.Column("quantity", DECIMAL, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("origin", "batch")),
        sa.Column("issued_at", MOMENT, nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("issuer_kind", "issuer_name", "issuer_contact", "basis", "issued_by")
        ),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", TEXT, nullable=True),
        sa.Column("withdrawn_why", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_certificates")),
        sa.UniqueConstraint("id", name=op.f("uq_certificates_id")),
    )
    op.create_table(
        "certificate_farms",
        sa.Column("certificate", NUMBER, nullable=False),
        sa.Column("farm", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.number"], name=op.f("fk_certificate_farms_certificate")
        ),
        sa.PrimaryKeyConstraint("certificate", "farm", name=op.f("pk_certificate_farms")),
    )
    op.create_index(op.f("ix_certificate_farms_farm_certificate"), "certificate_farms", ["farm", "certificate"])
    op.create_table(
        "certificate_things",
        sa.Column("certificate", NUMBER, nullable=False),
        sa.Column("thing", TEXT, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.number"], name=op.f("fk_certificate_things_certificate")
        ),
        sa.PrimaryKeyConstraint("certificate", "thing", name=op.f("pk_certificate_things")),
    )
    op.create_index(op.f("ix_certificate_things_thing_certificate"), "certificate_things", ["thing", "certificate"])
    op.create_table(
        "certificate_parts",
        sa.Column("certificate", NUMBER, nullable=False),
        sa.Column("predecessor", NUMBER, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("quantity", DECIMAL, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.number"], name=op.f("fk_certificate_parts_certificate")
        ),
        sa.ForeignKeyConstraint(
            ["predecessor"], ["certificates.number"], name=op.f("fk_certificate_parts_predecessor")
        ),
        sa.PrimaryKeyConstraint("certificate", "predecessor", name=op.f("pk_certificate_parts")),
    )
    op.create_index(op.f("ix_certificate_parts_predecessor"), "certificate_parts", ["predecessor"])
