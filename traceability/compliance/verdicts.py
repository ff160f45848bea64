"""What must not be sold now: by drug withdrawal as recorded, holds, and recalls."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from traceability.compliance.model import Block
from traceability.context import TREATING
from traceability.life import ear_tag, life_of
from traceability.ports import EventRepository, HoldBook, RecallBook
from traceability.recorded import opened


def blocks_of(
    things: Collection[str], *, events: EventRepository, holds: HoldBook, recalls: RecallBook, today: date
) -> Sequence[Block]:
    """Why each of these things must not be sold on that local day; empty where nothing speaks against it.

    On the day to which a withdrawal period is stated it is over, as it is for a slaughtered animal's passport.
    """
    return [*_withdrawals(things, events, today), *_held(things, holds), *_recalled(things, recalls)]


def _withdrawals(things: Iterable[str], events: EventRepository, today: date) -> Iterable[Block]:
    for thing in things:
        if ear_tag(thing) is None:
            continue
        treated = [event for event in events.about([thing], besides="sensor_reporting") if event.biz_step == TREATING]
        told = opened([*treated, *events.with_ids([event.event_id for event in treated])])
        if not told:
            continue
        for treatment in life_of(thing, told, until=today).treatments:
            until = treatment.withdrawal_until
            if until is not None and today < until:
                zh = f"休药期到 {until}，现在不能出栏（{treatment.medicine_zh}）"
                en = f"within the withdrawal period of {treatment.medicine_en}"
                yield Block(thing=thing, zh=zh, en=en, until=until.isoformat())


def _held(things: Collection[str], holds: HoldBook) -> Iterable[Block]:
    # One by one, so that the refusal can name the animal; a certificate names few.
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
