"""Fields."""

from decimal import Decimal

import pytest

from agronomy.model import Field
from observations.identifiers import FarmId, FieldId


@pytest.mark.parametrize(("mu", "ha"), [("15", "1.0000"), ("2.4", "0.1600"), ("1", "0.0667")])
def test_an_area_in_mu_is_a_fifteenth_of_it_in_hectares(mu: str, ha: str) -> None:
    field = Field(id=FieldId.parse("f-1"), farm=FarmId.parse("farm-1"), name="大丘", area_mu=Decimal(mu))
    assert field.area_ha == Decimal(ha)
