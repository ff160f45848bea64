"""The first tables: households, devices, animals, fields, events, and what surrounds them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The types as they are at this revision, whatever storage/records/columns.py will say later.
TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DECIMAL = sa.Text().with_variant(sa.Numeric(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("dev_eui", TEXT, nullable=True),
        sa.Column("gateway", TEXT, nullable=True),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("report_interval_s", sa.Integer(), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("dev_eui", name=op.f("uq_devices_dev_eui")),
    )
    op.create_table(
        "enterprises",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
    )
    op.create_table(
        "events",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("document_sha256", TEXT, nullable=False),
        sa.Column("event_type", TEXT, nullable=False),
        sa.Column("event_time", MOMENT, nullable=False),
        sa.Column("record_time", MOMENT, nullable=False),
        sa.Column("biz_step", TEXT, nullable=False),
        sa.Column("epcs", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_events")),
        sa.UniqueConstraint("event_id", "document_sha256", name=op.f("uq_events_event_id_document_sha256")),
    )
    op.create_table(
        "follower_cursors",
        sa.Column("follower", TEXT, nullable=False),
        sa.Column("cursor", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("follower", name=op.f("pk_follower_cursors")),
    )
    op.create_table(
        "households",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("township", TEXT, nullable=False),
        sa.Column("village", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_index(op.f("ix_households_township_village"), "households", ["township", "village"], unique=False)
    op.create_table(
        "products",
        sa.Column("gtin", TEXT, nullable=False),
        sa.Column("name_zh", TEXT, nullable=False),
        sa.Column("name_en", TEXT, nullable=False),
        sa.Column("net_weight_kg", DECIMAL, nullable=False),
        sa.Column("storage_zh", TEXT, nullable=False),
        sa.Column("storage_en", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("gtin", name=op.f("pk_products")),
    )
    op.create_table(
        "quarantine",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("topic", TEXT, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("kept_bytes", sa.Integer(), nullable=False),
        sa.Column("size", NUMBER, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("first_received", MOMENT, nullable=False),
        sa.Column("last_received", MOMENT, nullable=False),
        sa.Column("times", NUMBER, nullable=False),
        sa.Column("replayed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_last_received"), "quarantine", ["last_received"], unique=False)
    op.create_index(
        "ix_quarantine_oldest",
        "quarantine",
        ["device", "last_received", "digest", "kept_bytes", "replayed_at"],
        unique=False,
    )
    op.create_table(
        "quarantine_devices",
        sa.Column("device", TEXT, nullable=False),
        sa.Column("messages", NUMBER, nullable=False),
        sa.Column("kept_bytes", NUMBER, nullable=False),
        sa.Column("dropped", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_quarantine_devices")),
    )
    op.create_table(
        "sites",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "claims",
        sa.Column("enterprise", TEXT, nullable=False),
        sa.Column("household", TEXT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.CheckConstraint("until > since", name=op.f("ck_claims_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["enterprise"], ["enterprises.id"], name=op.f("fk_claims_enterprise")),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_claims_household")),
        sa.PrimaryKeyConstraint("enterprise", "household", "since", name=op.f("pk_claims")),
    )
    op.create_table(
        "event_epcs",
        sa.Column("epc", TEXT, nullable=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name=op.f("fk_event_epcs_event")),
        sa.PrimaryKeyConstraint("epc", "event", name=op.f("pk_event_epcs")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facilities",
        sa.Column("gln", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("county", TEXT, nullable=False),
        sa.Column("township", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("licence", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("timezone", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_facilities_site")),
        sa.PrimaryKeyConstraint("gln", name=op.f("pk_facilities")),
    )
    op.create_table(
        "farms",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("household", TEXT, nullable=False),
        sa.Column("site", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("gln", TEXT, nullable=False),
        sa.Column("public_name", TEXT, nullable=False),
        sa.Column("county", TEXT, nullable=False),
        sa.Column("timezone", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["household"], ["households.id"], name=op.f("fk_farms_household")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_farms_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_farms")),
        sa.UniqueConstraint("gln", name=op.f("uq_farms_gln")),
    )
    op.create_index(op.f("ix_farms_household"), "farms", ["household"], unique=False)
    op.create_table(
        "users",
        sa.Column("login", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("enterprise", TEXT, nullable=True),
        sa.CheckConstraint(
            "(role = 'enterprise') = (enterprise IS NOT NULL)", name=op.f("ck_users_enterprise_goes_with_its_role")
        ),
        sa.ForeignKeyConstraint(["enterprise"], ["enterprises.id"], name=op.f("fk_users_enterprise")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_users")),
    )
    op.create_table(
        "animals",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("farm", TEXT, nullable=False),
        sa.Column("breed", TEXT, nullable=False),
        sa.Column("sex", TEXT, nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["farm"], ["farms.id"], name=op.f("fk_animals_farm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_animals")),
    )
    op.create_index(op.f("ix_animals_farm"), "animals", ["farm"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("login", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["login"], ["users.login"], name=op.f("fk_credentials_login")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_credentials")),
    )
    op.create_index(op.f("ix_credentials_login"), "credentials", ["login"], unique=False)
    op.create_table(
        "fields",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("farm", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("area_mu", DECIMAL, nullable=False),
        sa.Column("crop", TEXT, nullable=False),
        sa.Column("variety", TEXT, nullable=False),
        sa.Column("planted_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["farm"], ["farms.id"], name=op.f("fk_fields_farm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fields")),
    )
    op.create_index(op.f("ix_fields_farm"), "fields", ["farm"], unique=False)
    op.create_table(
        "deployments",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("device", TEXT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("animal", TEXT, nullable=True),
        sa.Column("field", TEXT, nullable=True),
        sa.Column("channel", TEXT, nullable=True),
        sa.CheckConstraint(
            "(animal IS NULL) <> (field IS NULL)", name=op.f("ck_deployments_is_on_an_animal_or_in_a_field")
        ),
        sa.CheckConstraint("until > since", name=op.f("ck_deployments_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["animal"], ["animals.id"], name=op.f("fk_deployments_animal")),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_deployments_device")),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_deployments_field")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deployments")),
    )
    op.create_index(op.f("ix_deployments_animal"), "deployments", ["animal"], unique=False)
    op.create_index(op.f("ix_deployments_device"), "deployments", ["device"], unique=False)
    op.create_index(op.f("ix_deployments_field"), "deployments", ["field"], unique=False)
