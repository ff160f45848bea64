"""Advice as plain data (dict, list, text, number) that JSON holds: what is kept, sent and compared is one and the same.

Every crop that is named as advised stands under "crops" (status "advised"), "also_fit" or "season"; nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agronomy.advice.gate import GateAnswer
from agronomy.advice.growing import CropAdvice, Growing
from agronomy.advice.season import Season
from agronomy.advice.what_if import Improvement
from agronomy.advice.whole import Advice
from agronomy.fertiliser.doses import FertiliserPlan
from agronomy.gate.permissions import Permission
from agronomy.gate.reasons import Reason
from agronomy.suitability.parameters import factor_words
from agronomy.suitability.scores import Assessment
from agronomy.yields.expected import Answer, YieldEstimate

Plain = dict[str, Any]
DIGITS = 3


def advice_plain(advice: Advice) -> Plain:
    """The whole advice."""
    return {
        "field": advice.field,
        "field_name": advice.field_name,
        "made_on": advice.made_on.isoformat(),
        "valid_until": advice.valid_until.isoformat(),
        "tables": advice.tables,
        "gate": gate_plain(advice.gate),
        "growing": None if advice.growing is None else growing_plain(advice.growing),
        "season": None if advice.season is None else _season(advice.season),
        "missing": [{"name": one.name, "zh": one.zh, "en": one.en} for one in advice.missing],
    }


def decision_of(content: Mapping[str, Any]) -> Plain:
    """What of plain advice decides: when this changes, the advice before it no longer holds."""
    growing, season = content["growing"], content["season"]
    return {
        "level": content["gate"]["level"],
        "provisional": content["gate"]["provisional"],
        "permissions": {name: one["state"] for name, one in content["gate"]["permissions"].items()},
        "advised": advised_in(content),
        "withheld": season is not None and season["withheld"] is not None,
        "outside": [] if growing is None else growing["outside"],
    }


def advised_in(content: Mapping[str, Any]) -> Sequence[str]:
    """The scientific names of all crops that plain advice tells anyone to grow or to tend."""
    growing, season = content["growing"], content["season"]
    names = [] if growing is None else [one["crop"] for one in growing["crops"] if one["status"] == "advised"]
    names += [] if growing is None else [one["crop"] for one in growing["also_fit"]]
    if season is not None and season["withheld"] is None:
        names.append(season["crop"])
    return list(dict.fromkeys(names))


def gate_plain(gate: GateAnswer) -> Plain:
    """1: may food be grown here."""
    screening = gate.screening
    guide = gate.how_to_test
    return {
        "level": screening.level.value,
        "zh": screening.level.zh,
        "en": screening.level.en,
        "provisional": screening.provisional,
        "screening_result_only": True,
        "official_class": None if screening.official is None else screening.official.level.value,
        "land_use": screening.land_use.value,
        "land_use_known": gate.land_use_known,
        "refuses": gate.refuses,
        "missing": list(screening.missing),
        "reasons": [reason_plain(reason) for reason in screening.reasons],
        "permissions": {name: _permission(one, screening.reasons) for name, one in gate.permissions.items()},
        "how_to_test": None
        if guide is None
        else {
            "of": guide.of,
            "steps": [{"zh": step.zh, "en": step.en, "confirmed": step.confirmed} for step in guide.steps],
            "laboratories": [
                {"zh": one.zh, "en": one.en, "how_to_reach": one.how_to_reach, "confirmed": one.confirmed}
                for one in guide.laboratories
            ],
        },
    }


def reason_plain(reason: Reason) -> Plain:
    """One line of a decision, with the row it cites."""
    return {
        "zh": reason.zh,
        "en": reason.en,
        "rule": reason.rule,
        "decides": reason.decides,
        "analyte": reason.analyte,
        "table": reason.table,
        "band": reason.band,
        "bands": list(reason.bands),
        "land_use": reason.land_use,
        "limit": reason.limit,
        "value": reason.value,
        "uncertainty": reason.uncertainty,
        "below_detection": reason.below_detection,
        "unit": reason.unit,
        "source": reason.source,
        "confirmed": reason.confirmed,
        "sampled_on": None if reason.sampled_on is None else reason.sampled_on.isoformat(),
        "sample": reason.sample,
    }


def _permission(permission: Permission, ground: Sequence[Reason]) -> Plain:
    """The permission with the lines of its own, and the gravest of the ground's, which stand under the gate."""
    own = [reason for reason in permission.reasons if reason not in ground]
    return {
        "crop": permission.crop.scientific_name,
        "crop_zh": permission.crop.zh,
        "state": permission.state.value,
        "zh": permission.state.zh,
        "en": permission.state.en,
        "allowed": permission.allowed,
        "to_test": list(permission.to_test),
        "reasons": [reason_plain(reason) for reason in (*own, *ground[:1])],
    }


def growing_plain(growing: Growing) -> Plain:
    """2 and 3: what fits, how much, which first."""
    climate, ranking = growing.climate, growing.ranking
    return {
        "outside": list(growing.outside),
        "no_advice": list(ranking.no_advice),
        "irrigated": growing.irrigated,
        "climate": None
        if climate is None
        else {"zh": climate.zh, "en": climate.en, "period": climate.period, "km": round(growing.climate_km, 1)},
        "ranked_by": ranking.basis.value,
        "top_regret": round(ranking.top_regret, DIGITS),
        "crops": [_crop(crop) for crop in growing.crops],
        "also_fit": [
            {"crop": fit.assessment.crop.scientific_name, "zh": fit.zh, "en": fit.en, **_fit(fit.assessment)}
            for fit in growing.also_fit
        ],
    }


def _crop(crop: CropAdvice) -> Plain:
    ranked, varieties = crop.ranked, crop.varieties
    return {
        "crop": crop.scientific_name,
        "zh": crop.zh,
        "en": crop.en,
        "status": "not_advised" if ranked is None else "advised",
        "permission": crop.permission.state.value,
        "fit": _fit(crop.assessment),
        "yield": yield_plain(crop.yields),
        "value": None if ranked is None else round(ranked.value, DIGITS),
        "regret": None if ranked is None else round(ranked.regret, DIGITS),
        "varieties": []
        if varieties is None
        else [
            {
                "id": one.variety.id,
                "zh": one.variety.zh,
                "en": one.variety.en,
                "warned": one.warned,
                "reasons": [{"zh": why.zh, "en": why.en, "source": why.source} for why in one.reasons],
                "warnings": [{"zh": why.zh, "en": why.en, "source": why.source} for why in one.warnings],
            }
            for one in varieties.choices
        ],
        "fertiliser": _plan(crop.fertiliser),
        "fertiliser_checks": [
            {"nutrient": one.nutrient, "verdict": one.verdict.value, "confirmed": one.confirmed}
            for one in crop.fertiliser_checks
        ],
        "improvements": [_improvement(one) for one in crop.improvements],
    }


def _fit(assessment: Assessment) -> Plain:
    words = factor_words().get(assessment.limiting_factor, {})
    return {
        "score": round(assessment.score, DIGITS),
        "limiting_factor": assessment.limiting_factor,
        "limiting_zh": words.get("zh", ""),
        "limiting_en": words.get("en", ""),
        "factors": {factor.name: round(factor.value, DIGITS) for factor in assessment.factors},
        "unknown": list(assessment.unknown),
        "planting_months": list(assessment.planting_months),
    }


def yield_plain(yields: Answer) -> Plain:
    """An interval with its calibration state, or why none is given."""
    if not isinstance(yields, YieldEstimate):
        return {"refused": yields.reason, "zh": yields.zh, "en": yields.en}
    low, expected, high = (round(end) for end in yields.jin_mu)
    return {
        "low_jin_mu": low,
        "expected_jin_mu": expected,
        "high_jin_mu": high,
        "coverage": yields.coverage,
        "calibrated": yields.calibrated,
        "harvests": yields.harvests,
        "label_zh": yields.label_zh,
        "label_en": yields.label_en,
        "limited_by": yields.limited_by,
        "capped": yields.capped,
        "factors": {name: round(value, DIGITS) for name, value in yields.factors.items()},
    }


def _improvement(one: Improvement) -> Plain:
    lime = one.measure.lime
    return {
        "measure": one.measure.measure,
        "zh": one.measure.zh,
        "en": one.measure.en,
        "before": round(one.before.score, DIGITS),
        "after": round(one.after.score, DIGITS),
        "lime_kg_mu": None if lime is None else [round(lime.low_kg_mu), round(lime.high_kg_mu)],
    }


def _plan(plan: FertiliserPlan | None) -> Plain | None:
    if plan is None:
        return None
    return {
        "level": plan.norm.level,
        "region": plan.norm.region,
        "confirmed": plan.confirmed,
        "sources": list(plan.sources),
        "chloride_free": plan.chloride_free[0] if plan.chloride_free else None,
        "stages": [
            {
                "zh": stage.zh,
                "en": stage.en,
                "confirmed": stage.confirmed,
                "products": [
                    {
                        "zh": one.product.zh,
                        "en": one.product.en,
                        "low_kg_mu": round(one.low_kg_mu, 1),
                        "high_kg_mu": round(one.high_kg_mu, 1),
                    }
                    for one in stage.products
                ],
            }
            for stage in plan.stages
        ],
    }


def _season(season: Season) -> Plain:
    withheld, water = season.withheld, season.irrigation_text
    return {
        "called": season.called,
        "crop": season.scientific_name,
        "variety": season.variety,
        "planted_on": None if season.planted_on is None else season.planted_on.isoformat(),
        "withheld": None if withheld is None else {"zh": withheld[0], "en": withheld[1]},
        "stages": [
            {
                "zh": stage.zh,
                "en": stage.en,
                "first": stage.first.isoformat(),
                "last": stage.last.isoformat(),
                "tasks_zh": stage.tasks_zh,
                "tasks_en": stage.tasks_en,
                "confirmed": stage.confirmed,
            }
            for stage in season.stages
        ],
        "due": [
            {
                "key": str(one.decision.key),
                "rule": one.decision.rule.rule,
                "urgency": one.decision.rule.urgency,
                "sms_zh": one.text.sms_zh,
                "do_zh": one.text.do_zh,
                "why_zh": one.text.why_zh,
                "do_en": one.text.do_en,
                "why_en": one.text.why_en,
                "valid_until": one.text.valid_until.isoformat(),
            }
            for one in season.due
        ],
        "water": None if water is None else {"zh": water[0], "en": water[1]},
        "fertiliser": _plan(season.fertiliser),
    }
