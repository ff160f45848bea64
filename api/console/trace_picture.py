"""The picture of a trace as inline SVG: from left to right as material went, certain solid, possible dashed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.console.trace_graph import Edge, Node, TraceDrawing
from api.console.words import Words
from traceability.trace_model import STEP

WIDE, HIGH, GAP_X, GAP_Y, MARGIN = 172, 46, 54, 16, 8
STEP_WIDE = 118
MOST_IN_LAYER = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeWords:
    """What stands on a node: two lines, and where it leads ("" nowhere)."""

    first: str
    second: str
    href: str


Said = Callable[[Node], NodeWords]


def trace_picture(drawing: TraceDrawing, said: Said, *, start: str, sentence: Words) -> Markup:
    """The drawing as SVG; a layer with too many nodes says how many are left out."""
    boxes, width, height = _placed(drawing.layers)
    lines = Markup("").join(_line(edge, boxes) for edge in drawing.edges if {edge.source, edge.target} <= boxes.keys())
    nodes = Markup("").join(
        _node(node, boxes[node.key], said(node), start=start)
        for layer in drawing.layers
        for node in layer
        if node.key in boxes
    )
    more = Markup("").join(
        Markup('<text class="more" x="{}" y="{}">… 还有 {} 组</text>').format(x, height - 6, count)
        for x, count in _left_out(drawing.layers, boxes)
    )
    return Markup(
        '<svg class="trace" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{said}">'
        "{lines}{nodes}{more}</svg>"
    ).format(w=width, h=height, said=f"{sentence.zh} {sentence.en}", lines=lines, nodes=nodes, more=more)


Box = tuple[float, float, float]
"""Left, top and width."""


def _placed(layers: Sequence[Sequence[Node]]) -> tuple[dict[str, Box], int, int]:
    most = max((min(len(layer), MOST_IN_LAYER) for layer in layers), default=1)
    height = most * (HIGH + GAP_Y) + 2 * MARGIN + (18 if any(len(layer) > MOST_IN_LAYER for layer in layers) else 0)
    boxes: dict[str, Box] = {}
    left = MARGIN
    for layer in layers:
        shown = layer[:MOST_IN_LAYER]
        wide = WIDE if any(not node.key.startswith(STEP) for node in shown) else STEP_WIDE
        top = MARGIN + (most - len(shown)) * (HIGH + GAP_Y) / 2
        for number, node in enumerate(shown):
            boxes[node.key] = (left, top + number * (HIGH + GAP_Y), wide)
        left += wide + GAP_X
    return boxes, left - GAP_X + MARGIN, height


def _left_out(layers: Sequence[Sequence[Node]], boxes: Mapping[str, Box]) -> list[tuple[float, int]]:
    many = [layer for layer in layers if len(layer) > MOST_IN_LAYER]
    return [(boxes[layer[0].key][0] + 4, len(layer) - MOST_IN_LAYER) for layer in many]


def _line(edge: Edge, boxes: Mapping[str, Box]) -> Markup:
    left, top, wide = boxes[edge.source]
    begin_x, begin_y = left + wide, top + HIGH / 2
    end_x, end_y = boxes[edge.target][0], boxes[edge.target][1] + HIGH / 2
    bend = (begin_x + end_x) / 2
    kind = "kept" if edge.kept else "sure" if edge.certain else "maybe"
    return Markup('<path class="{}" d="M{:.0f} {:.0f}C{b:.0f} {:.0f} {b:.0f} {:.0f} {:.0f} {:.0f}"/>').format(
        kind, begin_x, begin_y, begin_y, end_y, end_x, end_y, b=bend
    )


def _node(node: Node, box: Box, said: NodeWords, *, start: str) -> Markup:
    left, top, wide = box
    kind = "step" if node.key.startswith(STEP) else "certain" if node.certain else "possible"
    kind += " start" if node.key == start else ""
    drawn = Markup(
        '<g class="{}"><rect x="{x:.0f}" y="{y:.0f}" width="{w}" height="{h}" rx="{r}"/>'
        '<text x="{t:.0f}" y="{a:.0f}">{first}</text><text class="second" x="{t:.0f}" y="{b:.0f}">{second}</text></g>'
    ).format(
        kind,
        x=left,
        y=top,
        w=wide,
        h=HIGH,
        r=HIGH // 2 if node.key.startswith(STEP) else 7,
        t=left + wide / 2,
        a=top + 20,
        b=top + 37,
        first=said.first,
        second=said.second,
    )
    return Markup('<a href="{}">{}</a>').format(said.href, drawn) if said.href else drawn
