"""What the agronomy package needs kept."""

from collections.abc import Collection, Sequence
from typing import Protocol

from agronomy.model import Field
from observations.identifiers import FarmId, FieldId


class FieldRegistry(Protocol):
    """The fields."""

    def add(self, field: Field) -> None:
        """The field is registered; raises FieldExistsError."""

    def find(self, field: FieldId) -> Field | None:
        """The field of that id."""

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Field]:
        """Every field of these farms, by farm and name."""

    def all(self) -> Sequence[Field]:
        """Every field, by farm and name."""
