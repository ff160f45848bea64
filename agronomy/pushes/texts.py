"""What a household reads: a push as one SMS in Chinese, and as a page with the reason, English beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from agronomy.pushes.due import Decision, Outcome, PushState
from agronomy.water.irrigation import Interval, IrrigationAdvice, WaterNeed
from agronomy.water.sensor_windows import SHARE, Finding
from agronomy.water.soil_water import SoilWater

SMS_PART = 70
"""Characters of one SMS with Chinese in it (3GPP TS 23.038, UCS-2)."""
SIGN = "【田头】"
LONGEST_NAME = 6
VALID_D = 7
FORMATS = {SHARE: ("%", 0), "soil_temperature": (" ℃", 1), "soil_moisture": ("%", 1)}
NO_SENSOR_ZH = "没有探头数据，按日子说的"
NO_SENSOR_EN = "By the calendar alone: no sensor data"
UNCONFIRMED_ZH = "门槛未核原文"
UNCONFIRMED_EN = "Threshold not checked against its source"
MISSING_WORDS = {
    SHARE: ("水分探头", "a moisture probe"),
    "soil_moisture": ("水分探头", "a moisture probe"),
    "soil_temperature": ("土温探头", "a soil temperature probe"),
    "texture": ("土壤质地", "the soil's texture"),
    "soil_depth": ("土层厚度", "the soil's depth"),
    "planted_on": ("栽种日期", "the day of planting"),
    "weather": ("天气", "the weather"),
    "crop_water_data": ("这种作物的需水数据", "water data of this crop"),
    "season": ("这一季的栽种日期", "a planting date of this season"),
}
OUTCOMES_EN = {Outcome.SEEN: "The sensor sees it done", Outcome.NOT_SEEN: "The sensor does not see it yet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PushText:
    """A push in words. sms_zh: one part; do, why: title and reason for the page; notes: what it rests on."""

    sms_zh: str
    do_zh: str
    why_zh: str
    do_en: str
    why_en: str
    notes_zh: tuple[str, ...]
    notes_en: tuple[str, ...]
    valid_until: date


def push_text(
    decision: Decision, *, field_name: str, today: date, soils: Sequence[SoilWater] = (), advice_zh: str = ""
) -> PushText:
    """The words of a push that is due; advice_zh: text of the fertiliser advice, for the rules that ask for it.

    The SMS never exceeds one part: the field's name is shortened, advice that does not fit stays on the page.
    Raises ValueError for a decision that is not to be sent.
    """
    if not decision.to_send:
        msg = f"{decision.key} is {decision.state}, not due: there is nothing to say"
        raise ValueError(msg)
    row, words = decision.rule.row, _words(decision)
    blind = decision.state is PushState.DUE_BY_DATE and bool(decision.findings)
    why_zh = row["by_date_zh"] if blind else row["why_zh"].format_map(words)
    why_en = row["by_date_en"] if blind else row["why_en"].format_map(words)
    told = f"{row['do_zh']}。{row['by_date_zh']}。" if blind else row["sms_zh"]
    notes = [*_notes(decision, soils), *([(advice_zh, "")] if advice_zh else [])]
    return PushText(
        sms_zh=_sms(told, words, field_name, advice_zh),
        do_zh=row["do_zh"],
        why_zh=why_zh,
        do_en=row["do_en"],
        why_en=why_en,
        notes_zh=tuple(zh for zh, _ in notes if zh),
        notes_en=tuple(en for _, en in notes if en),
        valid_until=min(today + timedelta(days=VALID_D), decision.last or date.max),
    )


def waiting_text(decision: Decision) -> tuple[str, str]:
    """What a rule that is not due waits for, Chinese and English; empty where it waits for nothing."""
    zh, en = _missing(decision.missing)
    values = _words(decision)
    if decision.state is PushState.UNKNOWN:
        return f"缺{zh}，说不准", f"Cannot tell without {en}"
    if decision.state is not PushState.WAITING:
        return "", ""
    if decision.missing == ("texture",):
        return "缺土壤质地，说不准湿到几成", "Cannot tell without the soil's texture"
    parts = [_now(each, values) for each in decision.findings if each.condition.property in values]
    return "还没到：" + "，".join(part[0] for part in parts), "Not yet: " + ", ".join(part[1] for part in parts)


def _now(finding: Finding, values: Mapping[str, str]) -> tuple[str, str]:
    """The present value, and how long it has held of the time that is asked for."""
    value, held, asked = values[finding.condition.property], finding.held_h, finding.condition.hours
    if held == 0:
        return f"现在 {value}", f"now {value}"
    return f"现在 {value}，已 {held} 小时，要满 {asked} 小时", f"now {value}, for {held} of {asked} h"


def outcome_text(decision_row: Mapping[str, str], outcome: Outcome) -> tuple[str, str]:
    """What became of a push, Chinese and English; empty while it is open or nobody looks."""
    words = {Outcome.SEEN: decision_row["done_zh"], Outcome.NOT_SEEN: decision_row["not_done_zh"]}
    return words.get(outcome, ""), OUTCOMES_EN.get(outcome, "")


def irrigation_text(advice: IrrigationAdvice, *, today: date) -> tuple[str, str]:
    """What the water advice says, Chinese and English, with numbers and units."""
    if advice.need is WaterNeed.UNKNOWN:
        zh, en = _missing(advice.unknown)
        return f"缺{zh}，说不准要不要浇水", f"Cannot tell about water without {en}"
    if advice.net_mm is None or advice.gross_m3_per_mu is None or advice.due is None:
        return "两周里不用浇水", "No water needed within two weeks"
    water, depth = _span(advice.gross_m3_per_mu, 0), _span(advice.net_mm, 0)
    when_zh, when_en = _when(advice.need, advice.due, today)
    zh, en = _missing(advice.unknown)
    more = (f"；补上{zh}才说得准", f"; {en} would settle it") if advice.need is WaterNeed.UNDECIDED else ("", "")
    return (
        f"{when_zh}：每亩约 {water} 方水（{depth} mm）{more[0]}",
        f"{when_en}: about {water} m³ a mu ({depth} mm){more[1]}",
    )


def _when(need: WaterNeed, due: tuple[date, date | None], today: date) -> tuple[str, str]:
    first, last = due
    if need is WaterNeed.NOW:
        return "浇水", "Water now"
    if need is WaterNeed.UNDECIDED:
        return "可能要浇水，先看看土", "Perhaps water, look at the soil first"
    if last is None:
        return f"{_day(first)}以后可能要浇水", f"Perhaps water from {first.isoformat()} on"
    if first == last:
        return f"{_day(first)}浇水", f"Water on {first.isoformat()}"
    start = "今天" if first == today else _day(first)
    return f"{start}到{_day(last)}之间浇水", f"Water between {first.isoformat()} and {last.isoformat()}"


def _missing(names: Sequence[str]) -> tuple[str, str]:
    words = [MISSING_WORDS.get(name, (name, name)) for name in names]
    return "、".join(zh for zh, _ in words), ", ".join(en for _, en in words)


def _sms(told: str, words: Mapping[str, str], field_name: str, advice: str) -> str:
    name = f"{field_name[:LONGEST_NAME]}：" if field_name else ""
    full = SIGN + name + told.format_map({**words, "advice": advice})
    return full if len(full) <= SMS_PART else SIGN + name + told.format_map({**words, "advice": ""})


def _words(decision: Decision) -> dict[str, str]:
    """The numbers of the findings as texts, by property; hours: for how long the condition has held."""
    words = {"advice": ""}
    for finding in decision.findings:
        symbol, decimals = FORMATS.get(finding.condition.property, ("", 1))
        if finding.low is not None and finding.high is not None:
            span = _span(Interval(low=finding.low, high=finding.high), decimals)
            words[finding.condition.property] = f"{span}{symbol}"
        words["hours"] = str(finding.held_h)
    return words


def _notes(decision: Decision, soils: Sequence[SoilWater]) -> list[tuple[str, str]]:
    notes: list[tuple[str, str]] = []
    if decision.state is PushState.DUE_BY_DATE and decision.findings:
        notes.append((NO_SENSOR_ZH, NO_SENSOR_EN))
    if any(finding.condition.property == SHARE for finding in decision.findings) and soils:
        capacity = Interval(
            low=100 * min(soil.field_capacity for soil in soils), high=100 * max(soil.field_capacity for soil in soils)
        )
        which = (soils[0].zh, soils[0].texture) if len(soils) == 1 else ("质地不明", "texture unknown")
        notes.append(
            (
                f"田间持水量按 {_span(capacity, 0)}% 算（{which[0]}）",
                f"Field capacity taken as {_span(capacity, 0)} % ({which[1]})",
            )
        )
    if not decision.rule.confirmed:
        notes.append((UNCONFIRMED_ZH, UNCONFIRMED_EN))
    return notes


def _span(interval: Interval, decimals: int) -> str:
    low, high = f"{interval.low:.{decimals}f}", f"{interval.high:.{decimals}f}"
    return low if low == high else f"{low}–{high}"


def _day(day: date) -> str:
    return f"{day.month} 月 {day.day} 日"
