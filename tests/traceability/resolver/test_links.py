import json

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traceability.conformance import FOLDER, needs_conformance
from traceability.gs1.digital_link import DigitalLink
from traceability.resolver.link_types import VOCABULARY, find_link_type, link_types
from traceability.resolver.links import (
    Level,
    ResolverLink,
    Wanted,
    chosen_link,
    default_link,
    forwarded,
    header_title,
    levels_of,
)
from traceability.resolver.linksets import linkset, linkset_header
from traceability.resolver.own_links import own_links
from traceability.resolver.requests import looks_compressed, read_wanted, weighted
from traceability.resolver.things import ThingKind

ROOT = "https://trace.example"
PACK = DigitalLink.parse_path("/01/09526000100010/22/V1/10/A/21/7")


def leads(to: str, link_type: str = "pip", **said: object) -> ResolverLink:
    return ResolverLink(link_type=link_type, href=f"https://brand.example/{to}", title=to, **said)  # type: ignore[arg-type]  # the test's own words


def level(*links: ResolverLink, default: ResolverLink | None = None) -> Level:
    return Level(link=PACK, description="a pack", links=links, default=default)


def asked(link_type: str = "pip", *languages: str, **said: tuple[str, ...]) -> Wanted:
    return Wanted(link_type=link_type, languages=languages, **said)  # type: ignore[arg-type]  # the test's own words


def test_a_code_has_a_level_for_each_choice_of_its_qualifiers_the_finest_first() -> None:
    assert [each.path.removeprefix("/01/09526000100010") for each in levels_of(PACK)] == [
        "/22/V1/10/A/21/7",
        "/10/A/21/7",
        "/22/V1/21/7",
        "/21/7",
        "/22/V1/10/A",
        "/10/A",
        "/22/V1",
        "",
    ]


def test_a_level_carries_no_data_attributes() -> None:
    link = DigitalLink.parse_path("/414/9526000100010/254/7", "17=260907")
    assert [each.path for each in levels_of(link)] == ["/414/9526000100010/254/7", "/414/9526000100010"]
    assert all(each.attributes == () for each in levels_of(link))


def test_the_default_is_of_the_finest_level_that_has_one() -> None:
    fine, coarse = leads("fine"), leads("coarse")
    assert default_link([level(), level(coarse, default=coarse)]) == coarse
    assert default_link([level(fine, default=fine), level(coarse, default=coarse)]) == fine
    assert default_link([level(fine), level(coarse, default=coarse)]) == coarse
    assert default_link([level(fine), level(coarse)]) == fine
    assert default_link([level(), level()]) is None


def test_a_type_is_looked_for_at_coarser_levels_too() -> None:
    fine, coarse = leads("fine"), leads("coarse", "recipeInfo")
    levels = [level(fine), level(coarse)]
    assert chosen_link(levels, asked("pip")) == fine
    assert chosen_link(levels, asked("recipeInfo")) == coarse
    assert chosen_link(levels, asked("jws")) is None


ZH, EN, ANY = leads("zh", languages=("zh",)), leads("en", languages=("en",)), leads("any")


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        (("en",), EN),
        (("en-GB",), EN),
        (("zh-Hans-CN", "en"), ZH),
        (("fr", "en"), EN),
        (("fr",), ANY),
        ((), ANY),
        (("*",), ZH),
    ],
)
def test_the_language_most_wanted_decides_between_links_of_one_type(
    languages: tuple[str, ...], expected: ResolverLink
) -> None:
    assert chosen_link([level(ZH, EN, ANY)], asked("pip", *languages)) == expected


def test_a_language_that_is_not_there_gets_the_first_rather_than_nothing() -> None:
    assert chosen_link([level(ZH, EN)], asked("pip", "fr")) == ZH


def test_context_comes_before_language_and_language_before_media_type() -> None:
    trade = leads("trade", contexts=("wholesale",), languages=("zh",))
    page, data = leads("page", media_type="text/html"), leads("data", media_type="application/json")
    links = level(page, data, EN, trade)
    assert chosen_link([links], asked("pip", "en", contexts=("wholesale",))) == trade
    assert chosen_link([links], asked("pip", "en", media_types=("application/json",))) == EN
    assert chosen_link([level(page, data)], asked("pip", media_types=("application/*",))) == data


def test_several_default_links_are_told_apart_by_language_and_the_one_default_is_the_rest() -> None:
    multi = leads("multi-en", "defaultLinkMulti", languages=("en",))
    links = level(ANY, multi, default=ANY)
    assert chosen_link([links], asked("", "en")) == multi
    assert chosen_link([links], asked("defaultLink", "en-US")) == multi
    assert chosen_link([links], asked("", "fr")) == ANY
    assert chosen_link([links], asked("")) == ANY


@pytest.mark.parametrize(
    ("href", "query", "expected"),
    [
        ("https://b.example/p", "foo=bar&17=260907", "https://b.example/p?foo=bar&17=260907"),
        ("https://b.example/p?a=1#x", "foo=b%20r", "https://b.example/p?a=1&foo=b%20r#x"),
        ("https://b.example/p", "linkType=gs1:pip&context=CN", "https://b.example/p?linkType=gs1:pip&context=CN"),
        ("https://b.example/p", "", "https://b.example/p"),
    ],
)
def test_the_query_goes_along_as_it_was_sent(href: str, query: str, expected: str) -> None:
    assert forwarded(ResolverLink(link_type="pip", href=href, title="p"), query) == expected


def test_our_own_pages_are_spared_what_was_said_to_the_resolver_and_what_the_link_says_itself() -> None:
    own = ResolverLink(link_type="pip", href=f"{ROOT}/x?lang=en", title="p", own=True)
    assert forwarded(own, "linkType=pip&foo=1&context=CN&lang=zh") == f"{ROOT}/x?lang=en&foo=1"


def test_a_link_that_takes_no_query_gets_none() -> None:
    assert forwarded(leads("x", forwards=False), "foo=bar") == "https://brand.example/x"


def test_titles_beyond_ascii_stand_in_headers_in_both_forms() -> None:
    assert header_title("Story") == 'title="Story"'
    assert header_title("来历 story") == "title=\"story\"; title*=UTF-8''%E6%9D%A5%E5%8E%86%20story"
    assert header_title('a"b\\c\r\nd').startswith('title="a b c d"')
    assert header_title("来历").startswith('title="link"; title*=')


@pytest.mark.parametrize("text", ["gs1:pip", "pip", "https://ref.gs1.org/voc/pip", "https://gs1.org/voc/pip"])
def test_a_link_type_is_known_in_every_spelling(text: str) -> None:
    found = find_link_type(text)
    assert found is not None
    assert found.uri == "https://ref.gs1.org/voc/pip"


def test_every_link_of_our_own_has_a_type_of_the_vocabulary_a_title_and_a_place_to_go() -> None:
    for kind in ThingKind:
        links = own_links(kind, PACK, ROOT)
        assert links
        for link in links:
            assert link.link_type in link_types()
            assert link.title
            assert link.href.startswith(f"{ROOT}/")
            assert link.own


def test_events_are_linked_by_the_items_epc_and_said_to_need_a_sign_in() -> None:
    (epcis,) = [link for link in own_links("item", PACK, ROOT) if link.link_type == "epcis"]
    epc = "https%3A%2F%2Fid.gs1.org%2F01%2F09526000100010%2F21%2F7"
    assert epcis.href == f"{ROOT}/epcis/epcs/{epc}/events"
    assert (epcis.public, epcis.forwards) == (False, False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("en", ("en",)),
        ("fr;q=0.2, en-GB;q=0.9, zh", ("zh", "en-gb", "fr")),
        ("en;q=0, zh;q=x", ()),
        ("", ()),
        (" , ;q=1,*;q=0.1", ("*",)),
    ],
)
def test_a_weighted_header_is_read_in_order_of_weight(header: str, expected: tuple[str, ...]) -> None:
    assert weighted(header) == expected


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_sent_reading_it_never_fails(query: str, accept: str, languages: str) -> None:
    wanted = read_wanted(query, accept=accept, accept_language=languages)
    assert chosen_link([level(ZH, EN, ANY, default=ANY)], wanted) in {ZH, EN, ANY, None}


@pytest.mark.parametrize(
    ("query", "accept", "listed"),
    [
        ("linkType=linkset", "", True),
        ("linkType=all", "text/html", True),
        ("linktype=gs1:all", "", True),
        ("", "application/linkset+json", True),
        ("", "text/html,*/*;q=0.8", False),
        ("linkType=gs1:pip", "text/html", False),
    ],
)
def test_a_linkset_is_asked_for_by_query_or_by_header(query: str, accept: str, *, listed: bool) -> None:
    assert read_wanted(query, accept=accept, accept_language="").listed is listed


@pytest.mark.parametrize(
    ("segment", "looks"),
    [
        ("ARHKVAdpQgWdsJ", True),
        ("DBHKVAdpQgqrEKLnlA", True),
        ("favicon", False),
        ("apple-touch-icon-precomposed", False),
        ("NotFoundPage", False),
        ("ARHK/VAdpQgqrE", False),
        ("", False),
    ],
)
def test_what_can_be_a_compressed_link_is_told_from_a_word(segment: str, *, looks: bool) -> None:
    assert looks_compressed(segment) is looks


@given(st.text(max_size=30))
def test_no_segment_makes_the_look_for_compression_fail(segment: str) -> None:
    assert looks_compressed(segment) in {True, False}


def test_a_linkset_has_one_default_in_all_and_it_says_no_more_than_where_to() -> None:
    own = own_links("item", PACK, ROOT)
    fine = Level(link=PACK, description="a pack", links=own, default=own[0])
    coarse = Level(link=levels_of(PACK)[-1], description="a product", links=(ANY,), default=ANY)
    anchors = linkset([fine, level(), coarse], ROOT)["linkset"]
    assert [each["anchor"] for each in anchors] == [ROOT + PACK.path, ROOT + "/01/09526000100010"]
    defaults = [each[f"{VOCABULARY}defaultLink"] for each in anchors if f"{VOCABULARY}defaultLink" in each]
    assert defaults == [[{"href": own[0].href, "title": own[0].title}]]


@needs_conformance
def test_a_linkset_meets_gs1s_schema() -> None:
    schema = json.loads((FOLDER / "digital_link/resolver/gs1-linkset-schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    trade = leads("trade", contexts=("wholesale",), languages=("en-GB",), media_type="application/pdf", forwards=False)
    for kind in ThingKind:
        links = (*own_links(kind, PACK, ROOT), trade)
        validator.validate(linkset([Level(link=PACK, description="x", links=links, default=links[0])], ROOT))


def test_the_header_leads_to_the_linkset_with_type_and_title() -> None:
    header = linkset_header(ROOT, PACK.path)
    assert header.startswith(f'<{ROOT}{PACK.path}?linkType=linkset>; rel="linkset"; type="application/linkset+json"')
    assert 'title="' in header
    assert header.isascii()
