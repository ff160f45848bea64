"""Tests of a harvest against the food limits: what one field's edible part held.

The rules, for one field, one crop, one element:
- A result is read at its highest: value and uncertainty, or the limit of detection it lies below.
- A result above any limit of the crop, confirmed or not, refuses the crop for 24 months, and longer until a later
  result is within the limits: one good result does not outweigh a bad one, and age alone does not either.
- A result within the limits of the last 24 months shows that they are kept, but only where a limit among them is
  confirmed: an unconfirmed one may refuse and never allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agronomy.errors import SoilValueError
from agronomy.gate.crop_groups import GatedCrop, gated_crop
from agronomy.gate.food_limits import FoodLimit, food_limits
from agronomy.gate.reasons import upper
from agronomy.soil.analytes import checked, element_name
from agronomy.soil.samples import LaboratoryValue
from agronomy.soil.settings import gate_setting, months_after
from observations.identifiers import FieldId


@dataclass(frozen=True, slots=True, kw_only=True)
class CropTest:
    """What a laboratory found in the edible part of a crop of one field.

    crop: scientific name. element: a name or symbol of `analytes.csv` ("cd", "Cd"). value: mg/kg of the form the food
    limit names, as the laboratory gives it (fresh weight for vegetables and tubers).
    """

    field: FieldId
    crop: str
    element: str
    value: LaboratoryValue
    sampled_on: date
    laboratory: str
    id: str = ""

    def __post_init__(self) -> None:
        """Refuse an element without a name, a value no crop can have, a test of no laboratory."""
        checked(element_name(self.element), self.value)
        if not self.laboratory.strip():
            raise SoilValueError(
                what="laboratory", value=self.laboratory, why="only laboratory values count; name the laboratory"
            )

    @property
    def analyte(self) -> str:
        """The element by its name in `analytes.csv`."""
        return element_name(self.element)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoodFinding:
    """What the tests of one element say: `exceeding` refuse, `keeping` show that the limits are kept.

    confirmed: one of the limits is, so that keeping it may allow something.
    """

    analyte: str
    limits: tuple[FoodLimit, ...]
    exceeding: tuple[CropTest, ...]
    keeping: tuple[CropTest, ...]

    @property
    def confirmed(self) -> bool:
        """Whether a limit among them was checked against the original."""
        return any(limit.confirmed for limit in self.limits)

    @property
    def shown(self) -> bool:
        """Whether the limits are shown to be kept, by a result and a limit that may allow something."""
        return bool(self.keeping) and not self.exceeding and self.confirmed


def tested_elements(
    crop: GatedCrop, tests: Iterable[CropTest], *, field: FieldId | None, today: date
) -> Mapping[str, FoodFinding]:
    """What the tests of that crop in that field say, by analyte, for every element with a food limit.

    Tests of other fields, of other crops and of days to come say nothing. Without a field, all tests must be of one.
    """
    own = _of_field(tests, field)
    judged = [test for test in own if test.sampled_on <= today and _is_of(test, crop)]
    return {
        analyte: _tested(analyte, limits, [test for test in judged if test.analyte == analyte], today)
        for analyte, limits in food_limits(crop.group).items()
    }


def _of_field(tests: Iterable[CropTest], field: FieldId | None) -> Sequence[CropTest]:
    tests = tuple(tests)
    if field is not None:
        return [test for test in tests if test.field == field]
    if len({test.field for test in tests}) > 1:
        raise SoilValueError(
            what="field", value=None, why="these crop tests are of several fields; say which field is screened"
        )
    return tests


def _is_of(test: CropTest, crop: GatedCrop) -> bool:
    return gated_crop(test.crop).scientific_name == crop.scientific_name


def _tested(analyte: str, limits: tuple[FoodLimit, ...], tests: Sequence[CropTest], today: date) -> FoodFinding:
    months = int(gate_setting("crop_test_months"))
    strictest = limits[0].mg_kg
    above = [test for test in tests if upper(test.value) > strictest]
    within = [test for test in tests if upper(test.value) <= strictest]
    newest_within = max((test.sampled_on for test in within), default=date.min)
    return FoodFinding(
        analyte=analyte,
        limits=limits,
        exceeding=tuple(
            test for test in above if today <= months_after(test.sampled_on, months) or newest_within <= test.sampled_on
        ),
        keeping=tuple(test for test in within if today <= months_after(test.sampled_on, months)),
    )
