"""What fields are like, laboratory results, harvests, weather, advice given, pushes and messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
MOMENT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
DECIMAL = sa.Text().with_variant(sa.Numeric(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _describe_fields()
    _make_tables()


def _describe_fields() -> None:
    always = "always" if op.get_bind().dialect.name == "sqlite" else "never"  # so that both ways lead to one definition
    with op.batch_alter_table("fields", recreate=always) as fields:
        for column in (
            sa.Column("land_use", TEXT, nullable=True),
            sa.Column("texture", TEXT, nullable=True),
            sa.Column("drainage", TEXT, nullable=True),
            sa.Column("depth_cm", sa.Double(), nullable=True),
            sa.Column("irrigated", sa.Boolean(), nullable=True),
            sa.Column("latitude_deg", sa.Double(), nullable=True),
            sa.Column("longitude_deg", sa.Double(), nullable=True),
            sa.Column("altitude_m", sa.Double(), nullable=True),
            sa.Column("climate", TEXT, nullable=True),
        ):
            fields.add_column(column)


def _make_tables() -> None:
    op.create_table(
        "soil_samples",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=False),
        sa.Column("top_cm", sa.Double(), nullable=False),
        sa.Column("bottom_cm", sa.Double(), nullable=False),
        sa.Column("laboratory", TEXT, nullable=False),
        sa.Column("report_number", TEXT, nullable=False),
        sa.Column("contents", TEXT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", TEXT, nullable=False),
        sa.CheckConstraint("bottom_cm > top_cm", name=op.f("ck_soil_samples_is_a_layer")),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_soil_samples_field")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_soil_samples")),
    )
    op.create_index(op.f("ix_soil_samples_field_sampled_on"), "soil_samples", ["field", "sampled_on"])
    op.create_table(
        "crop_tests",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("crop", TEXT, nullable=False),
        sa.Column("element", TEXT, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("uncertainty", sa.Double(), nullable=True),
        sa.Column("below_detection", sa.Boolean(), nullable=False),
        sa.Column("sampled_on", sa.Date(), nullable=False),
        sa.Column("laboratory", TEXT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_crop_tests_field")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crop_tests")),
    )
    op.create_index(op.f("ix_crop_tests_field_sampled_on"), "crop_tests", ["field", "sampled_on"])
    op.create_table(
        "official_classes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("level", TEXT, nullable=False),
        sa.Column("named_on", sa.Date(), nullable=False),
        sa.Column("authority", TEXT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("entered_by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_official_classes_field")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_official_classes")),
    )
    op.create_index(op.f("ix_official_classes_field"), "official_classes", ["field"])
    op.create_table(
        "harvests",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("crop", TEXT, nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("area_mu", DECIMAL, nullable=False),
        sa.Column("fresh_kg", DECIMAL, nullable=False),
        sa.Column("recorded_by", TEXT, nullable=False),
        sa.Column("variety", TEXT, nullable=False),
        sa.Column("township", TEXT, nullable=False),
        sa.Column("dry_matter_percent", sa.Double(), nullable=True),
        sa.Column("moisture_percent", sa.Double(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_harvests_field")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_harvests")),
    )
    op.create_index(op.f("ix_harvests_field"), "harvests", ["field"])
    op.create_table(
        "crop_money",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("crop", TEXT, nullable=False),
        sa.Column("farm", TEXT, nullable=False),
        sa.Column("price_yuan_kg", sa.Double(), nullable=False),
        sa.Column("cost_yuan_mu", sa.Double(), nullable=False),
        sa.Column("labour_days_mu", sa.Double(), nullable=False),
        sa.Column("wage_yuan_day", sa.Double(), nullable=False),
        sa.Column("priced_on", sa.Date(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_crop_money")),
    )
    op.create_index(op.f("ix_crop_money_farm_crop"), "crop_money", ["farm", "crop"])
    op.create_table(
        "advice",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", TEXT, nullable=True),
        sa.Column("withdrawn_changed", sa.Boolean(), nullable=True),
        sa.Column("withdrawn_zh", TEXT, nullable=True),
        sa.Column("withdrawn_en", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_advice_field")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_advice")),
    )
    op.create_index(op.f("ix_advice_field_number"), "advice", ["field", "number"])
    op.create_table(
        "pushes",
        sa.Column("field", TEXT, nullable=False),
        sa.Column("season", sa.Integer(), nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("acknowledged_by", TEXT, nullable=False),
        sa.Column("escalated_at", MOMENT, nullable=True),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("followed_up_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_pushes_field")),
        sa.PrimaryKeyConstraint("field", "season", "rule", "episode", name=op.f("pk_pushes")),
    )
    op.create_table(
        "messages",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("sms_zh", TEXT, nullable=False),
        sa.Column("zh", TEXT, nullable=False),
        sa.Column("en", TEXT, nullable=False),
        sa.Column("delivered_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["field"], ["fields.id"], name=op.f("fk_messages_field")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_messages_key")),
    )
    op.create_index(op.f("ix_messages_delivered_at"), "messages", ["delivered_at"])
    op.create_index(op.f("ix_messages_field_number"), "messages", ["field", "number"])
    op.create_table(
        "weather_days",
        sa.Column("place", TEXT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tmin_c", sa.Double(), nullable=True),
        sa.Column("tmax_c", sa.Double(), nullable=True),
        sa.Column("tmean_c", sa.Double(), nullable=True),
        sa.Column("rain_mm", sa.Double(), nullable=True),
        sa.Column("humidity_percent", sa.Double(), nullable=True),
        sa.Column("wind_m_s", sa.Double(), nullable=True),
        sa.Column("sunshine_h", sa.Double(), nullable=True),
        sa.Column("radiation_mj", sa.Double(), nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("place", "day", name=op.f("pk_weather_days")),
    )
