"""Pushes of one field: what is due goes out once, what was sent is followed up; in one transaction of the records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from agronomy.advice.case import FieldCase
from agronomy.advice.gate import gate_answer
from agronomy.advice.season import DueText, Season, field_now, season
from agronomy.advice.soil import known_soil, profile_of
from agronomy.crops.naming import scientific_name
from agronomy.given import Message, MessageKind, PushRecord
from agronomy.ports import PlantingRecords
from agronomy.pushes.due import FieldNow, Outcome, SentPush, needs_escalation, outcome
from agronomy.pushes.rules import PushRule, rules_for
from agronomy.pushes.texts import LONGEST_NAME, SIGN, SMS_PART
from agronomy.water.soil_water import soil_waters


def push_field(records: PlantingRecords, case: FieldCase, *, now: datetime) -> Sequence[Message]:
    """What was posted: every push that is due, once, and a word where nobody answered one.

    A crop that the gate does not permit gets no push and no reminder; what became of pushes sent before is noted all
    the same.
    """
    here = scientific_name(case.field.crop)
    soil = known_soil(case, profile_of(case))
    gate = gate_answer(case, [] if here is None else [here])
    told = season(case, gate, soil)
    posted = [] if told is None else list(_sent(records, case, told, now))
    rules = {rule.rule: rule for rule in rules_for(case.field.crop)}
    seen = field_now(case, soil_waters(soil.texture))
    held = told is None or told.withheld is not None
    cleared = {str(one.key) for one in told.decisions if one.cleared} if told is not None else set()
    for push in records.pushes.of_field(case.field.id):
        rule = rules.get(push.sent.key.rule)
        if rule is not None:
            posted += _follow(records, push, rule, seen, now, name=case.field.name, cleared=cleared, held=held)
    return posted


def _sent(records: PlantingRecords, case: FieldCase, told: Season, now: datetime) -> Iterator[Message]:
    for due in told.due:
        sent = SentPush(key=due.decision.key, sent_at=now)
        if records.pushes.send(PushRecord(sent=sent)):
            message = _message(case, due, now)
            records.advice.post(message)
            yield message


def _message(case: FieldCase, due: DueText, now: datetime) -> Message:
    text = due.text
    return Message(
        key=f"push/{due.decision.key}",
        field=case.field.id,
        kind=MessageKind.PUSH,
        made_at=now,
        valid_until=text.valid_until,
        sms_zh=text.sms_zh,
        zh="；".join((text.do_zh, text.why_zh, *text.notes_zh)),
        en="; ".join((text.do_en, text.why_en, *text.notes_en)),
    )


def _follow(
    records: PlantingRecords,
    push: PushRecord,
    rule: PushRule,
    seen: FieldNow,
    now: datetime,
    *,
    name: str,
    cleared: set[str],
    held: bool,
) -> Iterator[Message]:
    """What became of the push is noted; nobody having answered in time is told once.

    held: the gate holds back what grows now, so that nobody is reminded of what to do for it.
    """
    changed, sent = push, push.sent
    if sent.cleared_at is None and str(sent.key) in cleared:
        changed = replace(changed, sent=replace(changed.sent, cleared_at=now))
    if push.outcome is Outcome.OPEN:
        found = outcome(rule, sent, seen)
        if found is not Outcome.OPEN:
            changed = replace(changed, outcome=found, followed_up_at=now)
    if not held and needs_escalation(rule, changed.sent, now):
        changed = replace(changed, sent=replace(changed.sent, escalated_at=now))
        message = _unanswered(rule.row, sent, seen, name)
        records.advice.post(message)
        yield message
    if changed != push:
        records.pushes.note(changed)


def _unanswered(row: Mapping[str, str], sent: SentPush, seen: FieldNow, name: str) -> Message:
    """For whoever helps the household: a push that nobody acknowledged."""
    zh, en = f"没人回应：{row['do_zh']}", f"Not acknowledged: {row['do_en']}"
    return Message(
        key=f"escalation/{sent.key}",
        field=sent.key.field,
        kind=MessageKind.ESCALATION,
        made_at=seen.now,
        valid_until=seen.today,
        sms_zh=f"{SIGN}{name[:LONGEST_NAME]}：{zh}"[:SMS_PART],
        zh=zh,
        en=en,
    )
