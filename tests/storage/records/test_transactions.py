"""Keys as one parameter, and many rows at once, are the same on both databases."""

import pytest
from sqlalchemy import select

from storage.records.errors import RecordRefusedError
from storage.records.records import Records
from storage.records.tables import sites, trace_things
from storage.records.transactions import KEYS_A_QUERY, among, insert_many

MANY = 3 * KEYS_A_QUERY


def test_as_many_keys_as_one_likes_are_found_by_text_and_by_number(records: Records) -> None:
    rows = [(number, f"thing {number}", "other") for number in range(1, MANY + 1)]
    with records.engine.begin() as connection:
        insert_many(connection, trace_things, rows)
        by_text = among(connection, trace_things.c.name, [name for _, name, _ in rows])
        by_number = among(connection, trace_things.c.number, [number for number, _, _ in rows])
        for condition in (by_text, by_number):
            found = connection.scalars(select(trace_things.c.number).where(condition))
            assert sorted(found) == [*range(1, MANY + 1)]


@pytest.mark.parametrize("keys", [[], ["\0"], ["\udcff"], ["thing\0", "nothing", "'; --", '"', "{}", "\\"]])
def test_keys_that_nothing_has_find_nothing(records: Records, keys: list[str]) -> None:
    with records.engine.begin() as connection:
        insert_many(connection, trace_things, [(1, "thing", "other")])
        assert connection.scalars(select(trace_things).where(among(connection, trace_things.c.name, keys))).all() == []


@pytest.mark.parametrize("text", ["a\tb", "a\nb\r", "\\N", "\\.", "花猪 🐖", "'\"", ""])
def test_texts_are_kept_as_they_are(records: Records, text: str) -> None:
    with records.engine.begin() as connection:
        insert_many(connection, sites, [("a", text, True), ("b", "b", False)])
        rows = connection.execute(select(sites.c.name, sites.c.simulated).order_by(sites.c.id)).all()
    assert [tuple(row) for row in rows] == [(text, True), ("b", False)]


@pytest.mark.parametrize("text", ["\0", "a\ud83d", "\udc16"])
def test_a_text_that_cannot_be_kept_is_refused_among_others(records: Records, text: str) -> None:
    with pytest.raises(RecordRefusedError, match="NUL"), records.engine.begin() as connection:
        insert_many(connection, sites, [("a", "a", True), ("b", text, False)])
