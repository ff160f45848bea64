"""One Global Location Number names one place, be it a farm or a facility."""

from sqlalchemy import Connection, select, union_all

from households.errors import DuplicateRecordError
from storage.records.tables import facilities, farms


def refuse_taken_gln(connection: Connection, gln: str) -> None:
    """No place has this GLN yet; raises DuplicateRecordError."""
    query = union_all(
        select(farms.c.gln).where(farms.c.gln == gln),
        select(facilities.c.gln).where(facilities.c.gln == gln),
    )
    if connection.execute(query).first() is not None:
        kind = "GLN"
        raise DuplicateRecordError(kind, gln)
