"""What the page of a field shows of its advice: numbered as the decision runs, in words, pictures beside them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from agronomy.advice.compared import Imagined
from agronomy.advice.growing import CropAdvice, Growing
from agronomy.advice.whole import Advice
from agronomy.crops.naming import crop_words
from agronomy.crops.variety_choice import VarietyChoice
from agronomy.gate.levels import GateLevel
from agronomy.gate.permissions import Permission
from agronomy.gate.reasons import Reason
from agronomy.gate.safety import ElementFinding
from agronomy.soil.analytes import analytes
from agronomy.suitability.parameters import factor_words
from agronomy.table_rows import table_rows
from agronomy.yields.anchors import jin_mu_from_kg_ha, regional_level
from agronomy.yields.expected import YieldEstimate
from api.advice_pictures import YieldBar, fit_bar, limit_bar, yield_bar
from api.console.words import Words

ELEMENT_WORDS = {
    GateLevel.LOW: ("good", Words(zh="不超", en="not above")),
    GateLevel.SAFE_USE: ("watch", Words(zh="高于筛选值", en="above screening")),
    GateLevel.STRICT: ("act", Words(zh="高于管制值", en="above intervention")),
}
LEVEL_TONES = {
    GateLevel.LOW: "good", GateLevel.SAFE_USE: "watch", GateLevel.STRICT: "act", GateLevel.UNKNOWN: "stale",
}  # fmt: skip
STATE_TONES = {"tick": "good", "half_ring": "stale", "triangle": "watch", "slashed_ring": "stale", "octagon": "act"}
REASONS_SHOWN = 2
MOST_CROPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRow:
    """One element beside its limits."""

    found: ElementFinding
    name: Words
    value: str
    tone: str
    word: Words
    bar: Markup
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CropCard:
    """What the gate says of one crop; lines: those of its own, or else the gravest of the ground."""

    permission: Permission
    name: Words
    tone: str
    lines: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CropGroup:
    """Crops of which the gate says the same; line: what it says of the first."""

    names: tuple[Words, ...]
    permission: Permission
    tone: str
    line: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """One factor of a crop's fit."""

    name: Words
    todo: Words
    value: float
    limiting: bool
    bar: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class CropFit:
    """2 and 3 of one crop; interval: None where no yield is expected."""

    crop: CropAdvice
    limiting: Words
    factors: tuple[FactorRow, ...]
    interval: Markup | None
    numbers: tuple[int, int, int] | None
    record: int | None


def gate_view(advice: Advice) -> dict[str, Any]:
    """1: the class, element by element, crop by crop."""
    gate = advice.gate
    here = None if advice.season is None else advice.season.scientific_name
    screening = gate.screening
    return {
        "gate": gate,
        "screening": screening,
        "level_tone": LEVEL_TONES[screening.level],
        "elements": [_element(found) for found in screening.findings],
        "bands": _bands(screening.findings),
        "land_use": _land_use(screening.land_use.value),
        "cards": _cards(gate.permissions.values(), here, screening.reasons),
        "groups": _groups(gate.permissions.values(), here),
        "held": [_crop_name(one) for one in gate.permissions.values() if not one.allowed],
        "missing_reasons": [reason for reason in screening.reasons if reason.value is None],
    }


def varieties_of(crop: CropAdvice, planted: str) -> list[VarietyChoice]:
    """The varieties of a crop, the one that is planted first."""
    choices = [] if crop.varieties is None else list(crop.varieties.choices)
    return sorted(choices, key=lambda one: planted not in {one.variety.zh, one.variety.en, one.variety.id})


def growing_view(advice: Advice) -> dict[str, Any]:
    """2 and 3, of the crop that grows here or else of the best; nothing where the gate refuses."""
    growing = advice.growing
    if growing is None:
        return {"growing": None, "main": None, "others": [], "ranking": None, "varieties": []}
    here = None if advice.season is None else advice.season.scientific_name
    main = _main(growing, here)
    planted = "" if advice.season is None else advice.season.variety
    return {
        "varieties": [] if main is None else varieties_of(main, planted),
        "growing": growing,
        "ranking": growing.ranking,
        "main": None if main is None else crop_fit(main),
        "others": [crop_fit(crop) for crop in growing.best if crop is not main],
    }


def crop_fit(crop: CropAdvice) -> CropFit:
    """How a crop fits, the limiting factor first, and what to expect of it."""
    estimate = crop.yields if isinstance(crop.yields, YieldEstimate) else None
    numbers = None if estimate is None else _round_jin(estimate)
    record = None if estimate is None else _record(crop.scientific_name, numbers)
    return CropFit(
        crop=crop,
        limiting=factor_name(crop.assessment.limiting_factor),
        factors=tuple(_factors(crop)),
        interval=None if numbers is None or estimate is None else _interval(crop, numbers, record, estimate),
        numbers=numbers,
        record=record,
    )


def factor_name(name: str) -> Words:
    """What a factor is called; "nothing" where none limits."""
    row = factor_words().get(name)
    return Words(zh="没有明显的短板", en="nothing limits") if row is None else Words(zh=row["zh"], en=row["en"])


def what_if_rows(imagined: Imagined, shown: str | None) -> list[dict[str, Any]]:
    """How the measures would change the fit: of the crop that is shown, and of every crop whose fit changes."""
    if imagined.before is None or imagined.after is None:
        return []
    after = {crop.scientific_name: crop for crop in imagined.after.crops}
    rows = []
    for crop in imagined.before.crops:
        then = after.get(crop.scientific_name)
        if then is None:
            continue
        changed = abs(then.assessment.score - crop.assessment.score) >= 0.005  # noqa: PLR2004 two decimals are shown
        if changed or crop.scientific_name == shown:
            rows.append(
                {
                    "name": Words(zh=crop.zh, en=crop.en),
                    "before": crop.assessment.score,
                    "after": then.assessment.score,
                    "changed": changed,
                    "limiting": factor_name(then.assessment.limiting_factor),
                }
            )
    return rows[:MOST_CROPS]


def laboratory_rows(advice: Advice) -> list[Any]:
    """The newest values that the gate does not show: of the topsoil first, then deeper ones."""
    shown = [value for value in advice.profile.values if not value.analyte.gate or value.analyte.name == "ph"]
    return sorted(shown, key=lambda value: value.depth_cm[0])


def _element(found: ElementFinding) -> ElementRow:
    about, (tone, word) = analytes()[found.analyte], ELEMENT_WORDS[found.level]
    value = found.measured.value
    less = "< " if value.below_detection else ""
    text = f"{less}{value.value:g}" + (f" ±{value.uncertainty:g}" if value.uncertainty else "")
    limits = f"筛选值 {found.screening.mg_kg:g}"
    if found.intervention is not None:
        limits += f"，管制值 {found.intervention.mg_kg:g}"
    return ElementRow(
        found=found,
        name=Words(zh=about.zh, en=about.symbol),
        value=text,
        tone=tone,
        word=word,
        bar=limit_bar(found, f"{about.zh} {text} mg/kg，{limits}：{word.zh}"),
        confirmed=found.screening.confirmed and (found.intervention is None or found.intervention.confirmed),
    )


def _bands(findings: Sequence[ElementFinding]) -> tuple[str, ...]:
    return findings[0].bands if findings else ()


def _land_use(name: str) -> Words:
    row = next(row for row in table_rows("land_uses") if row["land_use"] == name)
    return Words(zh=row["zh"], en=row["en"])


def _cards(permissions: Iterable[Permission], here: str | None, ground: Sequence[Reason]) -> list[CropCard]:
    """What grows here, where it is food."""
    planted = [one for one in permissions if one.crop.group.edible and one.crop.scientific_name == here]
    return [_card(permission, ground) for permission in planted]


def _groups(permissions: Iterable[Permission], here: str | None) -> list[CropGroup]:
    """The other food crops, together where the same is said of them; what is held back most comes first."""
    found: dict[tuple[str, str], list[Permission]] = {}
    for one in sorted(permissions, key=lambda one: -one.state.severity):
        if one.crop.group.edible and one.crop.scientific_name != here:
            said = one.reasons[0].zh.replace(one.crop.zh, "")
            found.setdefault((one.state.value, said), []).append(one)
    return [
        CropGroup(
            names=tuple(_crop_name(one) for one in members),
            permission=members[0],
            tone=STATE_TONES[members[0].state.mark],
            line=members[0].reasons[0],
        )
        for members in found.values()
    ]


def _crop_name(permission: Permission) -> Words:
    name = permission.crop.scientific_name
    zh, en = crop_words(name)
    return Words(zh=permission.crop.zh if zh == name else zh, en=en)


def _card(permission: Permission, ground: Sequence[Reason]) -> CropCard:
    own = [reason for reason in permission.reasons if reason not in ground]
    shown = own[:REASONS_SHOWN] or list(permission.reasons[:1])
    return CropCard(
        permission=permission,
        name=_crop_name(permission),
        tone=STATE_TONES[permission.state.mark],
        lines=tuple(shown),
    )


def _main(growing: Growing, here: str | None) -> CropAdvice | None:
    planted = next((crop for crop in growing.crops if crop.scientific_name == here), None)
    return planted or next(iter(growing.best), None)


def _factors(crop: CropAdvice) -> Iterator[FactorRow]:
    limiting = crop.assessment.limiting_factor
    for factor in crop.assessment.factors:
        row = factor_words()[factor.name]
        yield FactorRow(
            name=Words(zh=row["zh"], en=row["en"]),
            todo=Words(zh=row["advice_zh"], en=row["advice_en"]),
            value=factor.value,
            limiting=factor.name == limiting,
            bar=fit_bar(factor.value, limiting=factor.name == limiting),
        )


def _round_jin(estimate: YieldEstimate) -> tuple[int, int, int]:
    """Low, middle and high as people say them: to 50 jin, below 1,000 to 10; never a narrower interval."""
    low, middle, high = estimate.jin_mu
    step = 50 if high >= 1000 else 10  # noqa: PLR2004 jin a mu
    return int(low // step * step), round(middle / step) * step, int(-(-high // step) * step)


def _record(crop: str, numbers: tuple[int, int, int] | None) -> int | None:
    """The best single farm's result, where it lies beyond the interval."""
    level = regional_level(crop)
    if level is None or level.best_farm_kg_ha is None or numbers is None:
        return None
    jin = round(jin_mu_from_kg_ha(level.best_farm_kg_ha))
    return jin if jin >= numbers[2] else None


def _interval(crop: CropAdvice, numbers: tuple[int, int, int], record: int | None, estimate: YieldEstimate) -> Markup:
    low, middle, high = numbers
    said = f"{crop.zh}预计 {low:,} 到 {high:,} 斤/亩，中间 {middle:,}，{estimate.label_zh}"
    if record is not None:
        said += f"；好田收过 {record:,}，不是预期"
    bar = YieldBar(low=low, middle=middle, high=high, record=record)
    return yield_bar(bar, said, words=("多半在这中间", "好田，不是预期"))
