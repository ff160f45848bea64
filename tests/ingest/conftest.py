"""What the tests of ingest share."""

import pytest

from tests.ingest.house import House


@pytest.fixture
def house() -> House:
    """A pipeline over lists, with a few registered devices."""
    return House()
