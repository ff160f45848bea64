"""How far each follower of the observation store has come, in SQL."""

import json

from sqlalchemy import select

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
