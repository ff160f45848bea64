"""What the livestock package needs kept."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from livestock.model import Animal, AnimalStatus
from observations.identifiers import EarTagNumber, FarmId


class AnimalRegistry(Protocol):
    """The animals."""

    def add(self, animal: Animal) -> None:
        """The animal is registered; raises AnimalExistsError."""

    def find(self, animal: EarTagNumber) -> Animal | None:
        """The animal of that number."""

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Animal]:
        """Every animal of these farms, dead or alive, by farm and number."""

    def all(self) -> Sequence[Animal]:
        """Every animal, by farm and number."""

    def change_status(self, animal: EarTagNumber, status: AnimalStatus, left_on: date | None) -> None:
        """The animal's status and the day it left hold."""
