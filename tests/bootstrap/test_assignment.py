"""Which sites a worker is to have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.assignment import Assignment, group_of
from bootstrap.errors import RequestError


def test_named_sites_are_taken_whether_known_or_not() -> None:
    named = Assignment.parse(name=None, sites="north, south", group=None)
    assert (named.name, named.wanted({"north", "east"})) == ("north-south", {"north", "south"})


@given(st.sets(st.text(alphabet="abc-9", min_size=1), max_size=30), st.integers(1, 8))
def test_every_site_falls_into_exactly_one_group(sites: set[str], count: int) -> None:
    groups = [Assignment(name="g", group=(number, count)).wanted(sites) for number in range(1, count + 1)]
    assert set().union(*groups) == sites
    assert sum(map(len, groups)) == len(sites)


def test_a_group_is_the_same_in_every_version() -> None:
    assert [group_of(site, 4) for site in ("ningxiang", "north", "south", "站")] == [3, 2, 4, 4]
    assert Assignment.parse(name=None, sites=None, group="2/4").name == "group-2-of-4"


@pytest.mark.parametrize(
    ("sites", "group", "told"),
    [
        (None, None, "--sites a,b"),
        ("a", "1/2", "--sites a,b"),
        (" , ", None, "names no site"),
        ("a/b", None, "a/b"),
        (None, "5/4", "no group"),
        (None, "half", "no group"),
    ],
)
def test_what_is_no_assignment_is_told(sites: str | None, group: str | None, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        Assignment.parse(name=None, sites=sites, group=group)


def test_a_workers_name_is_fit_for_files_and_cursors() -> None:
    with pytest.raises(RequestError, match="no name of a worker"):
        Assignment.parse(name="../x", sites="a", group=None)
