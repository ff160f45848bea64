"""Links of what is kept, from events in memory."""

from collections.abc import Sequence

from traceability.recorded import RecordedEvent
from traceability.trace_keeping import EVERYTHING, Pair, keepings_of, kept_links, worn_afterwards
from traceability.trace_model import Link, LinkKind


def keeping_links(events: Sequence[RecordedEvent]) -> list[Link]:
    told = [each for event in events for each in keepings_of(event)]
    links: list[Link] = []
    for pair in dict.fromkeys(each.pair for each in told if each.pair.child != EVERYTHING):
        emptied = Pair(event_type=pair.event_type, parent=pair.parent, child=EVERYTHING)
        ends = [each.at_us for each in told if each.pair == emptied]
        links += kept_links(pair, [each for each in told if each.pair == pair], ends)
    worn: dict[str, list[Link]] = {}
    for link in links:
        if link.kind is LinkKind.WORN:
            worn.setdefault(link.target, []).append(link)
    return [*links, *(last for tag in worn.values() for last in worn_afterwards(tag))]
