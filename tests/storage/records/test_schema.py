from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select, text

from storage.records.engine import open_records
from storage.records.errors import RecordRefusedError, SchemaError
from storage.records.quarantine_bounds import Bounds
from storage.records.records import Records
from storage.records.schema import _check_references, _config, migrate
from storage.records.tables import metadata
from storage.records.transactions import OwnTransactions
from traceability.epcis.capture import capture_event
from traceability.epcis.event_queries import EventQuery, TextCondition

DEFINITIONS = {
    "sqlite": [
        """SELECT name, sql FROM sqlite_master WHERE type <> 'trigger' AND name NOT LIKE '%alembic_version%'
        ORDER BY name"""
    ],
    "postgresql": [
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%' ORDER BY 1, 2""",
        """SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
        ORDER BY 1, ordinal_position""",
        """SELECT indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1""",
    ],
}
REVISIONS = [f"{number:04}" for number in range(1, 18)]
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
OLD_EVENT = (
    '{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","type":"ObjectEvent",'
    '"eventID":"urn:x:1","eventTime":"1980-01-01T00:00:00Z","eventTimeZoneOffset":"+08:00","action":"OBSERVE",'
    '"epcList":["urn:x:pig"],"bizStep":"packing"}'
)


def _stored(engine: Engine) -> object:
    """Noon as the time columns of that database hold it."""
    return int(NOON.timestamp() * 1_000_000) if engine.dialect.name == "sqlite" else NOON


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = open_records(empty_url)
    yield engine
    engine.dispose()


def test_migrating_an_empty_database_applies_every_revision_and_then_none(engine: Engine) -> None:
    assert migrate(engine) == REVISIONS
    assert migrate(engine) == []


def test_the_migrations_make_exactly_the_tables_of_the_program(engine: Engine) -> None:
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_same_definitions_checks_and_collations_included(engine: Engine) -> None:
    migrate(engine)
    migrated = _definitions(engine)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert migrated == _definitions(engine)


def test_two_programs_may_migrate_at_once(empty_url: str) -> None:
    engines = [open_records(empty_url) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        applied = list(threads.map(migrate, engines))
    for engine in engines:
        engine.dispose()
    assert sorted(applied) == [[], REVISIONS]


def test_events_captured_before_there_were_queries_are_found_by_them_after_the_migration(engine: Engine) -> None:
    with OwnTransactions(engine).rebuilding() as connection:
        command.upgrade(_config(connection, lambda **_: None), "0001")
        for number, document in enumerate([OLD_EVENT, OLD_EVENT + " ", "{}"], start=1):
            values = {"id": "urn:x:1", "sha": str(number), "doc": document, "at": _stored(engine)}
            connection.execute(
                text(
                    "INSERT INTO events (event_id, document_sha256, event_type, event_time, record_time, biz_step,"
                    " epcs, document) VALUES (:id, :sha, 'ObjectEvent', :at, :at, 'packing', '[\"urn:x:pig\"]', :doc)"
                ),
                values,
            )
    assert migrate(engine) == REVISIONS[1:]
    records = Records.over(engine, OwnTransactions(engine), bounds=Bounds())
    query = EventQuery(conditions=(TextCondition(names=("bizStep",), texts=frozenset({"packing"})),))
    page = records.event_queries.page(query, visible=None, after=None, limit=9)
    assert [[flag.rule for flag in event.flags] for event in page.events] == [["long_ago"], ["long_ago"]]
    assert records.events.capture([capture_event(OLD_EVENT.encode(), record_time=NOON)]) == 0


def test_what_events_are_found_by_outlives_the_loss_of_its_references(engine: Engine) -> None:
    rows = {"event_epcs": ("urn:x:pig",), "event_texts": ("bizStep", "packing"), "event_numbers": ("price", 1.5)}
    with OwnTransactions(engine).rebuilding() as connection:
        command.upgrade(_config(connection, lambda **_: None), "0016")
        connection.execute(
            text(
                "INSERT INTO events (number, event_id, content_sha256, event_type, event_time, record_time, biz_step,"
                " epcs, document, flags, facts_version) VALUES (7, 'urn:x:1', 'x', 'ObjectEvent', :at, :at, 'packing',"
                " '[]', '{}', '[]', 1000)"
            ),
            {"at": _stored(engine)},
        )
        for table, key in rows.items():
            connection.execute(insert(metadata.tables[table]).values((*key, 7)))
    assert migrate(engine) == REVISIONS[16:]
    with engine.connect() as connection:
        kept = {table: tuple(connection.execute(select(metadata.tables[table])).one()) for table in rows}
    assert kept == {table: (*key, 7) for table, key in rows.items()}
    assert not any(inspect(engine).get_foreign_keys(table) for table in rows)


def test_records_of_a_newer_program_are_refused(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match="another version of tiantou"):
        migrate(engine)


def test_records_without_tables_say_what_to_do(empty_url: str) -> None:
    records = Records.open(empty_url)
    with pytest.raises(SchemaError, match="tiantou migrate"):
        records.devices.all()
    records.close()


def test_references_are_enforced_again_after_a_migration(tmp_path: Path) -> None:
    engine = open_records(f"sqlite:///{tmp_path}/records.sqlite")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def test_a_migration_that_would_leave_a_row_pointing_nowhere_is_refused(tmp_path: Path) -> None:
    engine = open_records(f"sqlite:///{tmp_path}/records.sqlite")
    migrate(engine)
    with OwnTransactions(engine).rebuilding() as connection:
        connection.exec_driver_sql("INSERT INTO credentials VALUES ('aa', 'nobody', 'session', 0)")
        with pytest.raises(RecordRefusedError, match="a row of credentials names a row of users"):
            _check_references(connection)
    engine.dispose()


def _definitions(engine: Engine) -> list[tuple[object, ...]]:
    """What the database itself says of tables, columns, constraints and indexes."""
    assert "devices" in inspect(engine).get_table_names()
    with engine.connect() as connection:
        rows = [tuple(row) for query in DEFINITIONS[engine.dialect.name] for row in connection.execute(text(query))]
    # The order of constraints within a table means nothing, nor do the quotes SQLite keeps from a table rebuilt.
    return [
        tuple(sorted(line.strip(" \t,").replace('"', "") for line in str(part).splitlines()) for part in row)
        for row in rows
    ]
