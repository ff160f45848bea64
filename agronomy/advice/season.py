"""Advice, the week: what grows now, its calendar, what its sensors say is due, water and fertiliser.

A crop that the gate does not permit gets none of this: to tend it would be to advise it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from agronomy.advice.case import FieldCase
from agronomy.advice.gate import GateAnswer
from agronomy.crops.naming import scientific_name
from agronomy.fertiliser.doses import FertiliserPlan, fertiliser_plan
from agronomy.gate.permissions import Permission
from agronomy.pushes.calendar import Stage, stages
from agronomy.pushes.due import Decision, FieldNow, decisions
from agronomy.pushes.texts import PushText, irrigation_text, push_text
from agronomy.soil.probes import ProbeUse
from agronomy.soil.samples import Soil
from agronomy.water.crop_water import crop_water
from agronomy.water.irrigation import IrrigationAdvice, MoistureAt, WaterPlace, irrigation_advice
from agronomy.water.soil_water import SoilWater, soil_waters

UNKNOWN_CROP = (
    "作物表里没有这种作物，不作建议，请问镇农技站",
    "No table knows this crop, so nothing is advised: ask the station",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueText:
    """A push that is due now, in words."""

    decision: Decision
    text: PushText


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What grows now, and what to do this week.

    permission: None where no table knows the crop. withheld: why nothing is advised for it, Chinese and English; then
    stages, decisions, due, irrigation and fertiliser are empty. irrigation: None where no climate is near.
    """

    called: str
    scientific_name: str | None
    variety: str
    planted_on: date | None
    permission: Permission | None
    withheld: tuple[str, str] | None
    stages: tuple[Stage, ...] = ()
    decisions: tuple[Decision, ...] = ()
    due: tuple[DueText, ...] = ()
    irrigation: IrrigationAdvice | None = None
    irrigation_text: tuple[str, str] | None = None
    fertiliser: FertiliserPlan | None = None


def season(case: FieldCase, gate: GateAnswer, soil: Soil) -> Season | None:
    """The week of what grows on the field; None where it lies fallow."""
    called = case.field.crop.strip()
    if not called:
        return None
    name = scientific_name(called)
    permission = None if name is None else gate.permissions[name]
    withheld = _withheld(permission)
    told = Season(
        called=called,
        scientific_name=name,
        variety=case.field.variety,
        planted_on=case.field.planted_on,
        permission=permission,
        withheld=withheld,
    )
    if withheld is not None or name is None:
        return told
    soils = soil_waters(soil.texture)
    now = field_now(case, soils)
    decided = decisions(now, case.sent)
    plan = fertiliser_plan(name)
    water = _irrigation(case, soil, soils)
    return replace(
        told,
        stages=stages(called, case.today, case.field.planted_on),
        decisions=decided,
        due=tuple(_due(decision, case, soils, plan) for decision in decided if decision.to_send),
        irrigation=water,
        irrigation_text=None if water is None else irrigation_text(water, today=case.today),
        fertiliser=plan,
    )


def field_now(case: FieldCase, soils: tuple[SoilWater, ...]) -> FieldNow:
    """The field as the rules of the pushes see it."""
    return FieldNow(
        field=case.field.id,
        crop=case.field.crop,
        planted_on=case.field.planted_on,
        today=case.today,
        now=case.now,
        soils=soils,
        columns=tuple(case.columns),
    )


def _withheld(permission: Permission | None) -> tuple[str, str] | None:
    """Why nothing is advised for what grows; None where it may be tended."""
    if permission is None:
        return UNKNOWN_CROP
    if permission.allowed:
        return None
    reason = permission.reasons[0]
    return f"{permission.state.zh}：{reason.zh}", f"{permission.state.en}: {reason.en}"


def _due(decision: Decision, case: FieldCase, soils: Sequence[SoilWater], plan: FertiliserPlan | None) -> DueText:
    advice = potash_text(plan) if decision.rule.rule.startswith("topdress") else ""
    return DueText(
        decision=decision,
        text=push_text(decision, field_name=case.field.name, today=case.today, soils=soils, advice_zh=advice),
    )


def potash_text(plan: FertiliserPlan | None) -> str:
    """The last stage of the plan in few words, e.g. "硫酸钾 6–8 公斤/亩"; empty where no norm is known."""
    if plan is None or not plan.stages:
        return ""
    return "、".join(
        f"{one.product.zh} {one.low_kg_mu:.0f}–{one.high_kg_mu:.0f} 公斤/亩" for one in plan.stages[-1].products
    )


def _irrigation(case: FieldCase, soil: Soil, soils: tuple[SoilWater, ...]) -> IrrigationAdvice | None:
    crop, climate = crop_water(case.field.crop), case.climate
    if crop is None or climate is None or case.field.planted_on is None:
        return None
    place = WaterPlace(
        latitude_deg=climate.climate.latitude_deg if case.field.latitude_deg is None else case.field.latitude_deg,
        altitude_m=climate.climate.altitude_m if case.field.altitude_m is None else case.field.altitude_m,
        soils=soils,
        soil_depth_m=None if soil.depth_cm is None else soil.depth_cm / 100,
    )
    return irrigation_advice(
        crop,
        place,
        planted_on=case.field.planted_on,
        today=case.today,
        probes=_moisture(case),
        expected=[day.weather for day in case.weather],
    )


def _moisture(case: FieldCase) -> Sequence[MoistureAt]:
    return [
        MoistureAt(depth_cm=probe.depth_cm, moisture_percent=probe.value)
        for probe in case.probes
        if probe.observed_property == "soil_moisture" and probe.use is ProbeUse.USABLE and probe.value is not None
    ]
