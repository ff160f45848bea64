"""The trade items in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select

from households.errors import DuplicateRecordError
from storage.records.columns import SoughtText
from storage.records.tables import products
from storage.records.transactions import Repository, insert_new
from traceability.model import Product

_FIND = select(products).where(products.c.gtin == bindparam("gtin", type_=SoughtText()))


class SqlProductCatalogue(Repository):
    """`traceability.ports.ProductCatalogue`."""

    def add(self, product: Product) -> None:
        """The product is known; raises DuplicateRecordError where the GTIN is another product's."""
        with self._transactions.writing() as connection:
            if insert_new(connection, products, _values(product)):
                return
            taken = connection.execute(select(products).where(products.c.gtin == product.gtin)).one()
        if _product(taken) != product:
            kind = "product"
            raise DuplicateRecordError(kind, product.gtin)

    def find(self, gtin: str) -> Product | None:
        """The product of that GTIN-14."""
        with self._transactions.reading() as connection:
            row = connection.execute(_FIND, {"gtin": gtin}).first()
        return None if row is None else _product(row)

    def all(self) -> Sequence[Product]:
        """Every product, by GTIN."""
        with self._transactions.reading() as connection:
            return [_product(row) for row in connection.execute(select(products).order_by(products.c.gtin))]


def _values(product: Product) -> dict[str, Any]:
    return {
        "gtin": product.gtin,
        "name_zh": product.name_zh,
        "name_en": product.name_en,
        "net_weight_kg": product.net_weight_kg,
        "storage_zh": product.storage_zh,
        "storage_en": product.storage_en,
    }


def _product(row: Row[Any]) -> Product:
    return Product(
        gtin=row.gtin,
        name_zh=row.name_zh,
        name_en=row.name_en,
        net_weight_kg=row.net_weight_kg,
        storage_zh=row.storage_zh,
        storage_en=row.storage_en,
    )
