"""Texts as tags."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observations.errors import BatchRefusedError
from storage.influx.tags import tag_of, text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(text=TEXTS)
def test_any_text_comes_back_from_its_tag(text: str) -> None:
    assert text_of(tag_of(text)) == text


@given(text=TEXTS)
def test_a_tag_holds_nothing_that_a_statement_or_a_line_gives_a_meaning_to(text: str) -> None:
    assert tag_of(text)
    assert not re.search(r"""[\s,="'\\/$^*?()|{}\[\]]""", tag_of(text))


def test_usual_names_stay_readable() -> None:
    assert [tag_of(text) for text in ("tag-00000167", "20cm", "耳标_1", "")] == ["tag-00000167", "20cm", "耳标_1", "-"]


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(BatchRefusedError, match="too long"):
        tag_of("x" * 1_001)
