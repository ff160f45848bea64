"""Column types that mean the same on SQLite and on PostgreSQL, and refuse what one of the two would change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import TEXT, TIMESTAMP
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
POSTGRESQL = "postgresql"

# Without its collation PostgreSQL would order by the server's language and SQLite by code point.
TEXT_BY_CODE_POINT: TypeEngine[str] = Text().with_variant(TEXT(collation="C"), POSTGRESQL)

# SQLite numbers rows by itself only where the type is literally INTEGER.
ROW_NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")


class SoughtText(TypeDecorator[str]):
    """Text that a column of PlainText is compared with: what cannot be stored equals nothing, and is no error."""

    impl = TEXT_BY_CODE_POINT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's signature
        """The same text, or NULL, which equals nothing."""
        return None if value is None or not storable(value) else str(value)


class PlainText(TypeDecorator[str]):
    """Text as given; what PostgreSQL cannot hold (NUL, a lone surrogate) is refused on SQLite as well."""

    impl = TEXT_BY_CODE_POINT
    cache_ok = True

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:  # noqa: ANN401, ARG002 SQLAlchemy's signature
        """A page that is asked for an impossible id looks for it and finds nothing."""
        return SoughtText()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's signature
        """The same text; raises ValueError."""
        return None if value is None else _plain(value)


def plain_texts(values: Sequence[Any]) -> list[str | None]:
    """The values of a column of PlainText, as it would take them one by one; raises ValueError.

    All are looked at together, as a capture writes tens of thousands.
    """
    if None in values:
        return [None if value is None else _plain(value) for value in values]
    # Plain ones, as a driver need not know the classes of identifiers.
    texts: list[str | None] = [*map(str, values)]
    return texts if storable("".join(map(str, values))) else [*map(_plain, values)]


def _plain(value: str) -> str:
    if not storable(value):
        msg = f"text holds a NUL character or half of a surrogate pair: {value[:60]!r}"
        raise ValueError(msg)
    return str(value)


class ForeignText(TypeDecorator[str]):
    """Text from anyone: what cannot be stored is replaced by U+FFFD, so that it can always be set aside."""

    impl = TEXT_BY_CODE_POINT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's signature
        """The text with U+FFFD for what cannot be stored."""
        if value is None:
            return None
        if storable(value):
            return str(value)
        return "".join("\ufffd" if char == "\x00" or "\ud800" <= char <= "\udfff" else char for char in value)


class UtcTime(TypeDecorator[datetime]):
    """An aware moment in UTC, exact to the microsecond: timestamptz, or microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Timestamptz on PostgreSQL, an integer elsewhere."""
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == POSTGRESQL else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """What the database keeps; raises ValueError where the time has no zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            msg = f"{value.isoformat()} has no time zone: times are aware"
            raise ValueError(msg)
        return value.astimezone(UTC) if dialect.name == POSTGRESQL else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: datetime | int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 SQLAlchemy's signature
        """The moment in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else EPOCH + value * MICROSECOND


class ExactDecimal(TypeDecorator[Decimal]):
    """A finite decimal, digit for digit: numeric, or text on SQLite (which would make it a float).

    Never compare or sum it in SQL.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Numeric on PostgreSQL, text elsewhere."""
        return dialect.type_descriptor(Numeric() if dialect.name == POSTGRESQL else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """What the database keeps; raises ValueError for infinity and NaN."""
        if value is None:
            return None
        if not value.is_finite():
            msg = f"{value} is no finite number"
            raise ValueError(msg)
        return value if dialect.name == POSTGRESQL else str(value)

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 SQLAlchemy's signature
        """The same number."""
        return None if value is None else Decimal(value)


def storable(value: str) -> bool:
    """Whether both databases can hold the text."""
    if "\x00" in value:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
