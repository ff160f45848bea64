from datetime import UTC, datetime, timedelta
from itertools import repeat
from zoneinfo import ZoneInfo

from starlette.testclient import TestClient

from api.grants import Grant, Grants, Kind
from tests.api.world import NOW, small_world

PIG = "143018200000147"
KEY: tuple[str, Kind, str] = ("session x", "animal", PIG)


def a_grant(until: datetime = NOW + timedelta(hours=1)) -> Grant:
    return Grant(subject=PIG, streams=(), zone=ZoneInfo("Asia/Shanghai"), until=until)


def test_a_grant_is_remembered_until_something_changes() -> None:
    grants = Grants()
    assert grants.find(KEY, revision=1, now=NOW) is None
    grants.keep(KEY, a_grant(), revision=1)
    assert grants.find(KEY, revision=1, now=NOW) == a_grant()
    assert grants.find(KEY, revision=2, now=NOW) is None
    assert grants.find(KEY, revision=1, now=NOW) is None


def test_a_grant_ends_by_itself() -> None:
    grants = Grants()
    grants.find(KEY, revision=1, now=NOW)
    grants.keep(KEY, a_grant(until=NOW), revision=1)
    assert grants.find(KEY, revision=1, now=NOW) is None


def test_what_was_looked_up_before_a_change_is_not_kept_after_it() -> None:
    grants = Grants()
    grants.find(KEY, revision=2, now=NOW)
    grants.keep(KEY, a_grant(), revision=1)
    assert grants.find(KEY, revision=2, now=NOW) is None


def test_the_oldest_grant_makes_room() -> None:
    grants = Grants(most=2)
    grants.find(KEY, revision=1, now=NOW)
    for name in "abc":
        grants.keep((name, "animal", PIG), a_grant(), revision=1)
    kept = [name for name in "abc" if grants.find((name, "animal", PIG), revision=1, now=NOW)]
    assert kept == ["b", "c"]


def latest(client: TestClient) -> int:
    return client.get(f"/api/v1/animals/{PIG}/latest").status_code


def test_a_second_request_asks_the_records_for_nothing() -> None:
    world = small_world()
    world.revisions = repeat(7)
    client = world.program("wangbei")
    assert latest(client) == 200
    world.accounts.credentials.clear()  # behind the application's back: the revision stands still
    assert latest(client) == 200


def test_with_a_new_revision_the_records_are_asked_again() -> None:
    world = small_world()
    world.revisions = iter([7, 7, 8])
    client = world.program("wangbei")
    assert latest(client) == 200
    world.accounts.credentials.clear()
    assert latest(client) == 200
    assert latest(client) == 401


def test_sight_ends_with_the_claim_though_nothing_changes() -> None:
    world = small_world()
    world.revisions = repeat(7)
    world.now = datetime(2027, 3, 30, 23, tzinfo=UTC)
    client = world.program("wangbei")
    assert latest(client) == 200
    world.now = datetime(2027, 3, 31, 1, tzinfo=UTC)
    assert latest(client) == 404


def test_nobody_inherits_the_grant_of_another() -> None:
    world = small_world()
    world.revisions = repeat(7)
    mine, foreign = world.program("wangbei"), world.program("other")
    assert [latest(mine), latest(foreign), latest(mine)] == [200, 404, 200]
