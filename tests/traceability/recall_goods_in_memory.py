"""Goods and messages of recalls in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.traceability.keeping_in_memory import keeping_links
from traceability.gs1.epc_uris import canonical_uri
from traceability.model import CapturedEvent
from traceability.recall_goods import Recovery
from traceability.recall_messages import RecallMessage
from traceability.recorded import opened, text
from traceability.trace_links import step_of
from traceability.trace_model import LAST_US, LinkKind

Kept = Callable[[], Sequence[CapturedEvent]]


@dataclass
class GoodsInMemory:
    """A RecallGoods and a MassRecords."""

    kept: Kept

    def transformations(self, steps: Collection[str]) -> Sequence[CapturedEvent]:
        return [event.captured for event in opened(self.kept()) if step_of(event) in steps]

    def made_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[CapturedEvent]:
        made = [event.captured for event in opened(self.kept()) if step_of(event) is not None]
        wanted = [event for event in made if since <= event.event_time < until]
        return sorted(wanted, key=lambda event: event.event_time, reverse=True)[:limit]

    def newest(self, things: Collection[str]) -> Mapping[str, CapturedEvent]:
        found: dict[str, CapturedEvent] = {}
        for event in sorted(opened(self.kept()), key=lambda each: each.captured.event_time):
            members = ("epcList", "outputEPCList", "childEPCs")
            named = {canonical_uri(name) for member in members for name in event.names(member)}
            named.add(canonical_uri(text(event.body, "parentID")))
            found.update(dict.fromkeys(named & {*things}, event.captured))
        return found

    def containers(self, things: Collection[str]) -> Mapping[str, str]:
        links = keeping_links(opened(self.kept()))
        now = [link for link in links if link.kind is LinkKind.HELD and link.until_us == LAST_US]
        return {link.source: link.target for link in now if link.source in things}


@dataclass
class OutboxInMemory:
    """A RecallOutbox."""

    messages: list[RecallMessage] = field(default_factory=list)
    said: list[tuple[str, Recovery]] = field(default_factory=list)

    def send(self, messages: Sequence[RecallMessage]) -> None:
        for message in messages:
            self.messages.append(replace(message, number=len(self.messages) + 1))

    def of_recall(self, recall: str) -> Sequence[RecallMessage]:
        return [message for message in self.messages if message.recall == recall]

    def waiting(self, *, limit: int) -> Sequence[RecallMessage]:
        return [message for message in self.messages if message.delivered_at is None][:limit]

    def delivered(self, numbers: Collection[int], *, at: datetime) -> None:
        self.messages = [
            replace(each, delivered_at=at) if each.number in numbers and each.delivered_at is None else each
            for each in self.messages
        ]

    def acknowledge(self, number: int, *, at: datetime, by: str) -> bool:
        known = [each for each in self.messages if each.number == number]
        self.messages = [
            replace(each, acknowledged_at=at, acknowledged_by=by)
            if each.number == number and each.acknowledged_at is None
            else each
            for each in self.messages
        ]
        return bool(known)

    def recover(self, recall: str, recoveries: Sequence[Recovery]) -> None:
        self.said += [(recall, each) for each in recoveries]

    def recoveries(self, recall: str) -> Sequence[Recovery]:
        return [each for name, each in self.said if name == recall]
