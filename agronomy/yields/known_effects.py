"""What is known of a case before any local harvest: weather, soil water, date, variety, limits, as logarithms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log, log1p, sqrt

import numpy as np
from numpy.typing import NDArray

from agronomy.crops.varieties import AGAINST_CHECK, find_variety
from agronomy.yields.anchors import priors
from agronomy.yields.relative_yields import Growing, effects

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldCase:
    """One crop (scientific name) on one field in one season.

    variety: id or name, "" where open. limits: share of the yield that each limit leaves, by its name, 0 to 1 (from
    suitability, salinity, soil); the least counts (Liebig). features: plain numbers of the field that a correction may
    learn from, by name; the same names and units for every field.
    """

    crop: str
    growing: Growing = Growing()  # noqa: RUF009 - frozen
    variety: str = ""
    township: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEffects:
    """Arrays, one entry a case: logarithms of what multiplies the level, and the spread that comes with them.

    limited_by: the limit that counts, "" where none costs anything. refused: the word of a refusal, "" where none.
    """

    growing: Floats
    variety: Floats
    limits: Floats
    spread: Floats
    limited_by: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def log(self) -> Floats:
        """All effects together."""
        return self.growing + self.variety + self.limits


def known_effects(crop: str, cases: Sequence[YieldCase]) -> KnownEffects:
    """The effects on every case; all cases are of that crop."""
    count = len(cases)
    grown = effects(crop, [case.growing for case in cases])
    if grown is None:
        growing, unknown = np.zeros(count), np.full(count, priors()["unmodelled_spread"])
        beyond = np.zeros(count, dtype=np.bool_)
    else:
        growing, unknown, beyond = grown.log_relative, grown.spread, grown.outside
    floor = priors()["limit_floor"]
    by_variety = {name: variety_effect(name) for name in {case.variety for case in cases}}
    least = [_least(case.limits) for case in cases]
    return KnownEffects(
        growing=growing,
        variety=np.array([by_variety[case.variety][0] for case in cases]),
        limits=np.array([log(max(share, floor)) for _, share in least]),
        spread=np.hypot(unknown, np.array([by_variety[case.variety][1] for case in cases])),
        limited_by=tuple(name for name, _ in least),
        refused=tuple(
            "limit" if share < floor else "climate unknown" if far else ""
            for (_, share), far in zip(least, beyond.tolist(), strict=True)
        ),
    )


def variety_effect(name: str) -> tuple[float, float]:
    """The logarithm of what a variety yields on farms against the usual ones, and its standard deviation.

    Normal-normal: with V the variance between varieties on farms and E that of a trial's advantage around it, a trial
    that found ln(1 + x) against its check is believed to V / (V + E); the variance left is V E / (V + E). Nothing is
    believed of varieties without a confirmed trial against a check, nor of any breeder's yields.
    """
    between, trial = priors()["variety_spread"] ** 2, priors()["trial_spread"] ** 2
    variety = find_variety(name) if name else None
    found = [
        said.middle
        for said in (variety.about(AGAINST_CHECK) if variety else ())
        if said.confirmed and said.middle is not None
    ]
    if not found:
        return 0.0, sqrt(between)
    believed = between / (between + trial)
    advantage = sum(log1p(percent / 100) for percent in found) / len(found)
    return believed * advantage, sqrt(between * (1 - believed))


def _least(limits: Mapping[str, float]) -> tuple[str, float]:
    """The limit that counts and its share; a share of 1 limits nothing."""
    name, share = min(limits.items(), key=lambda item: (item[1], item[0]), default=("", 1.0))
    return (name, max(0.0, share)) if share < 1 else ("", 1.0)
