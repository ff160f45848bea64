"""What the page of all records shows: every event in words, by month, the newest month first."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from api.public.language import kilograms
from api.public.words import STEPS, Words, clipped_words, words_for
from traceability.context import SENSOR_REPORTING, TREATING, VACCINATING
from traceability.daily_summary import ACTIVITY, DISTANCE, TEMPERATURE
from traceability.daily_summary import STEPS as STEP_COUNT
from traceability.lineage import TRANSFORMATION
from traceability.passport import Passport
from traceability.recorded import Body, RecordedEvent, day, number, text, whole
from traceability.tally import SAME_DAY

PAGE_RECORDS = 400
LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record in words; lag: how long after it happened it was recorded."""

    on: date
    what: Words
    detail: Words
    lag: timedelta
    late: bool
    event_id: str


def records_view(passport: Passport, at: int) -> dict[str, Any]:
    """The variables of the template: entries by month, a page of them; `at` counts from 1, the newest first."""
    # A day's summary is made after midnight but belongs to its day.
    ordered = sorted(passport.records, key=_day)[::-1]
    pages = max(-(-len(ordered) // PAGE_RECORDS), 1)
    at = min(max(at, 1), pages)
    entries = [_entry(event) for event in ordered[(at - 1) * PAGE_RECORDS : at * PAGE_RECORDS]]
    months = [(month, list(group)) for month, group in groupby(entries, key=lambda entry: f"{entry.on:%Y-%m}")]
    return {"passport": passport, "simulated": passport.simulated, "months": months, "at": at, "pages": pages}


def _day(event: RecordedEvent) -> date:
    return day(event.body, "tt:day") or event.day


def _entry(event: RecordedEvent) -> Entry:
    step = event.captured.biz_step
    what = words_for(STEPS, step)
    if event.captured.event_type == TRANSFORMATION:
        slaughter = number(event.ilmd, "tt:carcassWeightKg") is not None
        what = ("屠宰", "Slaughtered") if slaughter else ("分割装盒", "Cut and packed")
    elif certificate := text(event.body, "tt:certificate"):
        what = (certificate, "Quarantine certificate")
    return Entry(
        on=_day(event),
        what=clipped_words(what, 60),
        detail=clipped_words(_detail(event, step), LONGEST_DETAIL),
        lag=event.recorded_after,
        late=event.recorded_after > SAME_DAY,
        event_id=event.captured.event_id,
    )


def _detail(event: RecordedEvent, step: str) -> Words:
    body = event.body
    if step == SENSOR_REPORTING:
        return _day_detail(event)
    if step == VACCINATING:
        return text(body, "tt:vaccine"), text(body, "tt:vaccineEn")
    if step == TREATING:
        return text(body, "tt:medicine"), text(body, "tt:medicineEn")
    if text(body, "tt:certificate"):
        value = f"{text(body, 'tt:result')} {text(body, 'tt:certificateNumber')}"
        return value, value
    kg = event.mass_kg() or number(event.ilmd, "tt:carcassWeightKg") or number(event.ilmd, "tt:packedTotalKg")
    weight = "" if kg is None else f"{kilograms(kg)} kg"
    return weight, weight


def _day_detail(event: RecordedEvent) -> Words:
    reports = {text(report, "tt:observedProperty"): report for report in event.reports()}
    told = f"{whole(event.body, 'tt:readings')}/{whole(event.body, 'tt:expected')}"
    zh, en = [f"收到 {told} 次"], [f"{told} messages"]
    if (low_high := _range(reports.get(TEMPERATURE, {}), 1)) is not None:
        zh.append(f"耳温 {low_high} ℃")
        en.append(f"ear {low_high} °C")
    if (steps := number(reports.get(STEP_COUNT, {}), "value")) is not None:
        zh.append(f"{steps:.0f} 步")
        en.append(f"{steps:.0f} steps")
    if (low_high := _range(reports.get(DISTANCE, {}), 0)) is not None:
        zh.append(f"走 {low_high} m")
        en.append(f"walked {low_high} m")
    if (activity := number(reports.get(ACTIVITY, {}), "meanValue")) is not None:
        zh.append(f"活动 {activity:.0f}")
        en.append(f"activity {activity:.0f}")
    return "，".join(zh), ", ".join(en)


def _range(report: Body, decimals: int) -> str | None:
    low, high = number(report, "minValue"), number(report, "maxValue")
    return None if low is None or high is None else f"{low:.{decimals}f}–{high:.{decimals}f}"
