from collections.abc import Iterator

import pytest
from pwdlib import PasswordHash

from tests.api.world import QUICK_HASH, World, empty_world, small_world


@pytest.fixture(scope="package", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Doors hash with the least cost, as the passwords of `World` are hashed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PasswordHash, "recommended", lambda: QUICK_HASH)
        yield


@pytest.fixture
def world() -> World:
    """Two enterprises: `wangbei` has claimed households 1 and 2, `other` household 3."""
    return small_world()


@pytest.fixture
def empty() -> World:
    """The same users, but nothing claimed, planted or heard."""
    return empty_world()
