"""Links of what is in a container and of tags on animals: each from when it was put there until it was taken away.

What is told of one pair is judged by itself, with the moments at which all of the container was emptied: a container
that is used for years is not read from its beginning.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from traceability.epcis.identifiers import is_class
from traceability.gs1.epc_uris import canonical_uri
from traceability.link_methods import is_certain, method_of
from traceability.recorded import RecordedEvent, text
from traceability.trace_members import lots_in, moment_us, things_in
from traceability.trace_model import FIRST_US, LAST_US, Link, LinkKind, Mode

AGGREGATION, ASSOCIATION = "AggregationEvent", "AssociationEvent"
KEEPING_EVENTS = frozenset({AGGREGATION, ASSOCIATION})
EVERYTHING = ""
"""Instead of a child: all that was in the container, or all tags that an animal wore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A child of a parent, both by canonical URI; event_type: in a container (aggregation), or on an animal."""

    event_type: str
    parent: str
    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What one event tells of a pair: from then on together, or (ends) no more."""

    pair: Pair
    at_us: int
    ends: bool
    certain: bool


def keepings_of(event: RecordedEvent) -> list[Keeping]:
    """What an event tells of a parent and its children; nothing where it is of another type or names no parent."""
    kind, parent = event.captured.event_type, canonical_uri(text(event.body, "parentID"))
    if kind not in KEEPING_EVENTS or not parent:
        return []
    ends = text(event.body, "action") == "DELETE"
    named = event.body.get("childEPCs") or event.body.get("childQuantityList")
    children = [*things_in(event, "childEPCs"), *lots_in(event, "child")] if named else [EVERYTHING] * ends
    certain = is_certain(method_of(event.body))
    return [
        Keeping(
            pair=Pair(event_type=kind, parent=parent, child=child), at_us=moment_us(event), ends=ends, certain=certain
        )
        for child in dict.fromkeys(children)
    ]


def kept_links(pair: Pair, told: Sequence[Keeping], emptied: Collection[int]) -> list[Link]:
    """The links that all told of a pair says, each once, the surer where two say the same.

    emptied: when everything was taken away, at least all such moments after the pair's first addition.
    """
    surest: dict[tuple[LinkKind, int, int], Link] = {}
    for since, until, sure in _spans(told, emptied):
        for link in _links(pair, since, until, sure=sure):
            key = (link.kind, link.since_us, link.until_us)
            surest[key] = max(link, surest.get(key, link), key=lambda each: each.certain)
    return list(surest.values())


def worn_afterwards(worn: Iterable[Link]) -> list[Link]:
    """Whom a tag may still stand for after it was taken off: its last wearer, until another wears it; never certain.

    worn: every WORN link to one tag. A slaughter line that names the collected tag some minutes later means the pig.
    """
    worn = list(worn)
    found: dict[tuple[str, int, int], Link] = {}
    for link in worn:
        if link.until_us == LAST_US or any(each.since_us <= link.until_us < each.until_us for each in worn):
            continue
        until = min((each.since_us for each in worn if each.since_us > link.until_us), default=LAST_US)
        found[link.source, link.until_us, until] = Link(
            source=link.source,
            target=link.target,
            kind=LinkKind.WORN_LAST,
            mode=Mode.CONTENT,
            certain=False,
            certain_among=False,
            since_us=link.until_us,
            until_us=until,
        )
    return list(found.values())


def _spans(told: Sequence[Keeping], emptied: Collection[int]) -> Iterator[tuple[int, int, bool]]:
    """From each addition until the next removal; before a removal without an addition it had always been there."""
    added = [each for each in told if not each.ends]
    removed = [each for each in told if each.ends]
    ends = sorted({*(each.at_us for each in removed), *emptied})
    for each in added:
        yield each.at_us, next((end for end in ends if end > each.at_us), LAST_US), each.certain
    first = min((each.at_us for each in added), default=LAST_US)
    early = min(((each.at_us, each.certain) for each in removed if each.at_us < first), default=None)
    if early is not None:
        yield FIRST_US, *early


def _links(pair: Pair, since: int, until: int, *, sure: bool) -> Iterator[Link]:
    if pair.event_type == ASSOCIATION:
        # The tag stands for the animal that wears it: who reads the tag means the animal.
        source, target, kind, mode = pair.parent, pair.child, LinkKind.WORN, Mode.CONTENT
    else:
        source, target, kind, mode = pair.child, pair.parent, LinkKind.HELD, Mode.AMONG
    yield Link(
        source=source,
        target=target,
        kind=kind,
        mode=mode,
        certain=sure,
        certain_among=sure,
        since_us=since,
        until_us=until,
    )
    back = sure and not is_class(source)
    yield Link(source=target, target=source, kind=LinkKind(kind + 1), certain=back, certain_among=back)
