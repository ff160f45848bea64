from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.records.records import Records
from tests.traceability.links_in_memory import LinksInMemory
from traceability.resolver.given_links import GivenLink
from traceability.resolver.links import ResolverLink
from traceability.resolver.ports import GivenLinks, NoLinks

KEY = "/01/09526000100010"
LINK = ResolverLink(
    link_type="recipeInfo",
    href="https://brand.example/recipe",
    title="红烧肉",
    media_type="text/html",
    languages=("zh", "en-GB"),
    contexts=("CN",),
    forwards=False,
)
GIVEN = GivenLink(key=KEY, link=LINK, default=False, by="li.na", at=datetime(2026, 11, 23, tzinfo=UTC))


def to(page: str, *, default: bool = False, key: str = KEY) -> GivenLink:
    return replace(GIVEN, key=key, default=default, link=replace(LINK, href=f"https://brand.example/{page}"))


@pytest.fixture(params=["stored", "in memory"])
def links(request: pytest.FixtureRequest, records: Records) -> GivenLinks:
    return LinksInMemory() if request.param == "in memory" else records.given_links


def test_a_link_comes_back_as_it_was_given_with_its_number(links: GivenLinks) -> None:
    kept = links.add(GIVEN)
    assert kept == replace(GIVEN, number=kept.number, default=True)
    assert links.of([KEY, "/01/x"]) == [kept]
    assert links.list() == [kept]
    assert links.of([]) == []


def test_the_first_link_of_a_key_is_its_default_until_another_is_made_so(links: GivenLinks) -> None:
    links.add(to("a"))
    links.add(to("b"))
    assert [each.default for each in links.of([KEY])] == [True, False]
    links.add(to("c", default=True))
    assert [each.default for each in links.of([KEY])] == [False, False, True]
    links.add(to("b", default=True))
    assert [each.default for each in links.of([KEY])] == [False, True, False]


def test_where_the_default_is_removed_the_oldest_left_is_it(links: GivenLinks) -> None:
    links.add(to("a"))
    links.add(to("b"))
    third = links.add(to("c", default=True))
    assert links.remove(third.number)
    assert [each.default for each in links.of([KEY])] == [True, False]
    assert not links.remove(third.number)


def test_the_last_link_removed_leaves_nothing(links: GivenLinks) -> None:
    kept = links.add(GIVEN)
    assert links.remove(kept.number)
    assert links.list() == []
    assert links.add(GIVEN).default


def test_the_same_link_again_only_renews_its_title(links: GivenLinks) -> None:
    first = links.add(GIVEN)
    again = links.add(replace(GIVEN, link=replace(LINK, title="东坡肉", forwards=True)))
    assert (again.number, again.link.title, again.link.forwards) == (first.number, "东坡肉", True)
    assert len(links.list()) == 1


def test_links_are_listed_by_key_and_each_key_has_a_default_of_its_own(links: GivenLinks) -> None:
    links.add(to("b", key="/414/9526000100010"))
    links.add(to("a"))
    assert [(each.key, each.default) for each in links.list()] == [(KEY, True), ("/414/9526000100010", True)]


def test_where_no_links_are_kept_there_are_none_and_none_is_lost_silently() -> None:
    nowhere = NoLinks()
    assert (nowhere.of([KEY]), nowhere.list(), nowhere.remove(1)) == ((), (), False)
    with pytest.raises(LookupError, match="would be lost"):
        nowhere.add(GIVEN)
