"""Users and the secrets handed to them, in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from households.errors import DuplicateRecordError, HouseholdError
from households.model import Credential, CredentialKind, Role, User
from storage.records.errors import MissingRecordError
from storage.records.subscriptions import pause_of_owner
from storage.records.tables import credentials, enterprises, users
from storage.records.transactions import Repository, insert_new, require


class SqlAccountBook(Repository):
    """`households.ports.AccountBook`."""

    def add_user(self, user: User) -> None:
        """The user may sign in; raises DuplicateRecordError.

        Raises HouseholdError where enterprise and role do not go together, MissingRecordError for an unknown one.
        """
        if (user.role is Role.ENTERPRISE) != (user.enterprise is not None):
            msg = f"user {user.login}: role {Role.ENTERPRISE} needs an enterprise, no other role has one"
            raise HouseholdError(msg)
        with self._transactions.writing() as connection:
            require(connection, enterprises.c.id, user.enterprise, kind="enterprise")
            if not insert_new(connection, users, _values(user)):
                kind = "user"
                raise DuplicateRecordError(kind, user.login)

    def users(self) -> list[User]:
        """Every user, by login."""
        with self._transactions.reading() as connection:
            return [_user(row) for row in connection.execute(select(users).order_by(users.c.login))]

    def find_user(self, login: str) -> User | None:
        """The user of that login."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(users).where(users.c.login == login)).first()
        return None if row is None else _user(row)

    def set_password(self, login: str, password_hash: str) -> None:
        """The password is the new one, every credential of the user is revoked and every subscription paused.

        Raises MissingRecordError.
        """
        change = update(users).where(users.c.login == login).values(password_hash=password_hash)
        with self._transactions.writing() as connection:
            if connection.execute(change).rowcount == 0:
                kind = "user"
                raise MissingRecordError(kind, login)
            connection.execute(delete(credentials).where(credentials.c.login == login))
            pause_of_owner(connection, login)

    def issue(self, credential: Credential) -> None:
        """The credential is good until it expires; raises MissingRecordError for an unknown user."""
        values = {
            "digest": credential.digest,
            "login": credential.login,
            "kind": credential.kind.value,
            "expires": credential.expires,
        }
        with self._transactions.writing() as connection:
            require(connection, users.c.login, credential.login, kind="user")
            if not insert_new(connection, credentials, values):
                kind = "credential"
                raise DuplicateRecordError(kind, credential.digest[:8])

    def find_credential(self, digest: str, at: datetime) -> Credential | None:
        """The credential of that digest, where it has not expired."""
        query = select(credentials).where(credentials.c.digest == digest, credentials.c.expires > at)
        with self._transactions.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _credential(row)

    def revoke(self, digest: str) -> None:
        """The credential is good no longer."""
        with self._transactions.writing() as connection:
            connection.execute(delete(credentials).where(credentials.c.digest == digest))

    def forget_expired(self, at: datetime) -> int:
        """Credentials that had expired by then are gone; how many there were."""
        with self._transactions.writing() as connection:
            return connection.execute(delete(credentials).where(credentials.c.expires <= at)).rowcount


def _values(user: User) -> dict[str, Any]:
    return {
        "login": user.login,
        "name": user.name,
        "role": user.role.value,
        "password_hash": user.password_hash,
        "enterprise": user.enterprise,
    }


def _user(row: Row[Any]) -> User:
    return User(
        login=row.login,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        enterprise=row.enterprise,
    )


def _credential(row: Row[Any]) -> Credential:
    return Credential(digest=row.digest, login=row.login, kind=CredentialKind(row.kind), expires=row.expires)
