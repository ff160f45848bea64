"""Agreed shares of prices, in SQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select

from storage.records.columns import SoughtText
from storage.records.consumer_tables import price_agreements
from storage.records.transactions import Repository
from traceability.price_shares import PriceAgreement

_COUNTING = (
    select(price_agreements)
    .where(
        price_agreements.c.gtin == bindparam("gtin", type_=SoughtText()),
        price_agreements.c.lot == bindparam("lot", type_=SoughtText()),
    )
    .order_by(price_agreements.c.number.desc())
    .limit(1)
)


class SqlPriceBook(Repository):
    """`traceability.ports.PriceBook`."""

    def add(self, agreement: PriceAgreement) -> None:
        """The agreement counts from now on, in place of the one before, which is kept."""
        mine = (price_agreements.c.gtin == agreement.gtin, price_agreements.c.lot == agreement.lot)
        with self._transactions.writing() as connection:
            last = connection.scalar(select(func.max(price_agreements.c.number)).where(*mine)) or 0
            connection.execute(insert(price_agreements).values(number=last + 1, **asdict(agreement)))

    def find(self, gtin: str, lot: str) -> PriceAgreement | None:
        """The agreement that counts for that lot, told or not."""
        with self._transactions.reading() as connection:
            row = connection.execute(_COUNTING, {"gtin": gtin, "lot": lot}).first()
        return None if row is None else _agreement(row)

    def all(self) -> Sequence[PriceAgreement]:
        """Every agreement that ever counted, by lot and in order."""
        columns = price_agreements.c
        query = select(price_agreements).order_by(columns.gtin, columns.lot, columns.number)
        with self._transactions.reading() as connection:
            return [_agreement(row) for row in connection.execute(query)]


def _agreement(row: Row[Any]) -> PriceAgreement:
    return PriceAgreement(
        gtin=row.gtin,
        lot=row.lot,
        price_yuan=row.price_yuan,
        paid_yuan=row.paid_yuan,
        paid_for_kg=row.paid_for_kg,
        declared_by=row.declared_by,
        declared_at=row.declared_at,
        agreed_on=row.agreed_on,
        withdrawn_on=row.withdrawn_on,
    )
