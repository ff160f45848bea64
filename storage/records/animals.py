"""The animal registry in SQL."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from livestock.errors import AnimalExistsError
from livestock.model import Animal, AnimalStatus, Sex
from observations.identifiers import EarTagNumber, FarmId
from storage.records.errors import MissingRecordError
from storage.records.tables import animals, farms
from storage.records.transactions import Repository, in_chunks, insert_new, require


class SqlAnimalRegistry(Repository):
    """`livestock.ports.AnimalRegistry`."""

    def add(self, animal: Animal) -> None:
        """The animal is registered; raises AnimalExistsError, and MissingRecordError where its farm is not."""
        with self._transactions.writing() as connection:
            require(connection, farms.c.id, animal.farm, kind="farm")
            if not insert_new(connection, animals, _values(animal)):
                raise AnimalExistsError(animal.id)

    def find(self, animal: EarTagNumber) -> Animal | None:
        """The animal of that number."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(animals).where(animals.c.id == animal)).first()
        return None if row is None else _animal(row)

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Animal]:
        """Every animal of these farms, dead or alive, by farm and number."""
        query = select(animals).order_by(animals.c.farm, animals.c.id)
        with self._transactions.reading() as connection:
            # Chunks come in order of farm, so that what they give needs no sorting again.
            return [
                _animal(row)
                for chunk in in_chunks(farms)
                for row in connection.execute(query.where(animals.c.farm.in_(chunk)))
            ]

    def all(self) -> Sequence[Animal]:
        """Every animal, by farm and number."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(animals).order_by(animals.c.farm, animals.c.id)).all()
        return [_animal(row) for row in rows]

    def change_status(self, animal: EarTagNumber, status: AnimalStatus, left_on: date | None) -> None:
        """The animal's status and the day it left hold; raises MissingRecordError where it is not registered."""
        change = update(animals).where(animals.c.id == animal).values(status=status.value, left_on=left_on)
        with self._transactions.writing() as connection:
            if connection.execute(change).rowcount == 0:
                kind = "animal"
                raise MissingRecordError(kind, animal)


def _values(animal: Animal) -> dict[str, Any]:
    return {
        "id": animal.id,
        "farm": animal.farm,
        "breed": animal.breed,
        "sex": animal.sex.value,
        "born_on": animal.born_on,
        "status": animal.status.value,
        "left_on": animal.left_on,
    }


def _animal(row: Row[Any]) -> Animal:
    return Animal(
        id=EarTagNumber.parse(row.id),
        farm=FarmId.parse(row.farm),
        breed=row.breed,
        sex=Sex(row.sex),
        born_on=row.born_on,
        status=AnimalStatus(row.status),
        left_on=row.left_on,
    )
