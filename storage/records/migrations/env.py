"""How Alembic reaches the records: over the connection it is given, within its transaction."""

from alembic import context

from storage.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # Our own BEGIN stands around everything, so SQLite's tables change together or not at all.
    transactional_ddl=True,
    render_as_batch=True,
    on_version_apply=context.config.attributes["note"],
)

with context.begin_transaction():
    context.run_migrations()
