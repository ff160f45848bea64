import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gtin

VECTORS = Path(__file__).parents[4] / "shared/conformance/digital_link/parse_vectors.json"
GTIN = Gtin.parse("09526000100010")
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz"


def agrees(vector: dict[str, object]) -> bool:
    try:
        DigitalLink.parse(str(vector["uri"]))
    except DigitalLinkError:
        return not vector["accept"]
    return bool(vector["accept"])


@pytest.mark.skipif(not VECTORS.exists(), reason=f"{VECTORS} is not there")
def test_gs1s_public_vectors_are_accepted_and_refused_as_gs1_does() -> None:
    vectors = json.loads(VECTORS.read_text())
    assert [vector["uri"] for vector in vectors if not agrees(vector)] == []
    assert len(vectors) == 50


def test_a_packs_link_gives_its_parts_and_its_canonical_form() -> None:
    link = DigitalLink.parse(
        "https://trace.example/some/stem/01/09526000100010/10/2026-08%2FA/21/000037?17=260907&lang=en#x"
    )
    assert (link.gtin, link.lot, link.serial) == (GTIN, "2026-08/A", "000037")
    assert link.attributes == (("17", "260907"),)
    assert link.canonical_uri == "https://id.gs1.org/01/09526000100010/10/2026-08%2FA/21/000037"
    assert link.epc_uri == "https://id.gs1.org/01/09526000100010/21/000037"


def test_locations_and_assets_are_read_too() -> None:
    assert DigitalLink.parse("https://id.gs1.org/414/9526000100010").key == "9526000100010"
    assert DigitalLink.parse("https://id.gs1.org/8004/9526000143018200000123").gtin is None


@pytest.mark.parametrize(
    ("path", "part", "rule"),
    [
        ("/01/9526000100010/21/1", "9526000100010", "exactly 14"),
        ("/01/09526000100011/21/1", "01/09526000100011", "check digit"),
        ("/01/09526000100010/21/1/10/A", "21/10", "order"),
        ("/01/09526000100010/10/A/10/B", "10/10", "order"),
        ("/01/09526000100010/21/" + "1" * 21, "21/111", "1 to 20"),
        ("/01/09526000100010/21/%E7%8C%AA", "%E7%8C%AA", "character set 82"),
        ("/01/09526000100010/21/a%2", "%2", "hexadecimal"),
        ("/01/09526000100010/21/a^b", "^", "web address"),
        ("/01/09526000100010/21/a%20b", "21/a b", "character set 82"),
        ("/01/09526000100010/10/", "10/", "empty"),
        ("/gtin/09526000100010", "/gtin", "no GS1 key"),
        ("/01/09526000100010/77/1", "77", "order"),
    ],
)
def test_a_malformed_path_says_where_and_which_rule(path: str, part: str, rule: str) -> None:
    with pytest.raises(DigitalLinkError) as caught:
        DigitalLink.parse_path(path)
    assert caught.value.part.startswith(part)
    assert rule in caught.value.rule
    assert caught.value.rule_zh


@given(lot=st.text(SET_82, min_size=1, max_size=20), serial=st.text(SET_82, min_size=1, max_size=20))
def test_every_lot_and_serial_survives_the_way_into_a_link_and_back(lot: str, serial: str) -> None:
    link = DigitalLink.of_item(GTIN, serial, lot)
    assert DigitalLink.parse(link.canonical_uri) == link
    assert DigitalLink.parse_path(link.path) == link


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_the_one_error(text: str) -> None:
    for uri in (text, "https://a/01/09526000100010/21/" + text, "https://a/01/09526000100010?" + text):
        try:
            link = DigitalLink.parse(uri)
        except DigitalLinkError:
            continue
        assert DigitalLink.parse(link.canonical_uri).key == link.key
