"""How good the yields are on townships and years the model has not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from agronomy.yields.anchors import Anchor, anchors, regional_level
from agronomy.yields.correction import distances
from agronomy.yields.expected import YieldEstimate, YieldModel, estimate
from agronomy.yields.fitting import ObservedYield, fit

Floats = NDArray[np.float64]

TOP = 3
"""How many crops an advice names."""
REFUSED_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalPoint:
    """What remains when the strangest `refused` share of cases is refused."""

    refused: float
    mean_absolute_log_error: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Figures over left-out harvests; NaN where there is nothing to measure.

    harvests: estimated; refused: not estimated. coverage: share inside its interval. width: mean of high / low.
    bias: mean of observed log less predicted. mean_absolute_log_error: 0.1 is about 10 %. calibrated: share of
    estimates whose interval local harvests set. top_regret: mean share of the best crop's value that is lost by growing
    the best of the predicted top three; NaN where no group grew more than three crops. refusal: error and coverage of
    what remains, the case farthest from the training harvests refused first.
    """

    grouping: str
    harvests: int
    refused: int
    coverage: float
    width: float
    bias: float
    mean_absolute_log_error: float
    calibrated: float
    top_regret: float
    refusal: tuple[RefusalPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _LeftOut:
    """One harvest and the answer of a model that saw none of its group; strangeness: its distance from the others."""

    group: object
    harvest: ObservedYield
    answer: YieldEstimate
    strangeness: float


def leave_one_township_out(
    harvests: Sequence[ObservedYield],
    *,
    known: Sequence[Anchor] | None = None,
    value_per_kg: Mapping[str, float] | None = None,
) -> Evaluation:
    """How a model does in a township it has no harvest of."""
    return _evaluate("township", harvests, known, value_per_kg)


def leave_one_year_out(
    harvests: Sequence[ObservedYield],
    *,
    known: Sequence[Anchor] | None = None,
    value_per_kg: Mapping[str, float] | None = None,
) -> Evaluation:
    """How a model does in a year it has no harvest of."""
    return _evaluate("year", harvests, known, value_per_kg)


def top_k_regret(predicted: Sequence[float], realised: Sequence[float], k: int) -> float:
    """The share of the best realised value lost by taking the best of the k crops predicted highest."""
    order = np.argsort(-np.array(predicted), kind="stable")[:k]
    best = max(realised)
    return (best - max(realised[number] for number in order)) / best if best > 0 else 0.0


def _evaluate(
    grouping: str,
    harvests: Sequence[ObservedYield],
    known: Sequence[Anchor] | None,
    value_per_kg: Mapping[str, float] | None,
) -> Evaluation:
    reports = anchors() if known is None else known
    found: list[_LeftOut] = []
    refused = 0
    for group in dict.fromkeys(_group(harvest, grouping) for harvest in harvests):
        model = fit([harvest for harvest in harvests if _group(harvest, grouping) != group], known=reports)
        others = [harvest for harvest in harvests if _group(harvest, grouping) == group and harvest.kg_ha > 0]
        answers = estimate(model, [harvest.case for harvest in others])
        for harvest, answer in zip(others, answers, strict=True):
            if isinstance(answer, YieldEstimate):
                strangeness = _strangeness(model, harvest)
                found.append(_LeftOut(group=group, harvest=harvest, answer=answer, strangeness=strangeness))
            else:
                refused += 1
    values = value_per_kg if value_per_kg is not None else _equal_values(reports)
    return _figures(grouping, found, refused, values)


def _group(harvest: ObservedYield, grouping: str) -> object:
    return harvest.case.township if grouping == "township" else harvest.year


def _strangeness(model: YieldModel, harvest: ObservedYield) -> float:
    """Squared distance from what was seen; infinite where a feature is missing, 0 where none was seen."""
    seen = model.crops[harvest.case.crop].seen
    return float(np.nan_to_num(distances(seen, [harvest.case.features])[0], nan=np.inf)) if seen else 0.0


def _equal_values(reports: Sequence[Anchor]) -> dict[str, float]:
    """Values a kg at which every crop's regional level is worth the same."""
    levels = {anchor.crop: regional_level(anchor.crop, reports) for anchor in reports}
    return {crop: float(np.exp(-level.mean_log)) for crop, level in levels.items() if level}


def _figures(grouping: str, found: Sequence[_LeftOut], refused: int, values: Mapping[str, float]) -> Evaluation:
    errors = np.array([log(one.harvest.kg_ha / one.answer.expected_kg_ha) for one in found])
    inside = np.array(
        [one.answer.low_kg_ha <= one.harvest.kg_ha <= one.answer.high_kg_ha for one in found], dtype=float
    )
    return Evaluation(
        grouping=grouping,
        harvests=len(found),
        refused=refused,
        coverage=_mean(inside),
        width=_mean(np.array([one.answer.high_kg_ha / one.answer.low_kg_ha for one in found])),
        bias=_mean(errors),
        mean_absolute_log_error=_mean(np.abs(errors)),
        calibrated=_mean(np.array([one.answer.calibrated for one in found], dtype=float)),
        top_regret=_regret(found, values),
        refusal=_refusal(np.array([one.strangeness for one in found]), np.abs(errors), inside),
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _regret(found: Sequence[_LeftOut], values: Mapping[str, float]) -> float:
    regrets: list[float] = []
    for group in dict.fromkeys(one.group for one in found):
        by_crop: dict[str, list[_LeftOut]] = {}
        for one in found:
            if one.group == group and one.harvest.case.crop in values:
                by_crop.setdefault(one.harvest.case.crop, []).append(one)
        if len(by_crop) <= TOP:
            continue
        predicted = [
            values[crop] * _mean(np.array([one.answer.expected_kg_ha for one in ones]))
            for crop, ones in by_crop.items()
        ]
        realised = [
            values[crop] * _mean(np.array([one.harvest.kg_ha for one in ones])) for crop, ones in by_crop.items()
        ]
        regrets.append(top_k_regret(predicted, realised, TOP))
    return _mean(np.array(regrets))


def _refusal(strangeness: Floats, errors: Floats, inside: Floats) -> tuple[RefusalPoint, ...]:
    order = np.argsort(strangeness, kind="stable")
    points: list[RefusalPoint] = []
    for share in REFUSED_SHARES if len(order) else ():
        kept = order[: max(1, round(len(order) * (1 - share)))]
        points.append(
            RefusalPoint(refused=share, mean_absolute_log_error=_mean(errors[kept]), coverage=_mean(inside[kept]))
        )
    return tuple(points)
