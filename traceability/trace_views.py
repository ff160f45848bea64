"""What someone may see of a trace: all of it, or what came of their own animals and what it came through."""

from collections.abc import Collection
from dataclasses import dataclass

from traceability.gs1.epc_uris import canonical_uri
from traceability.ports import TraceGraph
from traceability.recalls import Scope
from traceability.trace_model import Traced

NOTHING = Traced(certain=frozenset(), possible=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """A trace as far as it may be seen; hidden: how many things of it may not."""

    start: str
    traced: Traced
    hidden: int


def view_of(start: str, traced: Traced, *, graph: TraceGraph, mine: Collection[str] | None) -> TraceView | None:
    """The trace for someone whose animals these are (None: sees all); None where nothing of it is theirs.

    Other people's animals in the same mince stay hidden, their number does not.
    """
    if mine is None:
        return TraceView(start=start, traced=traced, hidden=0)
    seen = _theirs({start} | traced.everything, graph=graph, mine=mine)
    if start not in seen:
        return None
    shown = Traced(certain=traced.certain & seen, possible=traced.possible & seen, steps=traced.steps)
    return TraceView(start=start, traced=shown, hidden=len(traced.everything) - len(shown.everything))


def scope_view(scope: Scope, *, graph: TraceGraph, mine: Collection[str] | None) -> Scope | None:
    """The part of a scope that came of these animals (None: all of it); None where there is no such part."""
    if mine is None:
        return scope
    seen = _theirs(scope.certain | scope.possible, graph=graph, mine=mine)
    reached = Traced(certain=scope.reached.certain & seen, possible=scope.reached.possible & seen)
    return Scope(starts=scope.starts & seen, reached=reached) if seen else None


def with_held(seen: Scope | None, scope: Scope, held: Collection[str]) -> Scope | None:
    """What is seen of a scope, and besides the goods of it that are held; None where that is nothing.

    Who has such goods must know it, whosever animals they came of.
    """
    theirs = frozenset(held) & (scope.certain | scope.possible)
    if not theirs:
        return seen
    before = Scope(starts=frozenset(), reached=NOTHING) if seen is None else seen
    reached = Traced(
        certain=before.reached.certain | (scope.reached.certain & theirs),
        possible=before.reached.possible | (scope.reached.possible & theirs),
        steps=scope.reached.steps,
    )
    return Scope(starts=before.starts | (scope.starts & theirs), reached=reached)


def canonical_things(uris: Collection[str]) -> list[str]:
    """The things as the graph names them, each once."""
    return list(dict.fromkeys(canonical_uri(uri.strip()) for uri in uris))


def _theirs(things: Collection[str], *, graph: TraceGraph, mine: Collection[str]) -> frozenset[str]:
    """Those things that are of these animals or came of them."""
    animals = frozenset(mine)
    wanted = frozenset(things)
    return wanted & (animals | graph.forward(animals).everything) if animals else frozenset()
