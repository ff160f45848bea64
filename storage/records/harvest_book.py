"""Harvests and prices in SQL."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from agronomy.given import CropMoney
from agronomy.yields.harvests import Harvest
from observations.identifiers import FarmId, FieldId
from storage.records.planting_tables import crop_money, harvests
from storage.records.tables import fields
from storage.records.transactions import Repository, insert_new, require

EVERY_FARM = ""
MONEY = (
    "crop", "farm", "price_yuan_kg", "cost_yuan_mu", "labour_days_mu", "wage_yuan_day", "priced_on", "source",
)  # fmt: skip


class SqlHarvestBook(Repository):
    """`agronomy.ports.HarvestBook`."""

    def add(self, harvests: Iterable[Harvest], *, at: datetime) -> Sequence[Harvest]:
        """The harvests are recorded; those that were not before."""
        with self._transactions.writing() as connection:
            new = []
            for harvest in harvests:
                require(connection, fields.c.id, harvest.field, kind="field")
                if insert_new(connection, _harvests, {**_values(harvest), "entered_at": at}):
                    new.append(harvest)
            return new

    def of_field(self, field: FieldId) -> Sequence[Harvest]:
        """The field's harvests, oldest first."""
        return self._found(select(harvests).where(harvests.c.field == field))

    def confirmed(self) -> Sequence[Harvest]:
        """Every confirmed harvest, oldest first."""
        return self._found(select(harvests).where(harvests.c.confirmed))

    def confirmed_count(self) -> int:
        """How many confirmed harvests there are; it changes whenever one is added."""
        with self._transactions.reading() as connection:
            return connection.scalars(select(func.count()).where(harvests.c.confirmed)).one()

    def add_money(self, rows: Iterable[CropMoney], *, at: datetime) -> None:
        """The rows hold from now on."""
        with self._transactions.writing() as connection:
            for row in rows:
                connection.execute(crop_money.insert().values(**asdict(row), entered_at=at))

    def money(self, farm: FarmId) -> Sequence[CropMoney]:
        """The newest row of each crop for that farm; its own before those for all."""
        query = select(crop_money).where(crop_money.c.farm.in_([EVERY_FARM, farm]))
        order = (crop_money.c.farm, crop_money.c.priced_on, crop_money.c.number)
        with self._transactions.reading() as connection:
            rows = connection.execute(query.order_by(*order)).all()
        # Later ones replace earlier ones: "" sorts before every farm's id.
        newest = {row.crop: CropMoney(**{name: getattr(row, name) for name in MONEY}) for row in rows}
        return list(newest.values())

    def _found(self, query: Select[Any]) -> Sequence[Harvest]:
        with self._transactions.reading() as connection:
            return [_harvest(row) for row in connection.execute(query.order_by("harvested_on", "digest"))]


_harvests = harvests
"""The table, where an argument has its name."""


def _values(harvest: Harvest) -> dict[str, Any]:
    row = asdict(harvest)
    plain = json.dumps({name: str(value) for name, value in row.items()}, sort_keys=True)
    return {**row, "digest": hashlib.sha256(plain.encode()).hexdigest()}


def _harvest(row: Row[Any]) -> Harvest:
    return Harvest(
        field=FieldId.parse(row.field),
        crop=row.crop,
        season=row.season,
        harvested_on=row.harvested_on,
        area_mu=row.area_mu,
        fresh_kg=row.fresh_kg,
        recorded_by=row.recorded_by,
        variety=row.variety,
        township=row.township,
        dry_matter_percent=row.dry_matter_percent,
        moisture_percent=row.moisture_percent,
        confirmed=row.confirmed,
    )
