import pytest

from tests.api.world import World, empty_world, small_world


@pytest.fixture
def world() -> World:
    """Two enterprises: `wangbei` has claimed households 1 and 2, `other` household 3."""
    return small_world()


@pytest.fixture
def empty() -> World:
    """The same users, but nothing claimed, planted or heard."""
    return empty_world()
