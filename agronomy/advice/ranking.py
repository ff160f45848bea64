"""Crops in the order in which to advise them to one household, with what could be lost by following it.

Where the household has dated, sourced prices and costs for every crop it compares, the order is by expected margin less
risk; otherwise by fit less risk, and the page says which. None is shipped. Permission comes in as the safety gate's
word and leaves as it came: only what is permitted is ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from agronomy.errors import AgronomyError

RISK_WEIGHT = 0.5
"""How much of the downside (expected less low) is taken off: a bad year must be borne (assumed)."""

_PRICE_DAYS = 400
"""Older prices say little of this season (assumed: one season and some weeks)."""


class RankingError(AgronomyError):
    """A candidate's numbers make no sense."""


class Basis(StrEnum):
    """What the order is by."""

    MARGIN = "expected margin and risk"
    FIT = "fit and risk: no dated, sourced prices and costs for every crop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Price and cost of a crop in this household; yuan. priced_on and source are what make it usable.

    price_yuan_kg: farm gate. cost_yuan_mu: seed, fertiliser, rent. labour_days_mu, wage_yuan_day: own work at what it
    could earn elsewhere.
    """

    price_yuan_kg: float
    cost_yuan_mu: float
    labour_days_mu: float
    wage_yuan_day: float
    priced_on: date
    source: str

    def usable(self, today: date) -> bool:
        """Whether it is sourced and recent enough."""
        return bool(self.source.strip()) and 0 <= (today - self.priced_on).days <= _PRICE_DAYS

    def margin_yuan_mu(self, yield_kg_mu: float) -> float:
        """What a mu leaves at that yield."""
        return yield_kg_mu * self.price_yuan_kg - self.cost_yuan_mu - self.labour_days_mu * self.wage_yuan_day


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldRange:
    """Fresh yield, kg/mu: what to expect and the interval around it."""

    low_kg_mu: float
    expected_kg_mu: float
    high_kg_mu: float

    def __post_init__(self) -> None:
        """Refuse an interval that does not hold its expectation."""
        if not 0 <= self.low_kg_mu <= self.expected_kg_mu <= self.high_kg_mu < float("inf"):
            msg = f"a yield range is 0 <= low <= expected <= high, not {self}"
            raise RankingError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One crop for one field. permitted: the safety gate's answer; permission: its state and reason as text."""

    scientific_name: str
    suitability: float
    limiting_factor: str
    permitted: bool
    permission: str
    yields: YieldRange | None = None
    money: Money | None = None

    def __post_init__(self) -> None:
        """Refuse a suitability that is no share."""
        if not 0 <= self.suitability <= 1:
            msg = f"suitability of {self.scientific_name} is a share from 0 to 1, not {self.suitability!r}"
            raise RankingError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One advised crop. value: yuan/mu or fit 0 to 1, after risk; low, high: the range that it may turn out in.

    regret: what could be missed by choosing it, if it turns out low and the best other one high; same unit.
    """

    candidate: Candidate
    value: float
    low: float
    high: float
    regret: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The advised crops, best first; refused: those that are not, with the reason.

    no_advice: why nothing is advised; empty where something is. top_regret: what could be missed by choosing the best
    of `ranked` and not one of the others.
    """

    basis: Basis
    ranked: Sequence[Ranked]
    refused: Sequence[tuple[Candidate, str]]
    no_advice: Sequence[str]
    top_regret: float


LEAST_FIT = 0.2
"""Below this a crop is not advised: one part in five of what the climate and soil could give (assumed)."""


def rank(candidates: Sequence[Candidate], *, today: date, top: int = 3, outside: Sequence[str] = ()) -> Ranking:
    """The best `top` crops of these; nothing where `outside` says that the field lies outside what is known.

    outside: reasons of `outside_knowledge`, or of any other model of this field.
    """
    reasons = [(one, _refusal(one)) for one in candidates]
    refused = [(one, reason) for one, reason in reasons if reason]
    left = [one for one, reason in reasons if not reason]
    basis = Basis.MARGIN if left and all(_priced(one, today) for one in left) else Basis.FIT
    if outside:
        return Ranking(basis=basis, ranked=[], refused=refused, no_advice=list(outside), top_regret=0.0)
    chosen = sorted((_valued(one, basis) for one in left), key=lambda one: (-one[1], one[0].scientific_name))[:top]
    ranked = [
        Ranked(candidate=one, value=value, low=low, high=high, regret=_regret(place, chosen))
        for place, (one, value, low, high) in enumerate(chosen)
    ]
    nothing = [] if ranked else ["no crop is both permitted and fit here 没有一种作物既准种又适合"]
    regret = ranked[0].regret if ranked else 0.0
    return Ranking(basis=basis, ranked=ranked, refused=refused, no_advice=nothing, top_regret=regret)


def _refusal(one: Candidate) -> str:
    if not one.permitted:
        return one.permission
    if one.suitability < LEAST_FIT:
        return f"does not fit: {one.limiting_factor} ({one.suitability:.2f})"
    return ""


def _priced(one: Candidate, today: date) -> bool:
    return one.money is not None and one.yields is not None and one.money.usable(today)


def _valued(one: Candidate, basis: Basis) -> tuple[Candidate, float, float, float]:
    """The candidate, its value less risk, and the range it may turn out in."""
    low, expected, high = _outcomes(one, basis)
    return one, expected - RISK_WEIGHT * (expected - low), low, high


def _outcomes(one: Candidate, basis: Basis) -> tuple[float, float, float]:
    yields, money = one.yields, one.money
    if basis is Basis.MARGIN and yields is not None and money is not None:
        low, expected, high = yields.low_kg_mu, yields.expected_kg_mu, yields.high_kg_mu
        return money.margin_yuan_mu(low), money.margin_yuan_mu(expected), money.margin_yuan_mu(high)
    if yields is None or yields.expected_kg_mu == 0:
        return one.suitability, one.suitability, one.suitability
    return (
        one.suitability * yields.low_kg_mu / yields.expected_kg_mu,
        one.suitability,
        min(1.0, one.suitability * yields.high_kg_mu / yields.expected_kg_mu),
    )


def _regret(place: int, chosen: Sequence[tuple[Candidate, float, float, float]]) -> float:
    others = [high for other, (_, _, _, high) in enumerate(chosen) if other != place]
    return max(0.0, max(others, default=chosen[place][2]) - chosen[place][2])
