"""A trace made small enough to be drawn: things that are alike stand as one node, steps stand between them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from traceability.trace_model import BATCH, STEP, Link, LinkKind, ThingKind, kind_of

DRAWN = frozenset({LinkKind.CONSUMED, LinkKind.MADE, LinkKind.HELD})
MOST_LAYERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A step, or things of one kind that came of the same steps and went into the same; certain: all of them are."""

    key: str
    things: tuple[str, ...]
    kind: ThingKind
    certain: bool
    layer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Material went that way; kept: it is in a box."""

    source: str
    target: str
    certain: bool
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceDrawing:
    """Nodes by layer and the edges between them."""

    layers: tuple[tuple[Node, ...], ...]
    edges: tuple[Edge, ...]


def drawing_of(start: str, links: Sequence[Link], certain: Collection[str]) -> TraceDrawing:
    """What is drawn of the links; certain: the things that are, the start itself among them."""
    to_batches = [link for link in links if link.target.startswith(BATCH) and link.kind is LinkKind.MADE]
    steps_of_batches = {link.target: link.source for link in to_batches}
    sure_batches = {link.target: link.certain for link in to_batches}

    def end(name: str) -> str:
        return steps_of_batches.get(name, name)

    edges: dict[tuple[str, str], Edge] = {}
    for link in links:
        source, target = end(link.source), end(link.target)
        if link.kind in DRAWN and source != target and not source.startswith(BATCH):
            kept = link.kind is LinkKind.HELD
            sure = link.certain and sure_batches.get(link.source, True)
            edges[source, target] = Edge(source=source, target=target, certain=sure, kept=kept)
    names = {name for pair in edges for name in pair} | {start}
    members = _alike(names, edges.values(), start=start, certain=certain)
    key_of = {thing: key for key, things in members.items() for thing in things}
    merged: dict[tuple[str, str], Edge] = {}
    for edge in edges.values():
        ends = key_of[edge.source], key_of[edge.target]
        other = merged.get(ends, edge)
        sure = edge.certain and other.certain
        merged[ends] = Edge(source=ends[0], target=ends[1], certain=sure, kept=edge.kept)
    layer = _layers(members.keys(), merged)
    nodes: dict[int, list[Node]] = defaultdict(list)
    for key, things in members.items():
        sure = all(thing in certain or thing.startswith(STEP) for thing in things)
        node = Node(key=key, things=tuple(things), kind=kind_of(things[0]), certain=sure, layer=layer[key])
        nodes[layer[key]].append(node)
    ordered = _in_order([nodes[number] for number in sorted(nodes)], merged)
    return TraceDrawing(layers=tuple(map(tuple, ordered)), edges=tuple(merged.values()))


def _alike(
    names: Iterable[str], edges: Iterable[Edge], *, start: str, certain: Collection[str]
) -> dict[str, list[str]]:
    """Things by what they came of and went into; the start stands alone, and so does each step."""
    before, after = defaultdict(set), defaultdict(set)
    for edge in edges:
        after[edge.source].add(edge.target)
        before[edge.target].add(edge.source)
    found: dict[str, list[str]] = {}
    keys: dict[object, str] = {}
    for name in sorted(names):
        alone = name == start or name.startswith(STEP)
        look = (kind_of(name), name in certain, frozenset(before[name]), frozenset(after[name]), _trade_item(name))
        key = name if alone else keys.setdefault(look, name)
        found.setdefault(key, []).append(name)
    return found


def _trade_item(name: str) -> str:
    return name.partition("/01/")[2].partition("/")[0]


def _layers(keys: Iterable[str], edges: Mapping[tuple[str, str], Edge]) -> dict[str, int]:
    """How far each node is from the first, by its longest way; a circle in bad records ends after some rounds."""
    layer = dict.fromkeys(keys, 0)
    for _ in range(MOST_LAYERS):
        changed = False
        for source, target in edges:
            if layer[target] <= layer[source] < MOST_LAYERS:
                layer[target], changed = layer[source] + 1, True
        if not changed:
            break
    return layer


def _in_order(layers: list[list[Node]], edges: Mapping[tuple[str, str], Edge]) -> list[list[Node]]:
    """Each layer in the order of what its nodes came of, so that few lines cross."""
    place: dict[str, float] = {}
    for nodes in layers:
        came_of: dict[str, list[float]] = defaultdict(list)
        for source, target in edges:
            if source in place:
                came_of[target].append(place[source])
        nodes.sort(key=lambda node: (_mean(came_of[node.key]), node.key))
        place.update({node.key: float(number) for number, node in enumerate(nodes)})
    return layers


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
