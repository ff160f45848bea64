"""Which pushes are due on a field now: by date and by what its own sensors say, each once, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from agronomy.pushes.calendar import crop_key, season_of, season_start, window
from agronomy.pushes.rules import PushRule, push_rules, rules_for
from agronomy.water.sensor_windows import Answer, Finding, SensorColumn, find
from agronomy.water.soil_water import SoilWater
from observations.identifiers import FieldId


class PushState(StrEnum):
    """Where a rule stands on a field.

    DUE: tell the household. DUE_BY_DATE: tell it, and say that no sensor was asked. WAITING: the sensors do not say so
    yet. UNKNOWN: it cannot be told without what is missing. SENT: told already, and not over yet. DONE: behind it.
    """

    UPCOMING = "upcoming"
    WAITING = "waiting"
    DUE = "due"
    DUE_BY_DATE = "due_by_date"
    UNKNOWN = "unknown"
    SENT = "sent"
    DONE = "done"
    PASSED = "passed"


class Season(NamedTuple):
    """A season of a crop: the year it began in, and month and day on which its seasons begin."""

    year: int
    start: str


class Outcome(StrEnum):
    """What happened after a push: seen within its days, still open, not seen, or nobody can see it."""

    OPEN = "open"
    SEEN = "seen"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushKey:
    """What is sent once: a rule on a field in a season, and the how-manieth time the cause came up in it."""

    field: FieldId
    season: int
    rule: str
    episode: int = 1

    def __str__(self) -> str:
        """Field/season/rule/episode."""
        return f"{self.field}/{self.season}/{self.rule}/{self.episode}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPush:
    """A push that went out; all times aware UTC. cleared_at: when its cause was over."""

    key: PushKey
    sent_at: datetime
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldNow:
    """A field as the rules see it.

    today: the local date of the farm; now: the same moment in UTC. soils: as `soil_waters` gives them. columns: good
    readings of the last days, at least as many hours as the longest condition.
    """

    field: FieldId
    crop: str
    planted_on: date | None
    today: date
    now: datetime
    soils: tuple[SoilWater, ...]
    columns: tuple[SensorColumn, ...]

    @property
    def now_ms(self) -> int:
        """Now in ms since 1970 UTC."""
        return int(self.now.astimezone(UTC).timestamp() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where one rule stands; missing: what it waits for (texture, soil_temperature, planted_on …).

    key: under which it is, or would be, sent. cleared: its last push may be marked as over.
    """

    rule: PushRule
    state: PushState
    key: PushKey
    first: date | None = None
    last: date | None = None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    cleared: bool = False

    @property
    def to_send(self) -> bool:
        """Whether the household is to be told now."""
        return self.state in {PushState.DUE, PushState.DUE_BY_DATE}


def decisions(field: FieldNow, sent: Sequence[SentPush]) -> tuple[Decision, ...]:
    """Where every rule of the field's crop stands, in the order of the table; sent: all pushes of this field."""
    key = crop_key(field.crop)
    if key is None:
        return ()
    season = Season(year=season_of(key, field.today, field.planted_on), start=season_start(key))
    return tuple(_decision(rule, field, season, sent) for rule in rules_for(field.crop))


def needs_escalation(rule: PushRule, push: SentPush, now: datetime) -> bool:
    """Whether nobody has acknowledged the push in the rule's time, and nobody else was told yet."""
    silent = push.acknowledged_at is None and push.escalated_at is None and push.cleared_at is None
    return silent and now - push.sent_at >= timedelta(hours=rule.escalate_after_h)


def outcome(rule: PushRule, push: SentPush, field: FieldNow) -> Outcome:
    """What the sensors saw after the push, within the rule's days; NOT_CHECKED where the rule looks for nothing."""
    if not rule.follow_ups or rule.follow_up_d is None:
        return Outcome.NOT_CHECKED
    end = min(field.now, push.sent_at + timedelta(days=rule.follow_up_d))
    sent_ms, end_ms = (int(each.timestamp() * 1000) for each in (push.sent_at, end))
    answers = [
        find(each, field.columns, field.soils, now_ms=end_ms, since_ms=sent_ms).answer for each in rule.follow_ups
    ]
    if all(answer is Answer.HOLDS for answer in answers):
        return Outcome.SEEN
    if end == field.now and field.now < push.sent_at + timedelta(days=rule.follow_up_d):
        return Outcome.OPEN
    return Outcome.NOT_SEEN if Answer.FAILS in answers else Outcome.UNKNOWN


def _decision(rule: PushRule, field: FieldNow, season: Season, sent: Sequence[SentPush]) -> Decision:
    same = [push for push in sent if (push.key.season, push.key.rule) == (season.year, rule.rule)]
    last_push = max(same, key=lambda push: push.key.episode, default=None)
    episode = 1 if last_push is None else last_push.key.episode
    key = PushKey(field=field.field, season=season.year, rule=rule.rule, episode=episode)
    if last_push is not None and (last_push.cleared_at is None or not rule.episodes):
        return Decision(
            rule=rule, state=PushState.SENT, key=last_push.key, cleared=_has_cleared(rule, field, last_push)
        )
    if last_push is not None:
        key = PushKey(field=field.field, season=season.year, rule=rule.rule, episode=episode + 1)
    return _by_window(rule, field, key, season)


def _by_window(rule: PushRule, field: FieldNow, key: PushKey, season: Season) -> Decision:
    planted = field.planted_on
    if rule.before_planting and planted is not None and planted <= field.today:
        return Decision(rule=rule, state=PushState.DONE, key=key)
    span = window(rule.row, season=season.year, start=season.start, planted_on=planted)
    if span is None and field.today <= _last_planting(rule.crop, season):
        return Decision(rule=rule, state=PushState.UPCOMING, key=key)
    if span is None:
        return Decision(rule=rule, state=PushState.UNKNOWN, key=key, missing=("planted_on",))
    first, last = span
    if not first <= field.today <= last:
        state = PushState.UPCOMING if field.today < first else PushState.PASSED
        return Decision(rule=rule, state=state, key=key, first=first, last=last)
    findings = tuple(find(each, field.columns, field.soils, now_ms=field.now_ms) for each in rule.triggers)
    state, missing = _by_sensors(rule, findings)
    return Decision(rule=rule, state=state, key=key, first=first, last=last, findings=findings, missing=missing)


def _last_planting(crop: str, season: Season) -> date:
    """The last day on which the rules still plan for planting; the first of all days for a crop without such rules."""
    before = [rule.row for rule in push_rules() if rule.crop == crop and rule.before_planting]
    spans = [window(row, season=season.year, start=season.start, planted_on=None) for row in before]
    return max((span[1] for span in spans if span is not None), default=date.min)


def _by_sensors(rule: PushRule, findings: Sequence[Finding]) -> tuple[PushState, tuple[str, ...]]:
    blind = tuple(each.condition.property for each in findings if each.answer in {Answer.NO_SENSOR, Answer.TOO_FEW})
    failed = tuple(each.condition.property for each in findings if each.answer is Answer.FAILS)
    if failed:
        return PushState.WAITING, failed
    if any(each.answer is Answer.UNDECIDED for each in findings):
        return PushState.WAITING, ("texture",)
    if blind:
        return (PushState.DUE_BY_DATE if rule.by_date else PushState.UNKNOWN), blind
    return (PushState.DUE if findings else PushState.DUE_BY_DATE), ()


def _has_cleared(rule: PushRule, field: FieldNow, push: SentPush) -> bool:
    if push.cleared_at is not None or not rule.clears:
        return False
    answers = [find(each, field.columns, field.soils, now_ms=field.now_ms).answer for each in rule.clears]
    return all(answer is Answer.HOLDS for answer in answers)
