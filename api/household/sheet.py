"""The household's sheet, from advice as it was given: what to do, what may be grown, how much, when, why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from agronomy.crops.naming import crop_words
from agronomy.gate.levels import GateLevel
from agronomy.given import GivenAdvice
from agronomy.yields.anchors import jin_mu_from_kg_ha, regional_level
from api.advice_pictures import StageBox, YieldBar, stage_row, yield_bar
from api.public.language import Language, short_day

TASKS = 3
"""More is not done."""
CROPS_WITH_REASON, CROPS_NAMED = 2, 6
REASONS = 3
URGENCIES = ("act", "do", "plan")
"""What is lost by waiting comes first."""
SOON = timedelta(days=45)
"""A stage that begins later is no task yet."""
SHEET_WIDTH = 690
Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line in both languages, with a second line below it; tick: something one does and ticks off."""

    zh: str
    en: str
    more_zh: str = ""
    more_en: str = ""
    tick: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Crops of one box: with their reason, and those that are only named."""

    crops: tuple[Said, ...]
    named: tuple[Said, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the sheet shows; interval, stages: empty where there is nothing to show."""

    given: GivenAdvice
    title: Said
    tasks: tuple[Said, ...]
    may: Verdicts
    may_not: Verdicts
    refused: bool
    provisional: bool
    crop: Said | None
    interval: Markup
    interval_said: Said | None
    stages: Markup
    why: tuple[Said, ...]
    places: tuple[Said, ...]
    out_of_date: bool


def sheet_of(given: GivenAdvice, *, today: date, language: Language) -> Sheet:
    """The sheet of that advice on that day."""
    content = given.content
    gate, season, growing = content["gate"], content["season"], content["growing"]
    tasks = tuple(_tasks(content, today))[:TASKS]
    crop = _shown_crop(growing, season)
    interval, said = _interval(crop, language)
    guide = gate["how_to_test"]
    return Sheet(
        given=given,
        title=_title(gate, tasks),
        tasks=tasks,
        may=Verdicts(crops=(), named=()) if _outside(content) else _verdicts(gate, allowed=True),
        may_not=_verdicts(gate, allowed=False),
        refused=gate["refuses"],
        provisional=gate["provisional"],
        crop=None if crop is None else Said(zh=crop["zh"], en=crop["en"]),
        interval=interval,
        interval_said=said,
        stages=_stages(season, today, language),
        why=tuple(_why(content))[:REASONS],
        places=() if guide is None else tuple(_places(guide)),
        out_of_date=today > given.valid_until,
    )


def _outside(content: Plain) -> bool:
    """Whether the field lies outside what advice knows, so that nothing is advised whatever the gate permits."""
    return content["growing"] is not None and bool(content["growing"]["outside"])


def _title(gate: Plain, tasks: Sequence[Said]) -> Said:
    if gate["level"] == GateLevel.UNKNOWN:
        return Said(zh="先送土样去化验", en="Have the soil tested first")
    if gate["refuses"]:
        return Said(zh="这块地不种吃的", en="Grow no food on this field")
    if not any(task.tick for task in tasks):
        return Said(zh="这周没有要办的", en="Nothing to do this week")
    return Said(zh="这几天要办的", en="To do in these days")


def _tasks(content: Plain, today: date) -> Iterator[Said]:
    """What is due, then the sample that is missing, then what the stages ask for."""
    gate, season = content["gate"], content["season"]
    for due in sorted([] if season is None else season["due"], key=lambda due: URGENCIES.index(due["urgency"])):
        today_zh, today_en = ("今天：", "Today: ") if due["urgency"] == URGENCIES[0] else ("", "")
        do_zh, do_en = f"{today_zh}{due['do_zh']}", f"{today_en}{due['do_en']}"
        yield Said(zh=do_zh, en=do_en, more_zh=due["why_zh"], more_en=due["why_en"])
    if gate["level"] == GateLevel.UNKNOWN and gate["how_to_test"]:
        yield from _sampling(gate)
    elif gate["refuses"]:
        zh, en = "吃的都不种；种别的先问镇农技站", "Grow nothing to eat; ask the station what else may be grown"
        yield Said(
            zh=zh,
            en=en,
            tick=False,
            more_zh="只有新的化验能改这个结论",
            more_en="Only a new laboratory sample changes this",
        )
    elif _outside(content):
        zh, en = "这里的气候或土不在核对过的范围，不出建议", "Climate or soil lies outside what is known: no advice"
        yield Said(zh=zh, en=en, more_zh="问镇农技站或 12316", more_en="Ask the station, or 12316", tick=False)
    if season is not None and season["withheld"] is not None:
        held = season["withheld"]
        zh, en = f"{season['called']}先不给建议", f"No advice yet for {season['crop'] or season['called']}"
        yield Said(zh=zh, en=en, more_zh=held["zh"], more_en=held["en"], tick=False)
    for stage in () if season is None else season["stages"]:
        first, last = date.fromisoformat(stage["first"]), date.fromisoformat(stage["last"])
        if stage["tasks_zh"] and last >= today and first <= today + SOON:
            begin_zh, begin_en = (
                ("现在", "Now") if first <= today else (f"{short_day(first)[0]}起", short_day(first)[1])
            )
            yield Said(
                zh=f"{begin_zh}：{stage['tasks_zh']}",
                en=f"{begin_en}: {stage['tasks_en']}",
                more_zh=f"{stage['zh']}，到 {short_day(last)[0]}",
                more_en=f"{stage['en']}, until {short_day(last)[1]}",
            )


def _sampling(gate: Plain) -> Iterator[Said]:
    steps = gate["how_to_test"]["steps"]
    if steps:
        yield Said(
            zh="取一个土样：0–20 厘米，走 S 形取 10 到 15 点，混匀留 1 公斤",
            en="Take one sample: 0-20 cm, 10 to 15 points along an S, mixed, 1 kg kept",
            more_zh="避开田埂、路边、粪堆；袋里袋外各放一张标签",
            more_en="Away from bunds, roads and manure; a label inside and outside",
        )
    place = next(iter(gate["how_to_test"]["laboratories"]), None)
    yield Said(
        zh="送去化验：酸碱度、镉、砷、汞、铅、铬",
        en="Have pH, Cd, As, Hg, Pb and Cr tested",
        more_zh="" if place is None else f"{place['zh']}；不知道到哪里，打 12316",
        more_en="" if place is None else f"{place['en']}; or ask 12316",
    )
    yield Said(zh="化验单交给联系人，等新的一页", en="Give the report to your contact; a new sheet follows")


def _verdicts(gate: Plain, *, allowed: bool) -> Verdicts:
    """The crops of one box, together where the same is said of them; a crop that nobody eats is in neither."""
    found = [one for one in gate["permissions"].values() if one["allowed"] is allowed]
    found = [one for one in found if one["reasons"] and one["reasons"][0]["rule"] != "not_edible"]
    found.sort(key=lambda one: (one["state"] != "refused") if not allowed else (one["state"] == "provisional"))
    groups: dict[tuple[str, str], list[Plain]] = {}
    for one in found:
        groups.setdefault((one["state"], one["reasons"][0]["zh"].replace(one["crop_zh"], "")), []).append(one)
    members = list(groups.values())
    crops = tuple(
        Said(
            zh=f"{'、'.join(one['crop_zh'] for one in same)}：{same[0]['zh']}",
            en=f"{', '.join(crop_words(one['crop'])[1] for one in same)}: {same[0]['en']}",
            more_zh=_cited(same[0]["reasons"][0], "zh", "未核原文"),
            more_en=_cited(same[0]["reasons"][0], "en", "unchecked"),
        )
        for same in members[:CROPS_WITH_REASON]
    )
    rest = [one for same in members[CROPS_WITH_REASON:] for one in same][:CROPS_NAMED]
    return Verdicts(crops=crops, named=tuple(Said(zh=one["crop_zh"], en=crop_words(one["crop"])[1]) for one in rest))


def _cited(reason: Plain, language: str, mark: str) -> str:
    text: str = reason[language]
    return text if reason["confirmed"] else f"{text} [{mark}]"


def _shown_crop(growing: Plain | None, season: Plain | None) -> Plain | None:
    """What grows here where it is advised, else the best; None without an interval."""
    advised = [] if growing is None else [one for one in growing["crops"] if one["status"] == "advised"]
    here = None if season is None else season["crop"]
    advised.sort(key=lambda one: one["crop"] != here)
    return next((one for one in advised if "low_jin_mu" in one["yield"]), None)


def _interval(crop: Plain | None, language: Language) -> tuple[Markup, Said | None]:
    if crop is None:
        return Markup(""), None
    expected = crop["yield"]
    step = 50 if expected["high_jin_mu"] >= 1000 else 10  # noqa: PLR2004 jin a mu
    low = expected["low_jin_mu"] // step * step
    high = -(-expected["high_jin_mu"] // step) * step
    middle = round(expected["expected_jin_mu"] / step) * step
    times = round(expected["coverage"] * 10)
    zh = f"照现在的算法，十次里约 {times} 次落在 {low:,}–{high:,} 斤；"
    zh += f"本地收成 {expected['harvests']} 份，{expected['label_zh']}。"
    en = f"About {times} times in ten between {low:,} and {high:,} jin; {expected['label_en']}."
    level = regional_level(crop["crop"])
    best = None if level is None or level.best_farm_kg_ha is None else round(jin_mu_from_kg_ha(level.best_farm_kg_ha))
    bar = YieldBar(low=low, middle=middle, high=high, record=best if best is not None and best >= high else None)
    likely = language.one("多半在这中间", "most likely here")
    record = language.one("好田才有，别指望", "a good farm's, do not expect it")
    return yield_bar(bar, language.one(zh, en), words=(likely, record), width=SHEET_WIDTH), Said(zh=zh, en=en)


def _stages(season: Plain | None, today: date, language: Language) -> Markup:
    if season is None or not season["stages"]:
        return Markup("")
    boxes = []
    for stage in season["stages"]:
        first, last = date.fromisoformat(stage["first"]), date.fromisoformat(stage["last"])
        state = "ahead" if today < first else "past" if today > last else "now"
        boxes.append(
            StageBox(
                words=language.one(stage["zh"], stage["en"]),
                when=language.one(f"{first.month}-{first.day} 起", f"from {first.month}-{first.day}"),
                state=state,
            )
        )
    now = [box.words for box in boxes if box.state == "now"]
    joined = language.one("、", ", ").join(now) or language.one("没有", "none")
    return stage_row(boxes, language.one("农时，现在：", "Calendar, now: ") + joined)


def _why(content: Plain) -> Iterator[Said]:
    """The lines that decided, gravest first, each with its table; then how the crop fits."""
    gate = content["gate"]
    # Where nothing is above anything, one line says so as well as six.
    lines = 1 if gate["level"] == GateLevel.LOW and not gate["provisional"] else 2
    for reason in gate["reasons"][:lines]:
        yield Said(zh=_cited(reason, "zh", "未核原文"), en=_cited(reason, "en", "unchecked"))
    growing, season = content["growing"], content["season"]
    crop = _shown_crop(growing, season)
    if crop is not None:
        fit = crop["fit"]
        zh = f"{crop['zh']}合适程度 {fit['score']:.2f}" + (f"，卡在{fit['limiting_zh']}" if fit["limiting_zh"] else "")
        en = f"{crop['en']} fits {fit['score']:.2f}" + (
            f", limited by {fit['limiting_en']}" if fit["limiting_en"] else ""
        )
        yield Said(zh=zh, en=en)
    if season is not None and season["water"] is not None:
        yield Said(zh=season["water"]["zh"], en=season["water"]["en"])


def _places(guide: Plain) -> Iterator[Said]:
    for place in guide["laboratories"]:
        how = place["how_to_reach"].removeprefix("https://")
        yield Said(zh=f"{place['zh']}：{how}", en=f"{place['en']}: {how}")
