import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from observations.texts import TextColumn, joined, numbered_pairs

TEXTS = st.lists(st.sampled_from(["", "a", "b", "猪"]), max_size=12)


@given(TEXTS)
def test_a_column_is_a_sequence_of_its_texts(texts: list[str]) -> None:
    column = TextColumn.of(texts)
    assert (list(column), len(column)) == (texts, len(texts))
    assert column == texts
    assert texts == column
    assert column != [*texts, "more"]
    assert [column[i] for i in range(len(texts))] == texts
    assert column[1:] == texts[1:]
    assert np.asarray(column).tolist() == texts
    assert len(set(column.distinct)) == len(column.distinct)


def test_a_column_of_a_column_is_the_same() -> None:
    column = TextColumn.repeated("tag-1", 3)
    assert TextColumn.of(column) is column
    assert column == ["tag-1"] * 3
    assert column != "tag"


@given(TEXTS.flatmap(lambda texts: st.tuples(st.just(texts), st.lists(st.integers(0, max(len(texts) - 1, 0))))))
def test_what_is_taken_brings_only_its_own_texts(case: tuple[list[str], list[int]]) -> None:
    texts, positions = case
    positions = positions if texts else []
    taken = TextColumn.of(texts).take(np.array(positions, np.intp))
    assert taken == [texts[i] for i in positions]
    assert set(taken.distinct) == set(taken)


@given(st.lists(TEXTS, max_size=4))
def test_joined_columns_follow_each_other(columns: list[list[str]]) -> None:
    whole = joined([TextColumn.of(texts) for texts in columns])
    assert whole == [text for texts in columns for text in texts]
    assert len(set(whole.distinct)) == len(whole.distinct)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["", "x", "y"])), max_size=12))
def test_every_row_has_the_number_of_its_pair(rows: list[tuple[str, str]]) -> None:
    pairs, numbers = numbered_pairs([first for first, _ in rows], [second for _, second in rows])
    assert [pairs[number] for number in numbers.tolist()] == rows
    assert sorted(pairs) == sorted(set(rows))
