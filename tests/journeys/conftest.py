"""A house for each journey."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import JourneyHouse, house_in


@pytest.fixture
def house(tmp_path: Path) -> Iterator[JourneyHouse]:
    with house_in(tmp_path / "var") as prepared:
        yield prepared
