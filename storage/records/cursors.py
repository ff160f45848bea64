"""How far each follower of the observation store has come, in SQL."""

import json
from collections.abc import Mapping

from sqlalchemy import select, update

from storage.records.errors import CursorMovedError
from storage.records.tables import follower_cursors
from storage.records.transactions import Repository, insert_into


class SqlFollowerCursors(Repository):
    """`observations.ports.FollowerCursors`."""

    def load(self, follower: str) -> dict[str, int]:
        """The cursor of that follower; empty before its first save."""
        query = select(follower_cursors.c.cursor).where(follower_cursors.c.follower == follower)
        with self._transactions.reading() as connection:
            saved = connection.scalar(query)
        return {} if saved is None else {writer: int(sequence) for writer, sequence in json.loads(saved).items()}

    def save(self, follower: str, cursor: dict[str, int]) -> None:
        """The follower continues from there; in `Records.together`, committed with its effects."""
        with self._transactions.writing() as connection:
            statement = insert_into(connection, follower_cursors).values(
                follower=follower, cursor=json.dumps(cursor, sort_keys=True)
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[follower_cursors.c.follower], set_={"cursor": statement.excluded.cursor}
                )
            )

    def advance(self, follower: str, *, since: Mapping[str, int], to: Mapping[str, int]) -> None:
        """The follower continues at `to`, once from `since`: raises CursorMovedError where it is elsewhere by now.

        In `Records.together` this makes what is written beside it happen once, even where two processes lead the same
        follower: the second waits for the first, and then finds the cursor moved.
        """
        mine = follower_cursors.c.follower == follower
        with self._transactions.writing() as connection:
            first = insert_into(connection, follower_cursors).values(follower=follower, cursor="{}")
            connection.execute(first.on_conflict_do_nothing())
            saved = connection.scalar(select(follower_cursors.c.cursor).where(mine).with_for_update())
            if json.loads(saved or "{}") != dict(since):
                raise CursorMovedError(follower)
            connection.execute(update(follower_cursors).where(mine).values(cursor=json.dumps(dict(to), sort_keys=True)))
