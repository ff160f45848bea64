"""What is asked of events refers to them no longer: on PostgreSQL that was a query for every row that was written."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _without_reference("event_epcs", sa.Column("epc", TEXT, nullable=False))
    _without_reference("event_texts", sa.Column("name", TEXT, nullable=False), sa.Column("text", TEXT, nullable=False))
    _without_reference(
        "event_numbers", sa.Column("name", TEXT, nullable=False), sa.Column("number", sa.Double(), nullable=False)
    )


def _without_reference(table: str, *columns: sa.Column[str] | sa.Column[float]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(f"fk_{table}_event"), table, type_="foreignkey")
        return
    before = f"{table}_before"
    op.rename_table(table, before)
    op.create_table(
        table,
        *columns,
        sa.Column("event", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint(*(column.name for column in columns), "event", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.execute(f"INSERT INTO {table} SELECT * FROM {before}")  # noqa: S608 - our names
    op.drop_table(before)
