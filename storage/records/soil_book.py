"""What laboratories and authorities said of soils and crops, in SQL."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.given import SampleConflictError
from agronomy.soil.samples import LaboratoryValue, SoilSample
from observations.identifiers import FieldId
from storage.records.planting_tables import crop_tests, official_classes, soil_samples
from storage.records.tables import fields
from storage.records.transactions import Repository, insert_new, require

ABOUT_ENTRY = frozenset({"entered_at", "entered_by"})


class SqlSoilBook(Repository):
    """`agronomy.ports.SoilBook`."""

    def add_samples(self, samples: Iterable[SoilSample], *, at: datetime, by: str) -> Sequence[SoilSample]:
        """The samples are recorded; those that were not before. Raises SampleConflictError, and records none then."""
        with self._transactions.writing() as connection:
            rows = [(sample, _sample_values(sample)) for sample in samples]
            return [one for one, row in rows if _add(connection, soil_samples, row, at=at, by=by, kind="soil sample")]

    def samples(self, field: FieldId) -> Sequence[SoilSample]:
        """The field's samples, oldest first."""
        query = select(soil_samples).where(soil_samples.c.field == field)
        with self._transactions.reading() as connection:
            return [_sample(row) for row in connection.execute(query.order_by("sampled_on", "id"))]

    def add_crop_tests(self, tests: Iterable[CropTest], *, at: datetime, by: str) -> Sequence[CropTest]:
        """The tests are recorded; those that were not before. Raises SampleConflictError, and records none then."""
        with self._transactions.writing() as connection:
            rows = [(test, _test_values(test)) for test in tests]
            return [one for one, row in rows if _add(connection, crop_tests, row, at=at, by=by, kind="crop test")]

    def crop_tests(self, field: FieldId) -> Sequence[CropTest]:
        """The field's crop tests, oldest first."""
        query = select(crop_tests).where(crop_tests.c.field == field)
        with self._transactions.reading() as connection:
            return [_test(row) for row in connection.execute(query.order_by("sampled_on", "id"))]

    def name_class(self, field: FieldId, official: OfficialClass, *, at: datetime, by: str) -> None:
        """The class is recorded."""
        with self._transactions.writing() as connection:
            require(connection, fields.c.id, field, kind="field")
            row = {"field": field, "level": official.level.value, "named_on": official.named_on}
            connection.execute(
                official_classes.insert().values(**row, authority=official.authority, entered_at=at, entered_by=by)
            )

    def official_class(self, field: FieldId) -> OfficialClass | None:
        """The class named last; of two of one day the one entered last."""
        newest = (official_classes.c.named_on.desc(), official_classes.c.number.desc())
        query = select(official_classes).where(official_classes.c.field == field).order_by(*newest).limit(1)
        with self._transactions.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return OfficialClass(level=GateLevel(row.level), named_on=row.named_on, authority=row.authority)


def _add(connection: Connection, table: Table, row: Mapping[str, Any], *, at: datetime, by: str, kind: str) -> bool:
    """Whether the row is new; raises SampleConflictError where one of its id says something else."""
    require(connection, fields.c.id, row["field"], kind="field")
    if insert_new(connection, table, {**row, "entered_at": at, "entered_by": by}):
        return True
    known = connection.execute(select(table).where(table.c.id == row["id"])).one()._mapping  # noqa: SLF001 SQLAlchemy's public name
    if any(known[name] != value for name, value in row.items()):
        raise SampleConflictError(kind=kind, identifier=row["id"])
    return False


def _sample_values(sample: SoilSample) -> dict[str, Any]:
    contents = {
        name: [value.value, value.uncertainty, value.below_detection] for name, value in sorted(sample.values.items())
    }
    return {
        "id": sample.id,
        "field": sample.field,
        "sampled_on": sample.sampled_on,
        "top_cm": float(sample.depth_cm[0]),
        "bottom_cm": float(sample.depth_cm[1]),
        "laboratory": sample.laboratory,
        "report_number": sample.report_number,
        "contents": json.dumps(contents, allow_nan=False),
    }


def _sample(row: Row[Any]) -> SoilSample:
    contents = json.loads(row.contents)
    return SoilSample(
        id=row.id,
        field=FieldId.parse(row.field),
        sampled_on=row.sampled_on,
        depth_cm=(row.top_cm, row.bottom_cm),
        laboratory=row.laboratory,
        report_number=row.report_number,
        values={
            name: LaboratoryValue(value=value, uncertainty=uncertainty, below_detection=below)
            for name, (value, uncertainty, below) in contents.items()
        },
    )


def _test_values(test: CropTest) -> dict[str, Any]:
    return {
        "id": test.id,
        "field": test.field,
        "crop": test.crop,
        "element": test.analyte,
        "value": float(test.value.value),
        "uncertainty": test.value.uncertainty,
        "below_detection": test.value.below_detection,
        "sampled_on": test.sampled_on,
        "laboratory": test.laboratory,
    }


def _test(row: Row[Any]) -> CropTest:
    return CropTest(
        id=row.id,
        field=FieldId.parse(row.field),
        crop=row.crop,
        element=row.element,
        value=LaboratoryValue(value=row.value, uncertainty=row.uncertainty, below_detection=row.below_detection),
        sampled_on=row.sampled_on,
        laboratory=row.laboratory,
    )
