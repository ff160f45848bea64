"""What must not be sold now: by what was given to it as guards judge it, by failed tests, holds and recalls."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from traceability.compliance.model import Block
from traceability.evidence import Evidence
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import Act, ActKind
from traceability.guards import failures
from traceability.ports import GuardBook, HoldBook, RecallBook
from traceability.product_uses import harvest_blocks, medicine_blocks

WAITING: Mapping[str, tuple[str, str]] = {
    "withdrawal": ("休药期：", "withdrawal: "),
    "pesticide_interval": ("安全间隔期：", "pesticide interval: "),
}
"""What kind of waiting it is, in front of until when."""


def blocks_of(
    things: Collection[str],
    *,
    guards: GuardBook,
    holds: HoldBook,
    recalls: RecallBook,
    now: datetime,
    zone: ZoneInfo,
) -> Sequence[Block]:
    """Why each of these things must not be sold now; empty where nothing speaks against it.

    Days are local ones of the zone. On the day to which a withdrawal period is stated it is over.
    """
    if not things:
        return []
    return [*_judged(things, guards, now, zone), *_held(things, holds), *_recalled(things, recalls)]


def _judged(things: Collection[str], guards: GuardBook, now: datetime, zone: ZoneInfo) -> Iterable[Block]:
    today = now.astimezone(zone).date()
    act = Act(kind=ActKind.SENDING, at=now, day=today, place=None, destination=None)
    written = {canonical_uri(thing): thing for thing in things}
    for subject, evidence in guards.evidence([*written]).items():
        used = (
            medicine_blocks(evidence, act, guards) if "/8004/" in subject else harvest_blocks(evidence, today, guards)
        )
        for block in (*used, *failures(_until(evidence, now))):
            until = "" if block.until is None else block.until.isoformat()
            zh, en = WAITING.get(block.reason, ("", ""))
            yield Block(thing=written.get(subject, subject), zh=zh + block.zh, en=en + block.en, until=until)


def _until(evidence: Evidence, now: datetime) -> Evidence:
    told = [event for event in evidence.events if event.captured.event_time <= now]
    return Evidence(subject=evidence.subject, names=evidence.names, events=told)


def _held(things: Collection[str], holds: HoldBook) -> Iterable[Block]:
    # One by one only where there is a hold at all, so that the refusal can name the animal.
    if not holds.of(things):
        return
    for thing in things:
        for held in holds.of([thing]):
            words = held.hold.words
            yield Block(thing=thing, zh=f"封存核查：{words.zh}", en=f"on hold: {words.en}", until="")


def _recalled(things: Collection[str], recalls: RecallBook) -> Iterable[Block]:
    if not recalls.notices(things):
        return
    for thing in things:
        for notice in recalls.notices([thing]):
            yield Block(thing=thing, zh=f"已召回：{notice.reason}", en="recalled", until="")
