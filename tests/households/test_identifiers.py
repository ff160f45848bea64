"""Identifiers of households and enterprises."""

import pytest

from households.identifiers import EnterpriseId, HouseholdId
from observations.errors import IdentifierError


def test_an_id_is_letters_digits_and_hyphens() -> None:
    assert HouseholdId.parse(" h-004 ") == "h-004"
    assert EnterpriseId.parse("ent_01") == "ent_01"


@pytest.mark.parametrize("text", ["", "王大明", "h 4", "h/4", "x" * 65])
def test_a_name_is_no_id_of_a_household(text: str) -> None:
    with pytest.raises(IdentifierError, match="is no HouseholdId: expected 1 to 64"):
        HouseholdId.parse(text)
