import pytest
from fastapi.testclient import TestClient

from tests.api.public.visits import visitor
from tests.traceability.one_life import (
    whole_life,
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return visitor(whole_life())
