"""What anyone who holds a thing must know first: recalls, holds, and a pig's withdrawal periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NamedTuple

from api.public.language import whole_day
from api.public.services import PublicServices
from api.public.words import Words, clipped, clipped_words
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import Act, ActKind
from traceability.holds import Held
from traceability.lineage import TRANSFORMATION
from traceability.product_uses import Block, medicine_blocks
from traceability.recalls import RecallNotice, RecallStatus, status_of
from traceability.recorded import RecordedEvent
from traceability.resolver.things import Thing, ThingKind

WITHDRAWAL = "withdrawal"
MOST_REASONS = 3
LONGEST_REASON = 400


class StatusWords(NamedTuple):
    """How a status is told: a class of the style, an icon, the line, and what to do."""

    tone: str
    icon: str
    line: Words
    step: Words = ("", "")


RECALLS: Mapping[RecallStatus, StatusWords] = {
    RecallStatus.NONE: StatusWords("good", "tick", ("没有召回记录", "No recall on record")),
    RecallStatus.POSSIBLE: StatusWords(
        "act",
        "octagon",
        ("可能涉及召回，先不要吃", "Possibly recalled. Do not eat it yet"),
        ("留着包装，问卖家，或打 12315。", "Keep the pack. Ask the seller, or call 12315."),
    ),
    RecallStatus.RECALLED: StatusWords(
        "act",
        "octagon",
        ("已召回，请不要吃", "Recalled. Do not eat"),
        ("停下不吃，留着包装，拿回买的店里退。", "Stop, keep the pack, take it back to the shop."),
    ),
}
HELD = StatusWords(
    "watch",
    "pause",
    ("封存待查，先不要买卖，也不要吃", "On hold while it is checked. Do not sell, buy or eat it yet"),
    ("过一天再查一次，查清了这里会变。", "Look again tomorrow: this changes when it is cleared up."),
)
BARRED = StatusWords("watch", "pause", ("现在不能出栏", "Cannot be sent to slaughter now"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What speaks against a thing now; blocks: medicines that keep a living pig from slaughter."""

    recall: RecallStatus
    notices: Sequence[RecallNotice] = ()
    holds: Sequence[Held] = ()
    blocks: Sequence[Block] = ()

    @property
    def clear(self) -> bool:
        """Whether nothing speaks against it."""
        return self.recall is RecallStatus.NONE and not self.holds and not self.blocks

    @property
    def words(self) -> StatusWords:
        """The worst of it in words."""
        if self.recall is not RecallStatus.NONE:
            return RECALLS[self.recall]
        if self.holds:
            return HELD
        return _barred(self.blocks) if self.blocks else RECALLS[RecallStatus.NONE]

    @property
    def reasons(self) -> Sequence[Words]:
        """Why, each reason once, the worst first."""
        recalls = [(clipped(notice.reason, LONGEST_REASON),) * 2 for notice in self.notices]
        holds = [(held.hold.words.zh, held.hold.words.en) for held in self.holds]
        blocks = [clipped_words((block.zh, block.en), LONGEST_REASON) for block in self.blocks]
        return [*dict.fromkeys([*recalls, *holds, *blocks])][:MOST_REASONS]

    def as_json(self) -> Mapping[str, Any]:
        """The members of the answer for programs; `status` speaks of recalls alone."""
        words = self.words
        return {
            "status": self.recall.value,
            "onHold": bool(self.holds),
            "title": words.line[1],
            "title_zh": words.line[0],
            "recalls": [
                {"id": each.recall, "reason": each.reason, "since": each.since.isoformat(), "certain": each.certain}
                for each in self.notices
            ],
            "holds": [
                {"reason": each.hold.reason, "since": each.hold.since.isoformat(), "certain": each.certain}
                for each in self.holds
            ],
            "notForSlaughter": [
                {"reason": each.reason, "until": None if each.until is None else each.until.isoformat()}
                for each in self.blocks
            ],
        }


def standing_of(services: PublicServices, link: DigitalLink, thing: Thing | None = None) -> Standing:
    """What speaks against what the key names, known here or not."""
    epc = link.epc_uri
    notices = services.recalls.notices([epc])
    told = thing is not None and any("recalled" in event.dispositions for event in thing.events)
    return Standing(
        recall=RecallStatus.RECALLED if told else status_of(notices),
        notices=notices,
        holds=services.holds.of([epc]),
        blocks=_blocks(services, thing) if thing is not None and thing.kind is ThingKind.ANIMAL else (),
    )


def is_slaughter(event: RecordedEvent, epc: str) -> bool:
    """Whether the event made something else of the animal."""
    return event.captured.event_type == TRANSFORMATION and epc in event.names("inputEPCList")


def _blocks(services: PublicServices, animal: Thing) -> Sequence[Block]:
    """What was given to the animal, while it lives, and keeps it from slaughter today."""
    uri, now = animal.link.epc_uri, services.now()
    if any(is_slaughter(event, uri) for event in animal.events):
        return ()
    act = Act(kind=ActKind.SENDING, at=now, day=now.astimezone(UTC).date(), place=None, destination=None)
    found = services.guards.evidence([canonical_uri(uri)])
    return [block for evidence in found.values() for block in medicine_blocks(evidence, act, services.guards)]


def _barred(blocks: Sequence[Block]) -> StatusWords:
    """Until when it waits, where every day is known."""
    days = [block.until for block in blocks if block.reason == WITHDRAWAL and block.until is not None]
    if len(days) < len(blocks):
        return BARRED
    zh, en = whole_day(max(days))
    line = (f"休药期到 {zh}，现在不能出栏", f"Withdrawal until {en}: cannot be sent to slaughter")
    return BARRED._replace(line=line)
