"""Alembic's migrations of the records; `storage.records.schema.migrate` runs them."""
