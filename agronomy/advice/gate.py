"""Advice, 1: may food be grown on this field; where a test is missing, how and where to get it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agronomy.advice.case import FieldCase
from agronomy.gate.levels import GateLevel
from agronomy.gate.permissions import Permission, PermissionState
from agronomy.gate.safety import Screening, screen_samples
from agronomy.gate.sampling_guide import Laboratory, SamplingStep, laboratories_for, sampling_steps
from agronomy.soil.samples import LandUse

STRICTEST = LandUse.ROTATION
"""Holds where nobody said how the land is used: of each element the stricter column; a test holds it to that."""

REFUSING = frozenset({GateLevel.UNKNOWN, GateLevel.STRICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class TestGuide:
    """How to take the sample that is missing, and where it can be tested; of: "soil" or "crop"."""

    of: str
    steps: tuple[SamplingStep, ...]
    laboratories: tuple[Laboratory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """1: may food be grown here.

    land_use_known: False where nobody said how the land is used, so that the strictest columns held.
    permissions: by scientific name, of every crop with a yield on record here and of what grows now.
    refuses: no food crop is advised at all. how_to_test: None where no test would settle anything.
    """

    screening: Screening
    land_use_known: bool
    permissions: Mapping[str, Permission]
    refuses: bool
    how_to_test: TestGuide | None


def gate_answer(case: FieldCase, crops: Iterable[str]) -> GateAnswer:
    """What the gate says of the field and of these crops (scientific names). Raises SoilValueError."""
    use = case.field.land_use
    screening = screen_samples(use or STRICTEST, case.samples, today=case.today, official=case.official)
    permissions = {name: permission_for(case, screening, name) for name in dict.fromkeys(crops)}
    return GateAnswer(
        screening=screening,
        land_use_known=use is not None,
        permissions=permissions,
        refuses=screening.level in REFUSING,
        how_to_test=_how_to_test(screening, permissions),
    )


def permission_for(case: FieldCase, screening: Screening, scientific_name: str) -> Permission:
    """Whether that crop may be advised on the field of that case."""
    return screening.permission(scientific_name, crop_tests=case.crop_tests, today=case.today)


def _how_to_test(screening: Screening, permissions: Mapping[str, Permission]) -> TestGuide | None:
    if screening.missing:
        return TestGuide(of="soil", steps=sampling_steps(), laboratories=laboratories_for("soil"))
    if any(permission.state is PermissionState.TEST_FIRST for permission in permissions.values()):
        return TestGuide(of="crop", steps=(), laboratories=laboratories_for("crop"))
    return None
