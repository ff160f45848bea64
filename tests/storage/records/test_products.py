from dataclasses import replace
from decimal import Decimal

import pytest

from households.errors import DuplicateRecordError
from storage.records.records import Records
from traceability.model import Product

BELLY = Product(
    gtin="09526000100010",
    name_zh="宁乡花猪 五花肉",
    name_en="Ningxiang flower pork belly",
    net_weight_kg=Decimal("0.500"),
    storage_zh="0–4 ℃ 冷藏",
    storage_en="Keep at 0–4 °C",
)


def test_a_product_comes_back_with_its_weight_as_declared(records: Records) -> None:
    records.products.add(BELLY)
    found = records.products.find(BELLY.gtin)
    assert found == BELLY
    assert found is not None
    assert str(found.net_weight_kg) == "0.500"
    assert records.products.find("09526000100027") is None
    assert records.products.all() == [BELLY]


def test_the_same_product_may_be_added_again(records: Records) -> None:
    records.products.add(BELLY)
    records.products.add(BELLY)
    assert records.products.find(BELLY.gtin) == BELLY


def test_a_gtin_is_never_another_product(records: Records) -> None:
    records.products.add(BELLY)
    with pytest.raises(DuplicateRecordError, match="product 09526000100010"):
        records.products.add(replace(BELLY, net_weight_kg=Decimal("0.4")))
    assert records.products.find(BELLY.gtin) == BELLY
