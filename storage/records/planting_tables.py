"""The tables of laboratory results, harvests, weather, advice and pushes."""

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Double, ForeignKey, Index, Integer, Table

from storage.records.columns import ROW_NUMBER, ExactDecimal, PlainText, UtcTime
from storage.records.tables import fields, metadata

# `contents` is JSON: analyte → value, uncertainty, below_detection.
soil_samples = Table(
    "soil_samples",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False),
    Column("sampled_on", Date, nullable=False),
    Column("top_cm", Double, nullable=False),
    Column("bottom_cm", Double, nullable=False),
    Column("laboratory", PlainText, nullable=False),
    Column("report_number", PlainText, nullable=False),
    Column("contents", PlainText, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("entered_by", PlainText, nullable=False),
    CheckConstraint("bottom_cm > top_cm", name="is_a_layer"),
    Index(None, "field", "sampled_on"),
)

crop_tests = Table(
    "crop_tests",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False),
    Column("crop", PlainText, nullable=False),
    Column("element", PlainText, nullable=False),
    Column("value", Double, nullable=False),
    Column("uncertainty", Double),
    Column("below_detection", Boolean, nullable=False),
    Column("sampled_on", Date, nullable=False),
    Column("laboratory", PlainText, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("entered_by", PlainText, nullable=False),
    Index(None, "field", "sampled_on"),
)

official_classes = Table(
    "official_classes",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False, index=True),
    Column("level", PlainText, nullable=False),
    Column("named_on", Date, nullable=False),
    Column("authority", PlainText, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Column("entered_by", PlainText, nullable=False),
)

# The digest is of everything a harvest says, so that a file read twice adds nothing.
harvests = Table(
    "harvests",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False, index=True),
    Column("crop", PlainText, nullable=False),
    Column("season", Integer, nullable=False),
    Column("harvested_on", Date, nullable=False),
    Column("area_mu", ExactDecimal, nullable=False),
    Column("fresh_kg", ExactDecimal, nullable=False),
    Column("recorded_by", PlainText, nullable=False),
    Column("variety", PlainText, nullable=False),
    Column("township", PlainText, nullable=False),
    Column("dry_matter_percent", Double),
    Column("moisture_percent", Double),
    Column("confirmed", Boolean, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
)

# farm "" is every farm
crop_money = Table(
    "crop_money",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("crop", PlainText, nullable=False),
    Column("farm", PlainText, nullable=False),
    Column("price_yuan_kg", Double, nullable=False),
    Column("cost_yuan_mu", Double, nullable=False),
    Column("labour_days_mu", Double, nullable=False),
    Column("wage_yuan_day", Double, nullable=False),
    Column("priced_on", Date, nullable=False),
    Column("source", PlainText, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Index(None, "farm", "crop"),
)

# `content` is the advice as plain JSON, as it was given.
advice = Table(
    "advice",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("content", PlainText, nullable=False),
    Column("withdrawn_at", UtcTime),
    Column("withdrawn_by", PlainText),
    Column("withdrawn_changed", Boolean),
    Column("withdrawn_zh", PlainText),
    Column("withdrawn_en", PlainText),
    Index(None, "field", "number"),
)

pushes = Table(
    "pushes",
    metadata,
    Column("field", PlainText, ForeignKey(fields.c.id), primary_key=True),
    Column("season", Integer, primary_key=True),
    Column("rule", PlainText, primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("sent_at", UtcTime, nullable=False),
    Column("acknowledged_at", UtcTime),
    Column("acknowledged_by", PlainText, nullable=False),
    Column("escalated_at", UtcTime),
    Column("cleared_at", UtcTime),
    Column("outcome", PlainText, nullable=False),
    Column("followed_up_at", UtcTime),
)

messages = Table(
    "messages",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("key", PlainText, nullable=False, unique=True),
    Column("field", PlainText, ForeignKey(fields.c.id), nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("sms_zh", PlainText, nullable=False),
    Column("zh", PlainText, nullable=False),
    Column("en", PlainText, nullable=False),
    Column("delivered_at", UtcTime, index=True),
    Index(None, "field", "number"),
)

weather_days = Table(
    "weather_days",
    metadata,
    Column("place", PlainText, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("tmin_c", Double),
    Column("tmax_c", Double),
    Column("tmean_c", Double),
    Column("rain_mm", Double),
    Column("humidity_percent", Double),
    Column("wind_m_s", Double),
    Column("sunshine_h", Double),
    Column("radiation_mj", Double),
    Column("source", PlainText, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
)
