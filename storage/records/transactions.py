"""One transaction a call: what every repository of the records stands on."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol, TypeVar

import psycopg
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Integer,
    Table,
    Text,
    any_,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.types import TypeEngine

from storage.records.columns import PlainText, plain_texts, storable
from storage.records.engine import WAIT_S, WRITING
from storage.records.errors import MissingRecordError, RecordRefusedError, RecordsUnavailableError, SchemaError

KEYS_A_QUERY = 500
"""Some SQLite builds take no more than 999 variables in a statement."""

Key = TypeVar("Key", str, int)

MISSING_TABLE = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")


class Transactions(Protocol):
    """Where a repository gets its connection.

    What happens within one `writing()` is durable when it ends, or, where it ends by an error, never happened.
    Database errors leave both as RecordsUnavailableError, RecordRefusedError or SchemaError.
    """

    def reading(self) -> AbstractContextManager[Connection]:
        """One consistent view of the records; waits for no writer."""

    def writing(self) -> AbstractContextManager[Connection]:
        """The right to write, waited for where another writes."""

    def one_view(self) -> AbstractContextManager[None]:
        """Whatever this thread reads within the block, it reads on one connection: one view, and less to set up."""


class OwnTransactions:
    """A transaction of its own for every call; used from any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._view = threading.local()
        # SQLite's own waiting polls, and can pass one writer over for long: within a process writers take turns.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view on SQLite, committed data on PostgreSQL; waits for no writer."""
        held: Connection | None = getattr(self._view, "connection", None)
        if held is not None:
            with _translated():
                yield held
            return
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """Whatever this thread reads within the block, it reads on one connection: one view, and less to set up."""
        if getattr(self._view, "connection", None) is not None:
            yield
            return
        with _translated(), self.engine.connect() as connection:
            self._view.connection = connection
            try:
                yield
            finally:
                self._view.connection = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The right to write; at most WAIT_S is waited for it."""
        with _translated(), self._my_turn(), self.engine.connect() as connection:
            connection.execution_options(**{WRITING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """The right to write, while references between tables are not enforced on SQLite.

        SQLite changes a table by dropping it and renaming another, which enforced references would forbid; they can
        be switched outside a transaction only.
        """
        with _translated(), self._my_turn(), self.engine.connect() as connection:
            connection.execution_options(**{WRITING: True})
            _enforce_references(connection, on=False)
            try:
                with connection.begin():
                    yield connection
            finally:
                _enforce_references(connection, on=True)

    def _my_turn(self) -> AbstractContextManager[None]:
        return nullcontext() if self._turn is None else _turn(self._turn)


class SharedTransaction:
    """Many calls in one transaction that someone else ends; each `writing()` is still all or nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """What the transaction sees, its own changes included."""
        with _translated():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A part of the transaction that an error undoes alone."""
        with _translated(), self._connection.begin_nested():
            yield self._connection

    def one_view(self) -> AbstractContextManager[None]:
        """One transaction is one view already."""
        return nullcontext()


class Repository:
    """What all repositories share: the transactions they work in."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, in the connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Whether the row is in the table now; False where a unique key of it was taken, and nothing changed."""
    statement = insert_into(connection, table).values(**row).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None


def insert_many(connection: Connection, table: Table, rows: Sequence[Sequence[Any]]) -> None:
    """The rows, values in the order of the table's columns, are in the table.

    Past SQLAlchemy's own way, which takes a dictionary for each row and compiles its parameters: a capture writes some
    twenty small rows for every event. Raises RecordRefusedError.
    """
    if not rows:
        return
    try:
        columns = [
            _bound(column.type, values, connection.dialect)
            for column, values in zip(table.columns, zip(*rows, strict=True), strict=True)
        ]
    except ValueError as error:
        msg = f"the records do not take this: {error}"
        raise RecordRefusedError(msg) from error
    names = ", ".join(column.name for column in table.columns)
    if connection.dialect.name != "postgresql":
        places = ", ".join("?" * len(table.columns))
        # Names come from the table.
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 see above
        connection.exec_driver_sql(statement, [*zip(*columns, strict=True)])
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 the engine knows no other driver
    try:
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
    except psycopg.OperationalError as error:
        msg = f"the records cannot answer now: {error}"
        raise RecordsUnavailableError(msg) from error
    except psycopg.Error as error:
        msg = f"the records do not take this: {error}"
        raise RecordRefusedError(msg) from error


def _bound(kind: TypeEngine[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    """A column's values as the driver takes them."""
    if isinstance(kind, PlainText):
        return plain_texts(values)
    check = kind.bind_processor(dialect)
    return values if check is None else [*map(check, values)]


def require(connection: Connection, column: Column[Any], value: str | None, *, kind: str) -> None:
    """The record that `value` names is there (None names none); raises MissingRecordError."""
    if value is not None and not connection.scalar(select(exists().where(column == value))):
        raise MissingRecordError(kind, value)


def in_chunks(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Each key once, in lists short enough for one statement."""
    unique = sorted(set(keys))
    for start in range(0, len(unique), KEYS_A_QUERY):
        yield unique[start : start + KEYS_A_QUERY]


def among(connection: Connection, column: ColumnElement[Any], keys: Iterable[Key]) -> ColumnElement[bool]:
    """That the column holds one of these keys, as many as there are; what no database can hold equals nothing.

    All keys are one parameter, so that the text of the statement stays the same and is prepared once.
    """
    dialect = connection.dialect.name
    return one_of(dialect, column, None, as_keys(dialect, keys))


def one_of(dialect: str, column: ColumnElement[Any], name: str | None, value: object = None) -> ColumnElement[bool]:
    """The same for a statement that is put together once, with a parameter of that name, given by `as_keys`."""
    if dialect == "postgresql":
        kind = BigInteger() if isinstance(column.type, Integer) else Text()
        return column == any_(bindparam(name, value, type_=postgresql.ARRAY(kind), required=value is None))
    each = func.json_each(bindparam(name, value, type_=Text(), required=value is None)).table_valued("value")
    return column.in_(select(each.c.value))


def as_keys(dialect: str, keys: Iterable[Key]) -> object:
    """The keys as the parameter of that dialect."""
    listed = listed_keys(keys)
    return listed if dialect == "postgresql" else json.dumps(listed)


def listed_keys(keys: Iterable[Key]) -> list[Key]:
    """Each key once, in order, without texts that no database can hold."""
    return sorted({key for key in keys if storable(str(key))})


@contextmanager
def _turn(lock: threading.Lock) -> Iterator[None]:
    if not lock.acquire(timeout=WAIT_S):
        msg = f"another thread has been writing to the records for {WAIT_S:g} s"
        raise RecordsUnavailableError(msg)
    try:
        yield
    finally:
        lock.release()


def _enforce_references(connection: Connection, *, on: bool) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}").close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeoutError as error:
        msg = f"no connection to the records came free within {WAIT_S:g} s"
        raise RecordsUnavailableError(msg) from error
    except StatementError as error:
        raise _in_our_words(error) from error


def _in_our_words(error: StatementError) -> Exception:
    reason = str(error.orig).strip()
    if isinstance(error, (DataError, IntegrityError)) or not isinstance(error, DBAPIError):
        return RecordRefusedError(f"the records do not take this: {reason}")
    if any(sign in f"{type(error.orig).__name__}: {reason}" for sign in MISSING_TABLE):
        return SchemaError(f"the records have not the tables of this version (run `tiantou migrate`): {reason}")
    return RecordsUnavailableError(f"the records cannot answer now: {reason}")
