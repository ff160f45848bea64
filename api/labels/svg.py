"""Pages of labels as SVG, in millimetres."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from api.labels.layout import LaidLabel
from api.labels.sheets import LabelSheet

FONTS = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'


def svg_page(labels: Sequence[LaidLabel], sheet: LabelSheet, *, first_place: int = 0) -> str:
    """One page with these labels, the first at that place; raises ValueError where they are too many for it."""
    if first_place < 0 or first_place + len(labels) > sheet.labels:
        msg = f"{len(labels)} labels from place {first_place} on do not fit on a page of {sheet.labels}"
        raise ValueError(msg)
    width, height = f"{sheet.page_width_mm:g}", f"{sheet.page_height_mm:g}"
    size = f'width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}"'
    parts = [
        f"<svg xmlns=\"http://www.w3.org/2000/svg\" {size} font-family='{FONTS}'>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for place, label in enumerate(labels, first_place):
        x, y = sheet.corner_mm(place)
        parts.append(f'<g transform="translate({x:g} {y:g})">{_drawn(label)}</g>')
    return "\n".join([*parts, "</svg>\n"])


def _drawn(label: LaidLabel) -> str:
    module = label.code.module_mm
    runs = "".join(f"M{x:.4f} {y:.4f}h{length:.4f}v{module:.4f}h-{length:.4f}z" for x, y, length in label.code.runs())
    texts = "".join(
        f'<text x="{text.x_mm:.3f}" y="{text.y_mm:.3f}" font-size="{text.em_mm:.3f}"'
        f"{' font-weight=' + chr(34) + '700' + chr(34) if text.bold else ''}>{escape(text.text)}</text>"
        for text in label.texts
    )
    return f'<path d="{runs}" shape-rendering="crispEdges"/>{texts}'
