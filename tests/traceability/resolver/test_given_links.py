import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.errors import DigitalLinkError, GivenLinkError
from traceability.resolver.given_links import read_key, read_link
from traceability.resolver.links import ResolverLink


def link(**said: object) -> ResolverLink:
    words = {"link_type": "gs1:pip", "href": "https://brand.example/p", "title": "A page"} | said
    return read_link(**words)  # type: ignore[arg-type]  # the test's own words


def test_a_link_is_read_with_its_types_name_and_its_address_ready_for_a_header() -> None:
    found = link(
        href=" https://brand.example/猪?a=b c".replace(" c", "%20c"), title="  一头\n猪 ", languages=["zh", "zh"]
    )
    assert found.link_type == "pip"
    assert found.href == "https://brand.example/%E7%8C%AA?a=b%20c"
    assert (found.title, found.languages, found.forwards) == ("一头 猪", ("zh",), True)


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        ({"link_type": "gs1:tracability"}, "type", "did you mean gs1:traceability"),
        ({"link_type": "gs1:defaultLink"}, "type", "make it the default"),
        ({"link_type": "schema:url"}, "type", "no link type of GS1's vocabulary"),
        ({"href": "javascript:alert(1)"}, "target", "web address"),
        ({"href": "//brand.example/p"}, "target", "web address"),
        ({"href": "https://user:pw@brand.example/"}, "target", "no user"),
        ({"href": "https://[brand/"}, "target", "web address"),
        ({"href": "https://brand.example/a b"}, "target", "no spaces"),
        ({"href": "https://brand.example/\r\nX-A: b"}, "target", "web address|no spaces"),
        ({"href": "https://brand.example/" + "a" * 1500}, "target", "1500"),
        ({"title": " "}, "title", "what is to be seen"),
        ({"languages": ["Chinese"]}, "language", "two letters"),
        ({"media_type": "html"}, "media type", "text/html"),
        ({"contexts": ["a b"]}, "context", "one word"),
        ({"contexts": [f"c{number}" for number in range(11)]}, "context", "at most 10"),
    ],
)
def test_what_cannot_be_a_link_is_refused_with_the_field_and_the_rule(
    said: dict[str, object], field: str, rule: str
) -> None:
    with pytest.raises(GivenLinkError, match=rule) as caught:
        link(**said)
    assert caught.value.field == field


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_any_words_are_a_link_that_fits_a_header_or_the_one_error(href: str, title: str, language: str) -> None:
    try:
        found = link(href=f"https://brand.example/{href}", title=title, languages=[language])
    except GivenLinkError:
        return
    assert found.href.isascii()
    assert found.href.isprintable()


@pytest.mark.parametrize(
    "text",
    ["/01/09526000100010/10/A", "01/09526000100010/10/A", "https://any.example/stem/01/09526000100010/10/A?x=1"],
)
def test_a_key_is_a_path_or_a_link_on_any_host(text: str) -> None:
    assert read_key(text).path == "/01/09526000100010/10/A"


def test_a_malformed_key_says_which_rule_it_breaks() -> None:
    with pytest.raises(DigitalLinkError, match="check digit"):
        read_key("/01/09526000100011")
