import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.pushes.calendar import StageState, stages
from agronomy.pushes.due import Decision, FieldNow, Outcome, PushState, SentPush, decisions, needs_escalation, outcome
from agronomy.pushes.rules import PushRuleError, checked_rules, push_rules, rules_for
from agronomy.pushes.texts import SMS_PART, outcome_text, push_text, waiting_text
from agronomy.table_rows import table_rows
from agronomy.water.sensor_windows import HOUR_MS, SensorColumn
from agronomy.water.soil_water import SoilWater, soil_waters
from observations.identifiers import FieldId

SILT_LOAM = soil_waters("silt loam")
NOON = datetime(2026, 7, 28, 4, tzinfo=UTC)
FIELD = FieldId("fld-0001")
PESTICIDES = Path(__file__).parents[4] / "shared" / "data" / "sweetpotato_pesticides.csv"


def column(name: str, values: Sequence[float], *, now: datetime = NOON, depth_cm: float = 20) -> SensorColumn:
    """One value an hour, the last one half an hour ago."""
    end = int(now.timestamp() * 1000) - HOUR_MS // 2
    times = np.array([end - HOUR_MS * ago for ago in range(len(values) - 1, -1, -1)], np.int64)
    return SensorColumn(property=name, depth_cm=depth_cm, times_ms=times, values=np.array(values, np.float64))


def field(
    *columns: SensorColumn,
    now: datetime = NOON,
    crop: str = "红薯",
    planted_on: date | None = date(2026, 5, 22),
    soils: tuple[SoilWater, ...] = SILT_LOAM,
) -> FieldNow:
    return FieldNow(
        field=FIELD,
        crop=crop,
        planted_on=planted_on,
        today=(now + timedelta(hours=8)).date(),
        now=now,
        soils=soils,
        columns=columns,
    )


def decided(rule: str, now: FieldNow, sent: Sequence[SentPush] = ()) -> Decision:
    return next(each for each in decisions(now, sent) if each.rule.rule == rule)


def wet(hours: int, percent_of_capacity: float = 95, *, now: datetime = NOON) -> SensorColumn:
    return column("soil_moisture", [percent_of_capacity * 0.29] * hours, now=now)


def test_two_days_above_90_percent_of_capacity_ask_for_drainage() -> None:
    told = decided("drain", field(wet(60)))
    assert told.state is PushState.DUE
    text = push_text(told, field_name="大丘", today=date(2026, 7, 28), soils=SILT_LOAM)
    assert text.sms_zh == "【田头】大丘：今天开沟排水。土太湿，95%，已 60 小时，薯容易烂。"
    assert text.do_en == "Open the ditches and drain the field"
    assert "田间持水量按 29% 算（粉砂质壤土）" in text.notes_zh
    assert "门槛未核原文" in text.notes_zh
    assert text.valid_until == date(2026, 8, 4)


def test_one_dry_hour_or_too_few_readings_hold_the_drain_push_back() -> None:
    values = [95 * 0.29] * 60
    values[-20] = 80 * 0.29
    waiting = decided("drain", field(column("soil_moisture", values)))
    assert (waiting.state, waiting.missing) == (PushState.WAITING, ("soil_moisture_share",))
    assert waiting.findings[0].held_h == 19
    assert waiting_text(waiting)[0] == "还没到：现在 95%，已 19 小时，要满 48 小时"
    assert decided("drain", field(wet(20))).state is PushState.UNKNOWN


def test_an_unknown_texture_cannot_say_that_the_soil_is_too_wet() -> None:
    anywhere = soil_waters(None)
    told = decided("drain", field(wet(60), soils=anywhere))
    assert (told.state, told.missing) == (PushState.WAITING, ("texture",))
    soaked = decided("drain", field(column("soil_moisture", [45.0] * 60), soils=anywhere))
    assert soaked.state is PushState.DUE
    assert "–" in push_text(soaked, field_name="", today=NOON.date(), soils=anywhere).why_zh


def test_transplanting_waits_for_three_days_of_warm_soil() -> None:
    may = datetime(2026, 5, 15, 4, tzinfo=UTC)
    warm = column("soil_temperature", [18.5] * 80, now=may)
    cold = column("soil_temperature", [*[18.5] * 40, 16.0, *[18.5] * 39], now=may)
    assert decided("transplant", field(warm, now=may, planted_on=None)).state is PushState.DUE
    waiting = decided("transplant", field(cold, now=may, planted_on=None))
    assert waiting.state is PushState.WAITING
    assert waiting_text(waiting)[1] == "Not yet: now 18.5 ℃, for 39 of 72 h"
    blind = decided("transplant", field(now=may, planted_on=None))
    assert blind.state is PushState.DUE_BY_DATE
    text = push_text(blind, field_name="大丘", today=may.date())
    assert "没有探头数据，按日子说的" in text.notes_zh
    assert "没有土温数据" in text.sms_zh
    planted = decided("transplant", field(warm, now=may, planted_on=date(2026, 5, 12)))
    assert planted.state is PushState.DONE


def test_rules_that_count_from_planting_wait_for_its_day() -> None:
    march, august = datetime(2026, 3, 10, 4, tzinfo=UTC), datetime(2026, 8, 1, 4, tzinfo=UTC)
    assert decided("weed_and_hill", field(now=march, planted_on=None)).state is PushState.UPCOMING
    late = decided("weed_and_hill", field(now=august, planted_on=None))
    assert (late.state, late.missing) == (PushState.UNKNOWN, ("planted_on",))
    assert waiting_text(late) == ("缺栽种日期，说不准", "Cannot tell without the day of planting")


def test_a_push_is_sent_once_until_it_has_cleared() -> None:
    first = decided("drain", field(wet(60)))
    sent = SentPush(key=first.key, sent_at=NOON)
    again = decided("drain", field(wet(60)), [sent])
    assert (again.state, again.cleared) == (PushState.SENT, False)
    between = decided("drain", field(wet(60, 87)), [sent])
    assert (between.state, between.cleared) == (PushState.SENT, False)
    dry = decided("drain", field(wet(60, 80)), [sent])
    assert (dry.state, dry.cleared) == (PushState.SENT, True)
    over = replace(sent, cleared_at=NOON)
    second = decided("drain", field(wet(60)), [over])
    assert (second.state, second.key.episode) == (PushState.DUE, 2)
    assert str(second.key) == "fld-0001/2026/drain/2"


def test_a_rule_for_once_a_season_stays_sent() -> None:
    told = decided("topdress_potash", field())
    assert told.state is PushState.DUE_BY_DATE
    sent = SentPush(key=told.key, sent_at=NOON, cleared_at=NOON)
    assert decided("topdress_potash", field(), [sent]).state is PushState.SENT


def test_silence_escalates_once() -> None:
    told = decided("drain", field(wet(60)))
    sent = SentPush(key=told.key, sent_at=NOON)
    assert not needs_escalation(told.rule, sent, NOON + timedelta(hours=11))
    assert needs_escalation(told.rule, sent, NOON + timedelta(hours=12))
    later = NOON + timedelta(hours=30)
    assert not needs_escalation(told.rule, replace(sent, acknowledged_at=NOON), later)
    assert not needs_escalation(told.rule, replace(sent, escalated_at=NOON), later)


@pytest.mark.parametrize(
    ("percent", "days", "seen"),
    [(80, 2, Outcome.SEEN), (95, 2, Outcome.OPEN), (95, 4, Outcome.NOT_SEEN), (None, 4, Outcome.UNKNOWN)],
)
def test_what_happened_after_a_drain_push_is_seen(percent: float | None, days: int, seen: Outcome) -> None:
    rule = next(rule for rule in rules_for("红薯") if rule.rule == "drain")
    now = NOON + timedelta(days=days)
    columns = () if percent is None else (wet(24 * days, percent, now=now),)
    sent = SentPush(key=decided("drain", field(wet(60))).key, sent_at=NOON)
    found = outcome(rule, sent, field(*columns, now=now))
    assert found is seen
    words = {Outcome.SEEN: "水已经退了", Outcome.NOT_SEEN: "水还没退，请看看沟通了没有"}
    assert outcome_text(rule.row, found)[0] == words.get(found, "")


def test_a_push_that_looks_for_nothing_is_not_checked() -> None:
    told = decided("weed_and_hill", field(now=datetime(2026, 6, 20, tzinfo=UTC)))
    assert outcome(told.rule, SentPush(key=told.key, sent_at=NOON), field()) is Outcome.NOT_CHECKED


@given(
    st.integers(0, 400),
    st.one_of(st.none(), st.integers(-40, 200)),
    st.lists(st.floats(-5, 60), max_size=100),
    st.booleans(),
)
def test_no_rule_fires_without_data_unless_it_may(
    day: int,
    planted: int | None,
    values: list[float],
    known: bool,  # noqa: FBT001 - hypothesis passes by position
) -> None:
    now = datetime(2026, 1, 1, 4, tzinfo=UTC) + timedelta(days=day)
    soils = SILT_LOAM if known else soil_waters(None)
    planted_on = None if planted is None else (now - timedelta(days=planted)).date()
    seeing = field(column("soil_moisture", values, now=now), now=now, planted_on=planted_on, soils=soils)
    blind = field(now=now, planted_on=planted_on, soils=soils)
    for told in decisions(blind, ()):
        assert told.state is not PushState.DUE
        assert told.state is not PushState.DUE_BY_DATE or told.rule.by_date
    for told in (*decisions(seeing, ()), *decisions(blind, ())):
        if told.to_send:
            text = push_text(told, field_name="一块名字特别特别长的田", today=seeing.today, soils=soils)
            assert len(text.sms_zh) <= SMS_PART
            assert text.valid_until >= seeing.today
        else:
            assert waiting_text(told) is not None


def test_every_sms_is_one_part_at_its_longest_and_every_rule_has_both_languages() -> None:
    words = {"soil_temperature": "-10.5 ℃", "soil_moisture_share": "103–148%", "hours": "120", "advice": ""}
    for rule in push_rules():
        row = rule.row
        assert len("【田头】" + "六个字的田名：" + row["sms_zh"].format_map(words)) <= SMS_PART, rule.rule
        if rule.by_date:
            assert len(f"【田头】六个字的田名：{row['do_zh']}。{row['by_date_zh']}。") <= SMS_PART, rule.rule
        assert row["do_en"]
        assert row["why_en"].format_map(words)
        assert row["why_zh"].format_map(words)
        assert not set("！!") & set(row["sms_zh"] + row["why_zh"])


@pytest.mark.skipif(not PESTICIDES.exists(), reason=f"the list of products is not at {PESTICIDES}")
def test_no_product_against_pests_is_named_anywhere() -> None:
    with PESTICIDES.open(encoding="utf-8") as file:
        products = [row["active_ingredient"] for row in csv.DictReader(file)]
    names = {part.lower() for product in products for part in product.replace("/", " ").split() if len(part) > 2}
    names -= {"and", "other", "highly", "toxic", "soil", "insecticides", "(registration", "survey)"}
    told = " ".join(
        cell for table in ("push_rules", "calendar_stages") for row in table_rows(table) for cell in row.values()
    )
    assert not [name for name in names if name in told.lower()]


def test_advice_on_fertiliser_stands_in_the_sms_where_it_fits() -> None:
    told = decided("topdress_potash", field())
    short = push_text(told, field_name="大丘", today=NOON.date(), advice_zh="每亩硫酸钾 8–10 公斤。")
    assert short.sms_zh == "【田头】大丘：追一次钾肥。每亩硫酸钾 8–10 公斤。"
    long = push_text(told, field_name="大丘", today=NOON.date(), advice_zh="很长的建议" * 20)
    assert long.sms_zh == "【田头】大丘：追一次钾肥。"
    assert long.notes_zh[-1].startswith("很长的建议")


def test_a_push_that_is_not_due_has_no_words() -> None:
    with pytest.raises(ValueError, match="nothing to say"):
        push_text(decided("drain", field()), field_name="", today=NOON.date())


def test_other_dry_land_crops_get_the_drain_rule_and_rice_gets_none() -> None:
    winter = datetime(2026, 2, 10, 4, tzinfo=UTC)
    rapeseed = field(wet(60, now=winter), now=winter, crop="油菜", planted_on=date(2025, 10, 28))
    assert [(told.rule.rule, told.state) for told in decisions(rapeseed, ())] == [("drain", PushState.DUE)]
    assert decisions(field(wet(60), crop="水稻"), ()) == ()
    assert decisions(field(wet(60), crop="仙草"), ()) == ()


def test_the_calendar_of_sweet_potato_follows_the_date() -> None:
    season = stages("红薯", NOON.date(), date(2026, 5, 22))
    assert [stage.zh for stage in season] == ["育苗", "起垄", "栽插", "成活", "封垄", "薯块大", "收挖", "贮藏"]
    assert [stage.zh for stage in season if stage.state(NOON.date()) is StageState.NOW] == ["封垄"]
    assert season[3].first == date(2026, 6, 11)
    assert season[-1].last == date(2027, 3, 31)
    january = stages("红薯", date(2027, 1, 15), date(2026, 5, 22))
    assert [stage.zh for stage in january if stage.state(date(2027, 1, 15)) is StageState.NOW] == ["贮藏"]


def test_other_crops_have_the_stages_of_fao_56_marked_as_unconfirmed() -> None:
    season = stages("花生", NOON.date(), date(2026, 5, 1))
    assert [(stage.en, (stage.last - stage.first).days + 1) for stage in season] == [
        ("initial", 35), ("development", 45), ("mid season", 35), ("late season", 25),
    ]  # fmt: skip
    assert not any(stage.confirmed for stage in season)
    assert stages("花生", NOON.date()) == ()
    winter = stages("土豆", date(2027, 1, 10), date(2026, 12, 20))
    assert [(stage.last - stage.first).days + 1 for stage in winter] == [30, 35, 50, 25]  # the row for December
    assert stages("油菜", NOON.date(), date(2025, 10, 28)) == ()


@pytest.mark.parametrize(
    ("table", "column_name", "cell", "told"),
    [
        ("push_rules", "urgency", "panic", "urgency is 'panic'"),
        ("push_rules", "source", "", "no source"),
        ("push_rules", "by_date_zh", "", "no words for it"),
        ("push_rules", "repeat", "episode", "never clears"),
        ("push_conditions", "property", "mood", "no observed property"),
        ("push_conditions", "hours", "0", "hours above 0"),
        ("push_conditions", "rule", "nobody", "no rule of that name"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_by_name(table: str, column_name: str, cell: str, told: str) -> None:
    tables = {name: list(table_rows(name)) for name in ("push_rules", "push_conditions")}
    tables[table][0] = {**tables[table][0], column_name: cell}
    with pytest.raises(PushRuleError, match=told):
        checked_rules(tables["push_rules"], tables["push_conditions"])
