"""The field registry in SQL."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select, update

from agronomy.errors import FieldExistsError
from agronomy.model import Field
from agronomy.soil.samples import LandUse
from observations.identifiers import FarmId, FieldId
from storage.records.tables import farms, fields
from storage.records.transactions import Repository, in_chunks, insert_new, require

KNOWN_OF_PLOT = ("texture", "drainage", "depth_cm", "irrigated", "latitude_deg", "longitude_deg", "altitude_m")
"""Columns that are called and kept as in Field."""


class SqlFieldRegistry(Repository):
    """`agronomy.ports.FieldRegistry`."""

    def add(self, field: Field) -> None:
        """The field is registered; raises FieldExistsError, and MissingRecordError where its farm is not."""
        with self._transactions.writing() as connection:
            require(connection, farms.c.id, field.farm, kind="farm")
            if not insert_new(connection, fields, _values(field)):
                raise FieldExistsError(field.id)

    def change(self, field: Field) -> None:
        """The field of that id is so from now on; raises MissingRecordError where it, or its farm, is not there."""
        with self._transactions.writing() as connection:
            require(connection, farms.c.id, field.farm, kind="farm")
            require(connection, fields.c.id, field.id, kind="field")
            connection.execute(update(fields).where(fields.c.id == field.id).values(**_values(field)))

    def find(self, field: FieldId) -> Field | None:
        """The field of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(fields).where(fields.c.id == field)).first()
        return None if row is None else _field(row)

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Field]:
        """Every field of these farms, by farm and name."""
        query = select(fields).order_by(fields.c.farm, fields.c.name, fields.c.id)
        with self._transactions.reading() as connection:
            # Chunks come in order of farm, so that what they give needs no sorting again.
            return [
                _field(row)
                for chunk in in_chunks(farms)
                for row in connection.execute(query.where(fields.c.farm.in_(chunk)))
            ]

    def all(self) -> Sequence[Field]:
        """Every field, by farm and name."""
        query = select(fields).order_by(fields.c.farm, fields.c.name, fields.c.id)
        with self._transactions.reading() as connection:
            return [_field(row) for row in connection.execute(query)]


def _values(field: Field) -> dict[str, Any]:
    return {
        "id": field.id,
        "farm": field.farm,
        "name": field.name,
        "area_mu": field.area_mu,
        "crop": field.crop,
        "variety": field.variety,
        "planted_on": field.planted_on,
        "land_use": None if field.land_use is None else field.land_use.value,
        **{name: getattr(field, name) for name in KNOWN_OF_PLOT},
        "climate": field.climate or None,
    }


def _field(row: Row[Any]) -> Field:
    return Field(
        id=FieldId.parse(row.id),
        farm=FarmId.parse(row.farm),
        name=row.name,
        area_mu=row.area_mu,
        crop=row.crop,
        variety=row.variety,
        planted_on=row.planted_on,
        land_use=None if row.land_use is None else LandUse(row.land_use),
        **{name: getattr(row, name) for name in KNOWN_OF_PLOT},
        climate=row.climate or "",
    )
