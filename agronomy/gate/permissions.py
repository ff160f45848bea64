"""May this crop be advised on this ground: one of five states, with every line that led to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from agronomy.errors import SoilValueError
from agronomy.gate.crop_groups import GatedCrop, gated_crop
from agronomy.gate.crop_tests import CropTest, FoodFinding, tested_elements
from agronomy.gate.food_limits import TABLE, food_limits
from agronomy.gate.levels import GateLevel
from agronomy.gate.reasons import Reason, rule_confirmed
from agronomy.soil.analytes import analytes
from agronomy.soil.settings import gate_setting
from agronomy.table_rows import table_rows
from observations.identifiers import FieldId

PROVISIONAL = "provisional"


class PermissionState(StrEnum):
    """The five states of the safety badge, in the order of `permission_states.csv`."""

    ALLOWED = "allowed"
    PROVISIONAL = "provisional"
    TEST_FIRST = "test_first"
    UNTESTED = "untested"
    REFUSED = "refused"

    @property
    def zh(self) -> str:
        """The badge in Chinese."""
        return _states()[self]["zh"]

    @property
    def en(self) -> str:
        """The badge in English."""
        return _states()[self]["en"]

    @property
    def mark(self) -> str:
        """The shape of the badge, so that no colour is needed."""
        return _states()[self]["mark"]

    @property
    def advised(self) -> bool:
        """Whether the crop may be advised in that state."""
        return _states()[self]["advised"] == "yes"

    @property
    def severity(self) -> int:
        """How far from allowed."""
        return int(_states()[self]["severity"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether a crop may be advised, and why; true where it may.

    to_test: the elements (analyte names) that a crop test of this field has to show within the food limits first.
    """

    crop: GatedCrop
    state: PermissionState
    reasons: tuple[Reason, ...]
    to_test: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the crop may be advised."""
        return self.state.advised

    def __bool__(self) -> bool:
        """Whether the crop may be advised."""
        return self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a permission needs to know of a soil; exceeding: the elements above screening, by analyte name.

    officially_worse: an authority calls it worse than the soil's own values may show.
    """

    level: GateLevel
    provisional: bool
    exceeding: frozenset[str]
    officially_worse: bool
    field: FieldId | None
    reasons: tuple[Reason, ...]


def permission_on(
    ground: Ground, scientific_name: str, *, crop_tests: Sequence[CropTest] = (), today: date | None = None
) -> Permission:
    """Whether that crop may be advised on that ground; raises SoilValueError for crop tests without a day."""
    crop = gated_crop(scientific_name)
    if not crop.group.edible:
        return Permission(crop=crop, state=PermissionState.ALLOWED, reasons=(_about(crop, "not_edible", "allowed"),))
    if crop_tests and today is None:
        raise SoilValueError(what="today", value=None, why="crop tests age; say which day they are judged on")
    tested = {} if today is None else tested_elements(crop, crop_tests, field=ground.field, today=today)
    exceeded = tuple(_reasons_of_tests(crop, tested.values(), exceeding=True))
    if ground.level is GateLevel.STRICT:
        refusal = _about(crop, "edible_on_strict", "refused")
        return _permission(crop, PermissionState.REFUSED, [refusal, *exceeded, *ground.reasons])
    if exceeded:
        return _permission(crop, PermissionState.REFUSED, [*exceeded, *ground.reasons])
    if ground.level is GateLevel.UNKNOWN:
        return _permission(crop, PermissionState.UNTESTED, ground.reasons)
    return _unrefused(ground, crop, tested)


def _unrefused(ground: Ground, crop: GatedCrop, tested: Mapping[str, FoodFinding]) -> Permission:
    """The permission on land that is low or for safe use, where no crop test refuses."""
    good = PermissionState.PROVISIONAL if ground.provisional else PermissionState.ALLOWED
    shown = [element for element in tested.values() if element.shown]
    reasons = [*_reasons_of_tests(crop, shown, exceeding=False), *ground.reasons]
    if ground.level is GateLevel.LOW:
        return _permission(crop, good, reasons)
    if not crop.group.tested_above_screening:
        return _permission(crop, good, [_about(crop, "substitute_crop", good.value), *reasons])
    to_test = _to_test(ground, crop)
    lacking = tuple(name for name in to_test if name not in tested or not tested[name].shown)
    if to_test and not lacking:
        return _permission(crop, good, reasons)
    # Where no food limit exists at all, cadmium is named: no test of it can be judged, and the line says so.
    wanted = [_lacking(crop, name, tested.get(name)) for name in lacking or ("cd",)]
    return _permission(crop, PermissionState.TEST_FIRST, [*wanted, *reasons], lacking)


def _permission(
    crop: GatedCrop, state: PermissionState, reasons: Iterable[Reason], to_test: tuple[str, ...] = ()
) -> Permission:
    return Permission(crop=crop, state=state, reasons=tuple(reasons), to_test=to_test)


def _to_test(ground: Ground, crop: GatedCrop) -> tuple[str, ...]:
    """The elements a crop test has to cover: those above screening that food limits know.

    Every element that limits know, where one above screening has none, or where only the authority says why.
    """
    limited = food_limits(crop.group)
    known = ground.exceeding & set(limited)
    whole = ground.officially_worse or ground.exceeding != known
    return tuple(name for name in analytes() if name in (set(limited) if whole else known))


def _about(crop: GatedCrop, rule: str, decides: str) -> Reason:
    return Reason(
        rule=rule,
        decides=decides,
        crop=crop.scientific_name,
        crop_zh=crop.zh,
        table="crop groups",
        band=crop.group.name,
        unit="",
        source=f"{crop.source}; {crop.group.source}",
        confirmed=rule_confirmed(rule),
    )


def _lacking(crop: GatedCrop, analyte: str, tested: FoodFinding | None) -> Reason:
    limits = food_limits(crop.group).get(analyte, ())
    kept = tested is not None and tested.keeping
    rule = "no_food_limit" if not limits else "food_limit_unconfirmed" if kept else "crop_test_missing"
    newest = max(tested.keeping, key=lambda test: test.sampled_on) if tested is not None and tested.keeping else None
    limit = limits[0] if limits else None
    return Reason(
        rule=rule,
        decides=PermissionState.TEST_FIRST.value,
        analyte=analyte,
        crop=crop.scientific_name,
        crop_zh=crop.zh,
        table=TABLE,
        band=limit.crop_class_zh if limit else crop.group.name,
        limit=limit.mg_kg if limit else None,
        value=newest.value.value if newest else None,
        uncertainty=newest.value.uncertainty if newest else None,
        below_detection=newest.value.below_detection if newest else False,
        source=limit.source if limit else crop.group.source,
        confirmed=limit.confirmed if limit else True,
        sampled_on=newest.sampled_on if newest else None,
        sample=newest.id if newest else "",
        note=f"{gate_setting('crop_test_months'):g}",
    )


def _reasons_of_tests(crop: GatedCrop, tested: Iterable[FoodFinding], *, exceeding: bool) -> Iterable[Reason]:
    for element in tested:
        for test in element.exceeding if exceeding else element.keeping:
            limit = element.limits[0]
            yield Reason(
                rule="food_limit_exceeded" if exceeding else "food_limit_kept",
                decides=PermissionState.REFUSED.value if exceeding else PermissionState.ALLOWED.value,
                analyte=element.analyte,
                crop=crop.scientific_name,
                crop_zh=crop.zh,
                table=TABLE,
                band=limit.crop_class_zh,
                limit=limit.mg_kg,
                value=test.value.value,
                uncertainty=test.value.uncertainty,
                below_detection=test.value.below_detection,
                source=limit.source,
                confirmed=limit.confirmed,
                sampled_on=test.sampled_on,
                sample=test.id,
            )


@cache
def _states() -> Mapping[str, Mapping[str, str]]:
    return {row["state"]: row for row in table_rows("permission_states")}
