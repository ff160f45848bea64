from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.errors import PriceAgreementError
from traceability.price_shares import PriceAgreement, price_share

DAY = date(2026, 9, 1)


def agreement(**changed: object) -> PriceAgreement:
    told: dict[str, object] = {
        "gtin": "09526000100010",
        "lot": "20260831A",
        "price_yuan": Decimal(62),
        "paid_yuan": Decimal(2100),
        "paid_for_kg": Decimal(42),
        "declared_by": "流沙河分割车间",
        "declared_at": datetime(2026, 9, 1, tzinfo=UTC),
    }
    return PriceAgreement(**{**told, **changed})  # type: ignore[arg-type]  # fields by name


def test_the_share_is_what_was_paid_by_weight() -> None:
    share = price_share(agreement(), Decimal("0.500"))
    assert (share.yuan, share.percent) == (Decimal("25.00"), 40)


def test_nothing_is_told_before_it_was_agreed_nor_after_it_was_withdrawn() -> None:
    assert not agreement().told
    assert agreement(agreed_on=DAY).told
    assert not agreement(agreed_on=DAY, withdrawn_on=DAY).told


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"price_yuan": Decimal(0)}, "price_yuan"),
        ({"paid_yuan": Decimal(-1)}, "paid_yuan"),
        ({"paid_for_kg": Decimal("NaN")}, "paid_for_kg"),
        ({"declared_by": " "}, "declared_by"),
        ({"withdrawn_on": DAY}, "withdrawn_on"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changed: dict[str, object], field: str) -> None:
    with pytest.raises(PriceAgreementError) as refused:
        agreement(**changed)
    assert refused.value.field == field


def test_more_than_the_price_cannot_go_to_the_raisers() -> None:
    with pytest.raises(PriceAgreementError, match="more than the price"):
        price_share(agreement(paid_yuan=Decimal(21000)), Decimal("0.5"))
    with pytest.raises(PriceAgreementError, match="net_weight_kg"):
        price_share(agreement(), Decimal(0))


@given(st.decimals("0.01", "5", places=3), st.decimals("1", "100000", places=2))
def test_a_share_is_never_more_than_the_price(net: Decimal, paid: Decimal) -> None:
    try:
        share = price_share(agreement(paid_yuan=paid), net)
    except PriceAgreementError:
        return
    assert 0 <= share.yuan <= share.agreement.price_yuan
    assert 0 <= share.percent <= 100
