"""Digests of raw readings for tests."""

from collections.abc import Sequence
from datetime import date

from observations.digests import DayDigest
from observations.identifiers import EarTagNumber


class NoReadings:
    """ReadingDigests where nothing is kept."""

    def of_animal(self, animal: EarTagNumber) -> Sequence[DayDigest]:  # noqa: ARG002 the port asks so
        return []


class SomeReadings:
    """ReadingDigests of one day."""

    def of_animal(self, animal: EarTagNumber) -> Sequence[DayDigest]:
        return [DayDigest(day=date(2026, 1, 2), values=len(animal), sha256="ab" * 32)]
