"""What the page of a trace shows: both lists, the steps in words, and the picture."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from api.access import Viewer
from api.console.trace_graph import Node, drawing_of
from api.console.trace_names import KIND_WORDS, Naming, ThingName
from api.console.trace_picture import NodeWords, trace_picture
from api.console.words import Words
from api.recall_desk import own_animals
from traceability.link_methods import NOT_STATED, link_methods, method_of
from traceability.recorded import RecordedEvent, opened
from traceability.trace_links import step_of
from traceability.trace_members import things_in
from traceability.trace_model import BATCH, STEP, ThingKind, Traced, kind_of
from traceability.trace_views import TraceView, view_of

MOST_ROWS = 200
MOST_DRAWN = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing of a list."""

    name: ThingName
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """Everything behind or ahead; rows: the first of them. hidden: how many are not the viewer's to see."""

    rows: Sequence[Row]
    counts: Mapping[str, Sequence[tuple[Words, int]]]
    total: int
    hidden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """A step in words: what was done, when, and how it was told which thing became which.

    stated: the record names its method. certain: that is no guess.
    """

    what: Words
    on: date
    method: Words
    stated: bool
    certain: bool


def traces_of(viewer: Viewer, thing: str) -> tuple[TraceView, TraceView] | None:
    """What is behind and what is ahead, as far as the viewer may see it; None where they may see nothing."""
    traces = viewer.services.traces
    mine = own_animals(viewer)
    behind, ahead = traces.back([thing]), traces.forward([thing])
    if not (behind.everything or ahead.everything or viewer.services.public.events.about([thing])):
        return None
    found = [view_of(thing, traced, graph=traces, mine=mine) for traced in (behind, ahead)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def direction_of(view: TraceView, naming: Naming) -> Direction:
    """A list with its counts."""
    traced = view.traced
    things = [(name, True) for name in sorted(traced.certain)] + [(name, False) for name in sorted(traced.possible)]
    things.sort(key=lambda each: (not each[1], list(ThingKind).index(kind_of(each[0])), each[0]))
    counts = {"certain": _counted(traced.certain), "possible": _counted(traced.possible)}
    rows = [Row(name=naming.of(name), certain=sure) for name, sure in things[:MOST_ROWS]]
    return Direction(rows=rows, counts=counts, total=len(things), hidden=view.hidden)


def steps_in_words(viewer: Viewer, names: Iterable[str]) -> dict[str, StepWords]:
    """The steps by their names in the graph."""
    recorded = opened(viewer.services.recall_goods.transformations(set(names)))
    return {step: _step(event) for event in recorded if (step := step_of(event)) is not None}


def picture_of(viewer: Viewer, start: str, traced: Traced, naming: Naming) -> Markup | None:
    """The picture of the trace; None where there is nothing to draw or too much."""
    names = {start} | traced.everything | traced.steps
    if not traced.everything or len(names) > MOST_DRAWN:
        return None
    drawing = drawing_of(start, viewer.services.traces.links(names), traced.certain | {start})
    if not drawing.edges:
        return None
    steps = steps_in_words(viewer, (name for name in traced.steps if not name.startswith(BATCH)))

    def said(node: Node) -> NodeWords:
        return _said(node, naming, steps)

    certain, possible = len(traced.certain), len(traced.possible)
    sentence = Words(
        zh=f"从左到右是去向：确定 {certain} 个，可能 {possible} 个。",
        en=f"Left to right as goods went: {certain} certain, {possible} possible.",
    )
    return trace_picture(drawing, said, start=start, sentence=sentence)


def trace_rows(directions: Iterable[tuple[str, TraceView]]) -> Iterable[Sequence[object]]:
    """Both lists as CSV rows with a head."""
    yield ("direction", "uri", "kind", "certain")
    for word, view in directions:
        for name in sorted(view.traced.everything):
            yield (word, name, str(kind_of(name)), name in view.traced.certain)


def _counted(names: Iterable[str]) -> list[tuple[Words, int]]:
    counts = Counter(kind_of(name) for name in names)
    return [(KIND_WORDS[kind], counts[kind]) for kind in ThingKind if counts[kind]]


def _step(event: RecordedEvent) -> StepWords:
    inputs = [kind_of(name) for name in things_in(event, "inputEPCList")]
    row = link_methods().get(method_of(event.body))
    if ThingKind.ANIMAL in inputs:
        what = Words(zh="屠宰", en="Slaughter")
    elif len(inputs) > 1:
        what = Words(zh=f"混合 {len(inputs)} 份", en=f"Mix of {len(inputs)}")
    else:
        what = Words(zh="分割装盒", en="Cut and packed")
    method = Words(zh="方法不明", en="unknown method") if row is None else Words(zh=row.zh, en=row.en)
    stated = method_of(event.body) != NOT_STATED
    return StepWords(what=what, on=event.day, method=method, stated=stated, certain=row is not None and row.certain)


def _said(node: Node, naming: Naming, steps: Mapping[str, StepWords]) -> NodeWords:
    if node.key.startswith(STEP):
        step = steps.get(node.key)
        if step is None:
            return NodeWords(first="环节", second="", href="")
        method = _short(step.method.zh, 6) if step.stated else ""
        return NodeWords(first=step.what.zh, second=f"{step.on:%m-%d} {method}".strip(), href="")
    name = naming.of(node.things[0])
    count = len(node.things)
    href = f"/console/trace?code={_quoted(name.uri)}"
    if count > 1:
        kind = name.what if name.kind is ThingKind.ITEM else name.words.zh
        return NodeWords(first=_short(kind, 11), second=f"{count} {name.words.zh}", href=href)
    return NodeWords(first=_short(name.what or name.words.zh, 11), second=_short(name.number, 19), href=href)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _quoted(uri: str) -> str:
    return uri.replace("%", "%25").replace("&", "%26").replace("#", "%23").replace("+", "%2B")
