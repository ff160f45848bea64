"""The advice of a field, put together for its page: gate, fit, yield, the week, the calendar, what became of pushes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query
from markupsafe import Markup

from agronomy.advice.case import FieldCase
from agronomy.advice.compared import Imagined
from agronomy.advice.season import DueText, Season
from agronomy.advice.whole import Advice, advise
from agronomy.fertiliser.doses import FertiliserPlan
from agronomy.fertiliser.lime import LimeError
from agronomy.given import GivenAdvice, MessageKind, PushRecord
from agronomy.model import Field
from agronomy.pushes.calendar import Stage, StageState
from agronomy.pushes.due import Decision, PushState
from agronomy.pushes.rules import rules_for
from agronomy.pushes.texts import outcome_text, waiting_text
from agronomy.water.soil_water import soil_waters
from api.access import Viewer
from api.advice_pictures import StageBox, days_text, stage_row
from api.console.field_pictures import WaterWords, water_picture
from api.console.field_view import CropFit, gate_view, growing_view, laboratory_rows, what_if_rows
from api.console.pictures import Points
from api.console.words import Words, local_text
from api.spans import Span

WATER_DAYS = 7
MOST_MESSAGES = 50
SHOWN_STATES = frozenset({PushState.WAITING, PushState.UNKNOWN, PushState.UPCOMING})
URGENCIES = ("act", "do", "plan")
"""What is lost by waiting comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfAsked:
    """What somebody asked the page to imagine; lime_ph as it was typed."""

    lime_ph: str = ""
    irrigate: bool = False
    drain: bool = False

    @classmethod
    def of(
        cls,
        lime_ph: Annotated[str, Query(max_length=12)] = "",
        *,
        irrigate: Annotated[bool, Query()] = False,
        drain: Annotated[bool, Query()] = False,
    ) -> "WhatIfAsked":
        """What the address asks."""
        return cls(lime_ph=lime_ph.strip(), irrigate=irrigate, drain=drain)

    @property
    def anything(self) -> bool:
        """Whether anything was asked."""
        return bool(self.lime_ph) or self.irrigate or self.drain


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLine:
    """One push in the calendar's foot; state and detail in words, key: where somebody may still acknowledge it."""

    what: Words
    state: Words
    detail: Words
    tone: str
    when: str
    key: str = ""


def advice_context(viewer: Viewer, field: Field, asked: WhatIfAsked) -> dict[str, Any]:
    """Everything of the page that is advice."""
    services, zone = viewer.services, viewer.zone(field.farm)
    case = services.adviser.case(field)
    advice = advise(case)
    given = services.planting.advice.of_field(field.id, limit=2)
    grown = growing_view(advice)
    shown = None if grown["main"] is None else grown["main"].crop.scientific_name
    water = _water(case, advice, zone)
    return {
        "advice": advice,
        "today": case.today,
        "laboratory": laboratory_rows(advice),
        **gate_view(advice),
        **grown,
        **_what_if(viewer, field, asked, shown),
        "withdrawn": withdrawn_note(given),
        "season": advice.season,
        "stages": stage_boxes(advice.season, case),
        "stage_row": _stage_picture(advice.season, case),
        "stage_now": _stage_now(advice.season, case),
        "pushes": _pushes(viewer, field, advice, zone),
        "dues": due_first(advice.season),
        "water": _drawn(water),
        "water_said": "" if water is None else water.words.label,
        "plan": _plan(advice, grown),
        "may_write": viewer.operator,
    }


def withdrawn_note(given: Sequence[GivenAdvice]) -> Words | None:
    """What was withdrawn last because a new result changed it; None where nothing was."""
    for advice in given:
        if advice.withdrawn is not None and advice.withdrawn.by and advice.withdrawn.changed:
            return Words(zh=advice.withdrawn.zh, en=advice.withdrawn.en)
    return None


def stage_boxes(season: Season | None, case: FieldCase) -> list[tuple[Stage, StageBox]]:
    """The stages as they are drawn."""
    if season is None:
        return []
    return [
        (stage, StageBox(words=stage.zh, when=days_text(stage.first, stage.last), state=stage.state(case.today).value))
        for stage in season.stages
    ]


def _stage_picture(season: Season | None, case: FieldCase) -> Markup:
    boxes = [box for _, box in stage_boxes(season, case)]
    if season is None or not boxes:
        return Markup("")
    now = [box.words for box in boxes if box.state == "now"]
    said = f"{season.called}的农时，" + (f"现在是{'、'.join(now)}" if now else "现在不在任何一个阶段")
    return stage_row(boxes, said)


def _stage_now(season: Season | None, case: FieldCase) -> Stage | None:
    """The stage of today, or else the next one."""
    ahead = [] if season is None else [each for each in season.stages if each.state(case.today) is not StageState.PAST]
    return next(iter(ahead), None)


def _what_if(viewer: Viewer, field: Field, asked: WhatIfAsked, shown: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"asked": asked, "what_if": [], "imagined": None, "lime_problem": None}
    if not asked.anything:
        return told
    lime_ph, problem = _lime_ph(asked.lime_ph)
    if problem is not None:
        return {**told, "lime_problem": problem}
    try:
        imagined: Imagined = viewer.services.adviser.imagine(
            field, lime_ph=lime_ph, irrigate=asked.irrigate, drain=asked.drain
        )
    except LimeError as error:
        return {**told, "lime_problem": Words(zh="石灰最高调到 6.5，写 5.0 到 6.5 之间的数", en=str(error))}
    return {**told, "imagined": imagined, "what_if": what_if_rows(imagined, shown)}


def _lime_ph(text: str) -> tuple[float | None, Words | None]:
    if not text:
        return None, None
    try:
        return float(text), None
    except ValueError:
        return None, Words(zh=f"“{text}”不是数，写成 6.0", en=f"{text!r} is no number; write 6.0")


def _pushes(viewer: Viewer, field: Field, advice: Advice, zone: ZoneInfo) -> list[PushLine]:
    """What was sent, the newest first, with what became of it; then what is still to come."""
    planting = viewer.services.planting
    records = planting.pushes.of_field(field.id)
    messages = planting.advice.messages(field.id, limit=MOST_MESSAGES)
    said = {each.key.removeprefix("push/"): each for each in messages if each.kind is MessageKind.PUSH}
    rows = {rule.rule: rule.row for rule in rules_for(field.crop)}
    lines = []
    for push in sorted(records, key=lambda each: each.sent.sent_at, reverse=True):
        row = rows.get(push.sent.key.rule)
        message = said.get(str(push.sent.key))
        if row is not None:
            what = Words(zh=row["do_zh"], en=row["do_en"])
        elif message is not None:
            what = Words(zh=message.zh, en=message.en)
        else:
            what = Words(zh=push.sent.key.rule, en=push.sent.key.rule)
        lines.append(_sent(push, what, row, zone))
    decided = () if advice.season is None else advice.season.decisions
    return lines + [_ahead(decision) for decision in decided if decision.state in SHOWN_STATES]


def _sent(push: PushRecord, what: Words, row: Mapping[str, str] | None, zone: ZoneInfo) -> PushLine:
    sent = push.sent
    went = local_text(sent.sent_at, zone)[5:]
    seen_zh, seen_en = ("", "") if row is None else outcome_text(row, push.outcome)
    if sent.acknowledged_at is not None:
        state = Words(zh="已知道", en="acknowledged")
        at = local_text(sent.acknowledged_at, zone)[5:]
        detail = Words(zh=f"{at} 由 {push.acknowledged_by} 记下", en=f"{at} by {push.acknowledged_by}")
    elif sent.cleared_at is not None:
        state, detail = Words(zh="过去了", en="over"), Words(zh="", en="")
    elif sent.escalated_at is not None:
        state = Words(zh="没人回应", en="nobody answered")
        at = local_text(sent.escalated_at, zone)[5:]
        detail = Words(zh=f"{at} 已提醒联系人", en=f"contact told {at}")
    else:
        state, detail = Words(zh="已写好，没人回应", en="written, no answer yet"), Words(zh="", en="")
    if seen_zh:
        detail = Words(
            zh="；".join(filter(None, (detail.zh, seen_zh))), en="; ".join(filter(None, (detail.en, seen_en)))
        )
    open_still = sent.acknowledged_at is None and sent.cleared_at is None
    tone = "watch" if open_still else "good"
    return PushLine(
        what=what, state=state, detail=detail, tone=tone, when=went, key=str(sent.key) if open_still else ""
    )


def _ahead(decision: Decision) -> PushLine:
    row = decision.rule.row
    words = {
        PushState.WAITING: Words(zh="等着", en="waiting"),
        PushState.UNKNOWN: Words(zh="说不准", en="cannot tell"),
        PushState.UPCOMING: Words(zh="还没到日子", en="ahead"),
    }[decision.state]
    zh, en = waiting_text(decision)
    when = "" if decision.first is None or decision.last is None else days_text(decision.first, decision.last)
    return PushLine(
        what=Words(zh=row["do_zh"], en=row["do_en"]), state=words, detail=Words(zh=zh, en=en), tone="stale", when=when
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterWeek:
    """A week of water to be drawn."""

    points: Points
    span: Span
    zone: ZoneInfo
    words: WaterWords


def _drawn(water: WaterWeek | None) -> Markup:
    return Markup("") if water is None else water_picture(water.points, water.span, water.zone, water.words)


def _water(case: FieldCase, advice: Advice, zone: ZoneInfo) -> WaterWeek | None:
    """The moisture of the shallowest probe over a week: as a share of field capacity where the texture is known."""
    columns = [each for each in case.columns if each.property == "soil_moisture" and len(each.times_ms)]
    if not columns:
        return None
    column = min(columns, key=lambda each: each.depth_cm)
    texture = advice.profile.texture.name if advice.profile.texture is not None else case.field.texture
    soils = soil_waters(texture) if texture else ()
    share = len(soils) == 1
    scale = 1 / soils[0].field_capacity if share else 1.0
    points = [(int(column.times_ms[at]), float(column.values[at]) * scale) for at in column.times_ms.argsort()]
    values = [value for _, value in points]
    unit = "% 田间持水量" if share else "%（体积；质地不明，算不出几成）"
    label = f"{column.depth_cm:g} cm 土壤水分，{WATER_DAYS} 天里在 {min(values):.0f} 到 {max(values):.0f} {unit}"
    return WaterWeek(
        points=points,
        span=Span(since=case.now - timedelta(days=WATER_DAYS), until=case.now),
        zone=zone,
        words=WaterWords(share=share, band=_liked(advice.season, case) if share else None, label=label),
    )


def _liked(season: Season | None, case: FieldCase) -> tuple[float, float] | None:
    """The moisture that the present stage likes, percent of field capacity."""
    stages = () if season is None else season.stages
    now = (stage for stage in stages if stage.moisture is not None and stage.state(case.today) is StageState.NOW)
    return next((stage.moisture for stage in now), None)


def due_first(season: Season | None) -> list[DueText]:
    """What is due, the most urgent first."""
    due = [] if season is None else list(season.due)
    return sorted(due, key=lambda one: URGENCIES.index(one.decision.rule.urgency))


def _plan(advice: Advice, grown: Mapping[str, Any]) -> FertiliserPlan | None:
    """The fertiliser of what grows here, or of the crop that is shown; None where the gate holds it back."""
    season = advice.season
    if season is not None:
        return season.fertiliser
    main: CropFit | None = grown["main"]
    return None if main is None else main.crop.fertiliser
