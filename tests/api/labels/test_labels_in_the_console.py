from io import BytesIO

import pypdf
import pytest

from tests.api.world import World
from tests.traceability.one_life import BELLY, LOT, products, whole_life

ASKED = {"gtin": BELLY, "lot": LOT}


@pytest.fixture
def packed(world: World) -> World:
    world.events.capture(whole_life())
    world.products.kept = products().products
    return world


def test_the_operator_gets_the_labels_of_a_lot_as_pdf_and_svg(packed: World) -> None:
    client = packed.client("operator")
    assert "打标签" in client.get("/console/labels").text
    answer = client.get("/console/labels/print", params=ASKED)
    assert answer.headers["content-type"] == "application/pdf"
    assert len(pypdf.PdfReader(BytesIO(answer.content)).pages) == 4
    picture = client.get("/console/labels/print", params={**ASKED, "kind": "svg", "place": "3"})
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.count("<g ") == 22


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"gtin": "7"}, "商品码不对"), ({"use_by": "soon"}, "2026-09-07 这样"), ({"sheet": "a3"}, "没有这种标签纸")],
)
def test_a_wrong_order_gets_the_form_back_with_the_reason(packed: World, changed: dict[str, str], why: str) -> None:
    answer = packed.client("operator").get("/console/labels/print", params={**ASKED, **changed})
    assert answer.status_code == 422
    assert why in answer.text
    assert f'value="{LOT}"' in answer.text


def test_an_enterprise_prints_none(packed: World) -> None:
    client = packed.client("wangbei")
    for path in ("/console/labels", f"/console/labels/print?gtin={BELLY}&lot={LOT}"):
        assert client.get(path).status_code == 404
