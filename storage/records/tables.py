"""The tables of the records. A change here needs a migration; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
)

from storage.records.columns import ROW_NUMBER, ExactDecimal, ForeignText, PlainText, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

sites = Table(
    "sites",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("simulated", Boolean, nullable=False),
)

households = Table(
    "households",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("label", PlainText, nullable=False),
    Column("name", PlainText, nullable=False),
    Column("township", PlainText, nullable=False),
    Column("village", PlainText, nullable=False),
    Index(None, "township", "village"),
)

farms = Table(
    "farms",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("household", PlainText, ForeignKey(households.c.id), nullable=False, index=True),
    Column("site", PlainText, ForeignKey(sites.c.id), nullable=False),
    Column("name", PlainText, nullable=False),
    Column("gln", PlainText, nullable=False, unique=True),
    Column("public_name", PlainText, nullable=False),
    Column("county", PlainText, nullable=False),
    Column("timezone", PlainText, nullable=False),
)

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("enterprise", PlainText, ForeignKey(enterprises.c.id), primary_key=True),
    Column("household", PlainText, ForeignKey(households.c.id), primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("until", UtcTime, nullable=False),
    CheckConstraint("until > since", name="ends_after_it_begins"),
)

users = Table(
    "users",
    metadata,
    Column("login", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("role", PlainText, nullable=False),
    Column("password_hash", PlainText, nullable=False),
    Column("enterprise", PlainText, ForeignKey(enterprises.c.id)),
    CheckConstraint("(role = 'enterprise') = (enterprise IS NOT NULL)", name="enterprise_goes_with_its_role"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("login", PlainText, ForeignKey(users.c.login), nullable=False, index=True),
    Column("kind", PlainText, nullable=False),
    Column("expires", UtcTime, nullable=False),
)

# The site and the gateway are names in MQTT topics: a device may be registered before either is.
devices = Table(
    "devices",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("site", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("dev_eui", PlainText, unique=True),
    Column("gateway", PlainText),
    Column("label", PlainText, nullable=False),
    Column("report_interval_s", Integer, nullable=False),
    Column("credential_version", Integer, nullable=False),
)

animals = Table(
    "animals",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("farm", PlainText, ForeignKey(farms.c.id), nullable=False, index=True),
    Column("breed", PlainText, nullable=False),
    Column("sex", PlainText, nullable=False),
    Column("born_on", Date, nullable=False),
    Column("status", PlainText, nullable=False),
    Column("left_on", Date),
)

fields = Table(
    "fields",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("farm", PlainText, ForeignKey(farms.c.id), nullable=False, index=True),
    Column("name", PlainText, nullable=False),
    Column("area_mu", ExactDecimal, nullable=False),
    Column("crop", PlainText, nullable=False),
    Column("variety", PlainText, nullable=False),
    Column("planted_on", Date),
    Column("land_use", PlainText),
    Column("texture", PlainText),
    Column("drainage", PlainText),
    Column("depth_cm", Double),
    Column("irrigated", Boolean),
    Column("latitude_deg", Double),
    Column("longitude_deg", Double),
    Column("altitude_m", Double),
    Column("climate", PlainText),
)

deployments = Table(
    "deployments",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("device", PlainText, ForeignKey(devices.c.id), nullable=False, index=True),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("animal", PlainText, ForeignKey(animals.c.id), index=True),
    Column("field", PlainText, ForeignKey(fields.c.id), index=True),
    Column("channel", PlainText),
    CheckConstraint("until > since", name="ends_after_it_begins"),
    CheckConstraint("(animal IS NULL) <> (field IS NULL)", name="is_on_an_animal_or_in_a_field"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("digest", PlainText, primary_key=True),
    Column("topic", ForeignText, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("kept_bytes", Integer, nullable=False),
    Column("size", ROW_NUMBER, nullable=False),
    Column("code", ForeignText, nullable=False),
    Column("reason", ForeignText, nullable=False),
    Column("device", ForeignText, nullable=False),
    Column("first_received", UtcTime, nullable=False),
    Column("last_received", UtcTime, nullable=False),
    Column("times", ROW_NUMBER, nullable=False),
    Column("replayed_at", UtcTime),
    # Covers the look for a device's oldest, so that no payload is read for it.
    Index("ix_quarantine_oldest", "device", "last_received", "digest", "kept_bytes", "replayed_at"),
    Index(None, "last_received"),
)

# What each device has in quarantine, kept with it: a look at the bound must not count thousands of rows.
quarantine_devices = Table(
    "quarantine_devices",
    metadata,
    Column("device", ForeignText, primary_key=True),
    Column("messages", ROW_NUMBER, nullable=False),
    Column("kept_bytes", ROW_NUMBER, nullable=False),
    Column("dropped", ROW_NUMBER, nullable=False),
)

# `epcs` is the event's list in its own order; `event_epcs` is the way from an EPC to its events.
# `content_sha256` is what repetitions of an event share; `facts_version` says by which rules facts were made (0: none).
events = Table(
    "events",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("event_id", PlainText, nullable=False),
    Column("content_sha256", PlainText, nullable=False),
    Column("event_type", PlainText, nullable=False),
    Column("event_time", UtcTime, nullable=False),
    Column("record_time", UtcTime, nullable=False),
    Column("biz_step", PlainText, nullable=False),
    Column("epcs", PlainText, nullable=False),
    Column("document", PlainText, nullable=False),
    Column("flags", PlainText, nullable=False),
    Column("facts_version", Integer, nullable=False, index=True),
    UniqueConstraint("event_id", "content_sha256"),
    Index(None, "event_time", "number"),
    Index(None, "record_time", "number"),
)

# What is found by is written with its event, which never goes: a reference to it would be a query for each of some
# eighteen rows an event (PostgreSQL, a fifth of a capture).
event_epcs = Table(
    "event_epcs",
    metadata,
    Column("epc", PlainText, primary_key=True),
    Column("event", ROW_NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What queries ask of an event; a text too long for an index stands as its digest.
event_texts = Table(
    "event_texts",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("text", PlainText, primary_key=True),
    Column("event", ROW_NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

event_numbers = Table(
    "event_numbers",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("number", Double, primary_key=True),
    Column("event", ROW_NUMBER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# The document is kept until the job is finished.
capture_jobs = Table(
    "capture_jobs",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("id", PlainText, nullable=False, unique=True),
    Column("owner", PlainText, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("finished", UtcTime),
    Column("behaviour", PlainText, nullable=False),
    Column("errors", PlainText, nullable=False),
    Column("body", LargeBinary),
    Index(None, "owner", "number"),
    Index(None, "finished"),
)

named_queries = Table(
    "named_queries",
    metadata,
    Column("owner", PlainText, primary_key=True),
    Column("name", PlainText, primary_key=True),
    Column("parameters", PlainText, nullable=False),
    Column("created", UtcTime, nullable=False),
)

# Whatever a link begins or ends at: things by canonical URI, and the steps and batches between them.
trace_things = Table(
    "trace_things",
    metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("name", PlainText, nullable=False, unique=True),
    Column("kind", PlainText, nullable=False),
)

# `claimed`: what the record itself supports; `certain` is less where several steps made the same lot. `onward` 0: what
# was made leads nowhere yet, and stands in `trace_makings` besides. Both ends are drawn from `trace_things`, where
# nothing goes, by whoever writes the link: no reference checks them once more.
trace_links = Table(
    "trace_links",
    metadata,
    Column("source", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("target", ROW_NUMBER, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("since_us", BigInteger, primary_key=True, autoincrement=False),
    Column("until_us", BigInteger, primary_key=True, autoincrement=False),
    Column("mode", SmallInteger, nullable=False),
    Column("certain", SmallInteger, nullable=False),
    Column("certain_among", SmallInteger, nullable=False),
    Column("claimed", SmallInteger, nullable=False),
    Column("onward", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

# By which rules the links were made.
trace_version = Table(
    "trace_version",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
)

recalls = Table(
    "recalls",
    metadata,
    Column("id", PlainText, primary_key=True),
    Column("state", PlainText, nullable=False, index=True),
    Column("reason", PlainText, nullable=False),
    Column("criterion", PlainText, nullable=False),
    Column("value", PlainText, nullable=False),
    Column("since", UtcTime),
    Column("until", UtcTime),
    Column("scope_digest", PlainText, nullable=False),
)

# Who took a recall to which state, when and why; never changed.
recall_steps = Table(
    "recall_steps",
    metadata,
    Column("recall", PlainText, ForeignKey(recalls.c.id), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", PlainText, nullable=False),
    Column("actor", PlainText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("why", PlainText, nullable=False),
)

# What is recalled itself; whatever comes of it, before or after, is found along the links.
recall_starts = Table(
    "recall_starts",
    metadata,
    Column("recall", PlainText, ForeignKey(recalls.c.id), primary_key=True),
    Column("thing", ROW_NUMBER, ForeignKey(trace_things.c.number), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The scope that was confirmed, as it was then.
recall_scopes = Table(
    "recall_scopes",
    metadata,
    Column("recall", PlainText, ForeignKey(recalls.c.id), primary_key=True),
    Column("thing", ROW_NUMBER, ForeignKey(trace_things.c.number), primary_key=True),
    Column("certain", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)

products = Table(
    "products",
    metadata,
    Column("gtin", PlainText, primary_key=True),
    Column("name_zh", PlainText, nullable=False),
    Column("name_en", PlainText, nullable=False),
    Column("net_weight_kg", ExactDecimal, nullable=False),
    Column("storage_zh", PlainText, nullable=False),
    Column("storage_en", PlainText, nullable=False),
)

facilities = Table(
    "facilities",
    metadata,
    Column("gln", PlainText, primary_key=True),
    Column("name", PlainText, nullable=False),
    Column("county", PlainText, nullable=False),
    Column("township", PlainText, nullable=False),
    Column("kind", PlainText, nullable=False),
    Column("licence", PlainText, nullable=False),
    Column("site", PlainText, ForeignKey(sites.c.id), nullable=False),
    Column("timezone", PlainText, nullable=False),
)

follower_cursors = Table(
    "follower_cursors",
    metadata,
    Column("follower", PlainText, primary_key=True),
    Column("cursor", PlainText, nullable=False),
)

access_revision = Table(
    "access_revision",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
)

# A site has one ingest worker, or the main service where it has none.
site_claims = Table(
    "site_claims",
    metadata,
    Column("site", PlainText, primary_key=True),
    Column("worker", PlainText, nullable=False, index=True),
    Column("client_id", PlainText, nullable=False),
    Column("subscribed", Boolean, nullable=False),
    Column("handed_over", Boolean, nullable=False),
    Column("leaving", Boolean, nullable=False),
    Column("heard", UtcTime),
)
