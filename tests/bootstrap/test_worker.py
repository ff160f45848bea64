"""What a worker claims, without its broker."""

from collections.abc import Sequence

import pytest

from bootstrap.assignment import Assignment
from bootstrap.data_folder import DataFolder
from bootstrap.errors import RequestError
from bootstrap.house import House
from bootstrap.settings import Settings
from bootstrap.worker import RunningIngest, Worker
from households.model import Site
from observations.identifiers import SiteId
from storage.records.records import Records


@pytest.fixture
def house(folder: DataFolder) -> House:
    return House.of(Settings(data_dir=folder.root))


def worker(house: House, records: Records, assignment: Assignment) -> Worker:
    def never(_: Sequence[str]) -> RunningIngest:
        raise AssertionError

    return Worker(house, records, assignment, build_ingest=never)


def register(records: Records, *sites: str) -> None:
    for site in sites:
        records.households.add_site(Site(id=SiteId.parse(site), name=site))


def held(records: Records) -> list[tuple[str, str]]:
    return sorted((claim.site, claim.worker) for claim in records.site_claims.all())


def test_a_group_has_its_free_sites_though_another_worker_has_one_of_them(house: House, records: Records) -> None:
    register(records, "a", "b", "c")
    worker(house, records, Assignment(name="first", sites=frozenset({"b"})))._claims()
    every = worker(house, records, Assignment(name="every"))
    assert [claim.site for claim in every._claims()] == ["a", "c"]
    assert held(records) == [("a", "every"), ("b", "first"), ("c", "every")]
    records.site_claims.forget("first")
    assert [claim.site for claim in every._claims()] == ["a", "b", "c"], "once it is free"


def test_sites_that_were_named_are_had_together_or_refused_with_their_holder(house: House, records: Records) -> None:
    register(records, "a", "b")
    worker(house, records, Assignment(name="first", sites=frozenset({"b"})))._claims()
    with pytest.raises(RequestError, match="site b belongs to worker first: tiantou workers release first"):
        worker(house, records, Assignment(name="second", sites=frozenset({"a", "b"})))._claims()
    assert held(records) == [("b", "first")]


def test_a_worker_that_is_leaving_claims_nothing_more(house: House, records: Records) -> None:
    register(records, "a")
    every = worker(house, records, Assignment(name="every"))
    every._claims()
    records.site_claims.leave("every")
    register(records, "b")
    assert not every.tend()
    assert held(records) == [("a", "every")]
