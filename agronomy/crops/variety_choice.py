"""Which variety to plant: by use, by the diseases of the field, by what was written down about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from agronomy.crops.varieties import TRIAL_YIELD, Statement, Variety, traits, varieties_of
from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows


class VarietyQuestionError(AgronomyError):
    """A use or a disease is not one that the tables know; `known` lists those."""

    def __init__(self, kind: str, word: str, known: Collection[str]) -> None:
        self.word, self.known = word, tuple(sorted(known))
        super().__init__(f"{kind} {word!r} is unknown: use one of {', '.join(self.known)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a harvest is sold for; decisive_trait: what a buyer measures, "" where nothing."""

    name: str
    decisive_trait: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of why, with where it comes from."""

    zh: str
    en: str
    source: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VarietyChoice:
    """A variety with what speaks for it and what speaks against it; warned: it suffers from a disease of the field."""

    variety: Variety
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    warned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VarietyAdvice:
    """Varieties, the best first; where there is none, `silence_zh` and `silence_en` say so and whom to ask."""

    crop: str
    choices: tuple[VarietyChoice, ...]
    silence_zh: str = ""
    silence_en: str = ""


@cache
def uses() -> Mapping[str, Use]:
    """Every use by name."""
    return MappingProxyType(
        {
            row["use"]: Use(name=row["use"], decisive_trait=row["decisive_trait"], zh=row["zh"], en=row["en"])
            for row in table_rows("variety_uses")
        }
    )


def diseases() -> tuple[str, ...]:
    """The diseases that statements can be about."""
    return tuple(name for name, trait in traits().items() if trait.kind == "disease")


def choose_varieties(
    crop: str,
    *,
    use: str = "",
    diseases_present: Collection[str] = (),
    market: Collection[str] = (),
    known: Sequence[Variety] | None = None,
) -> VarietyAdvice:
    """The crop's varieties for that use, the best first; raises VarietyQuestionError.

    use: one of `uses()`; "" leaves it open. market: uses that buyers nearby take; empty where nobody knows.
    diseases_present: diseases seen in this field or its neighbours. known: what to choose from; the tables' if None.
    Order: free of known weakness to the field's diseases, then confirmed resistance to them, then the decisive trait of
    the use, then trials. What is unconfirmed can warn, but never recommends.
    """
    _check("use", [*([use] if use else []), *market], uses())
    _check("disease", diseases_present, diseases())
    candidates = varieties_of(crop) if known is None else tuple(variety for variety in known if variety.crop == crop)
    if not candidates:
        return _silent(
            crop, "没有这种作物的品种资料，请问当地农技站。", "No variety data for this crop: ask the station."
        )
    wanted = {use} if use else set(market)
    fit = [variety for variety in candidates if not wanted or variety.uses & wanted]
    if not fit:
        return _silent(
            crop, "没有适合这种用途的品种资料，请问当地农技站。", "No variety known for this use: ask the station."
        )
    pressing = tuple(dict.fromkeys(diseases_present))
    served = uses()[use] if use else None
    ordered = sorted(fit, key=lambda variety: (_rank(variety, pressing, served), variety.id))
    return VarietyAdvice(crop=crop, choices=tuple(_choice(variety, pressing, served) for variety in ordered))


def _check(kind: str, words: Collection[str], known: Collection[str]) -> None:
    for word in words:
        if word not in known:
            raise VarietyQuestionError(kind, word, known)


def _silent(crop: str, zh: str, en: str) -> VarietyAdvice:
    return VarietyAdvice(crop=crop, choices=(), silence_zh=zh, silence_en=en)


def _weight(statement: Statement | None) -> int:
    """A grade's weight; an unconfirmed resistance counts for nothing, an unconfirmed weakness counts in full."""
    if statement is None or statement.grade is None:
        return 0
    return statement.grade.weight if statement.confirmed else min(0, statement.grade.weight)


def _rank(variety: Variety, pressing: Sequence[str], use: Use | None) -> tuple[float, ...]:
    weights = [_weight(variety.reaction(disease)) for disease in pressing]
    decisive = _confirmed_middle(variety, use.decisive_trait) if use else 0.0
    elsewhere = sum(_weight(variety.reaction(disease)) for disease in diseases() if disease not in pressing)
    return (
        -min([0, *weights]),
        -sum(weights),
        0 if variety.confirmed else 1,
        -decisive,
        -elsewhere,
        -_confirmed_middle(variety, TRIAL_YIELD),
    )


def _confirmed_middle(variety: Variety, trait: str) -> float:
    middles = [said.middle for said in variety.about(trait) if said.confirmed and said.middle is not None]
    return max(middles, default=0.0)


def _choice(variety: Variety, pressing: Sequence[str], use: Use | None) -> VarietyChoice:
    reasons = [_used(variety)]
    warnings: list[Reason] = []
    for statement in _telling(variety, use):
        (warnings if _weight(statement) < 0 else reasons).append(_reason(statement))
    warnings += [_unrecorded(variety, disease) for disease in pressing if variety.reaction(disease) is None]
    warned = any(_weight(variety.reaction(disease)) < 0 for disease in pressing)
    return VarietyChoice(variety=variety, reasons=tuple(reasons), warnings=tuple(warnings), warned=warned)


def _telling(variety: Variety, use: Use | None) -> list[Statement]:
    """The statements a farmer is told: first what the use is paid for, then the rest; records are left out."""
    told = [statement for statement in variety.statements if statement.trait.kind != "record"]
    decisive = use.decisive_trait if use else ""
    return sorted(told, key=lambda statement: statement.trait.name != decisive)


def _used(variety: Variety) -> Reason:
    known = uses()
    zh = "、".join(use.zh for name, use in known.items() if name in variety.uses)
    en = ", ".join(use.en for name, use in known.items() if name in variety.uses)
    mark_zh, mark_en = ("", "") if variety.confirmed else ("（未核实）", " (unconfirmed)")
    return Reason(
        zh=f"用途：{zh}{mark_zh}", en=f"use: {en}{mark_en}", source=variety.source, confirmed=variety.confirmed
    )


def _reason(statement: Statement) -> Reason:
    return Reason(
        zh=statement.told_zh(), en=statement.told_en(), source=statement.source, confirmed=statement.confirmed
    )


def _unrecorded(variety: Variety, disease: str) -> Reason:
    trait = traits()[disease]
    return Reason(
        zh=f"{trait.zh}：没有{variety.zh}的记录，请问农技站",
        en=f"{trait.en}: no record for {variety.en}, ask the station",
        source="",
        confirmed=False,
    )
