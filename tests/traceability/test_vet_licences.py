"""What can be a veterinarian's licence number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.vet_licences import format_of, licence_formats


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("A012026430182", "practising"),
        ("Ｂ０１２０２６４３０１８２", "practising"),
        (" A012026430182 ", "practising"),
        ("湘 A-0012", "other"),
        ("湘官兽〔2024〕0182", "other"),
        ("A0120264301821", "other"),
        ("", None),
        ("x", None),
        ("------", None),
        ("兽医兽医兽医", None),
        ("A012", None),
        ("1234", None),
        ("A" * 200 + "1234", None),
    ],
)
def test_a_number_has_a_form_or_is_none(number: str, kind: str | None) -> None:
    found = format_of(number)
    assert (None if found is None else found.kind) == kind


def test_no_form_is_said_to_be_confirmed_that_was_not_read_in_its_source() -> None:
    assert not any(row.confirmed for row in licence_formats())
    assert all(row.words.zh and row.words.en for row in licence_formats())


@given(st.text(max_size=60))
def test_any_text_has_a_form_with_enough_figures_or_none(text: str) -> None:
    found = format_of(text)
    if found is not None:
        assert sum(character.isnumeric() for character in text) >= 4
