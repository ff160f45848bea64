"""Where everything stands on one label: the code on the left, the words beside it; refused where it does not fit."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import segno
from reportlab.pdfbase.pdfmetrics import stringWidth

from api.errors import LabelError
from api.labels.contents import COMPLAINTS, PackLabel
from api.labels.sheets import LabelSheet, label_sheets, module_bounds_mm, net_weight_height_mm, text_least_mm
from api.public.qr_codes import QUIET_ZONE

EDGE_MM = 0.9
"""Nothing is printed nearer to the label's edge: rolls and sheets wander by half a millimetre."""
HEIGHT_OF_EM = 0.9
"""A Chinese character's height as a share of its em: the square it stands in."""
FIGURE_HEIGHT_OF_EM = 0.72
"""The height of a figure in Helvetica."""
ASCENT_OF_EM, DESCENT_OF_EM = 0.88, 0.12
LATIN_DESCENT_OF_EM = 0.21
GAP_MM = 0.16
LARGEST_EM_MM = 4.2
STEP_MM = 0.1
CODE_SHARES = (0.5, 0.46, 0.43)
"""Of the label's width, at most; a smaller code only where the words need the room."""
LATIN, LATIN_BOLD = "Helvetica", "Helvetica-Bold"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedText:
    """A line: x and baseline y of its beginning, and its em, in mm from the label's upper left corner."""

    x_mm: float
    y_mm: float
    em_mm: float
    bold: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedCode:
    """The code: the corner of its quiet zone, the size of a module, and its rows of modules, quiet zone left out."""

    x_mm: float
    y_mm: float
    module_mm: float
    rows: tuple[bytes, ...]

    def runs(self) -> Iterator[tuple[float, float, float]]:
        """The dark runs: x, y and length in mm, each a module high."""
        for at, row in enumerate(self.rows):
            start = None
            for column, dark in enumerate((*row, 0)):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    x, y = start + QUIET_ZONE, at + QUIET_ZONE
                    length = (column - start) * self.module_mm
                    yield self.x_mm + x * self.module_mm, self.y_mm + y * self.module_mm, length
                    start = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidLabel:
    """One label with everything in its place."""

    code: PlacedCode
    texts: tuple[PlacedText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Something to be written: its least em, bold, and whether it may be left out where there is no room."""

    text: str
    least_em_mm: float
    bold: bool = False
    dispensable: bool = False


def laid(label: PackLabel, sheet: LabelSheet) -> LaidLabel:
    """The label as it is printed; raises LabelError that says what does not fit and on which sheets it would."""
    found = _tried(label, sheet)
    if isinstance(found, LaidLabel):
        return found
    wide_enough = [other.sheet for other in label_sheets().values() if isinstance(_tried(label, other), LaidLabel)]
    where = ("、".join(wide_enough) or "都放不下", ", ".join(wide_enough) or "none")
    raise LabelError(
        zh=f"{found[0]}；放得下的标签纸：{where[0]}", en=f"{found[1]}; sheets with room enough: {where[1]}"
    )


def text_width_mm(text: str, em_mm: float, *, bold: bool = False) -> float:
    """How wide the text is: Chinese characters are an em, all else is as wide as in Helvetica."""
    latin = "".join(character for character in text if not is_wide(character))
    wide = len(text) - len(latin)
    return float(stringWidth(latin, LATIN_BOLD if bold else LATIN, em_mm)) + wide * em_mm


def is_wide(character: str) -> bool:
    """Whether it is written in the Chinese font."""
    return ord(character) > 0xFF or unicodedata.east_asian_width(character) in "WF"  # noqa: PLR2004 Latin-1 ends there


def _tried(label: PackLabel, sheet: LabelSheet) -> LaidLabel | tuple[str, str]:
    lines = _lines(label)
    refused = ("字在这么小的标签上放不下", "the words do not fit on so small a label")
    for share in CODE_SHARES:
        code = _code(label, sheet, share)
        if isinstance(code, tuple):
            return code if share == CODE_SHARES[0] else refused
        for kept in (lines, [line for line in lines if not line.dispensable]):
            texts = _beside(code, kept, sheet)
            if texts:
                return LaidLabel(code=code, texts=texts)
    return refused


def _beside(code: PlacedCode, lines: Sequence[_Line], sheet: LabelSheet) -> tuple[PlacedText, ...]:
    """The lines where the code's quiet zone ends, which is white already; none where they do not fit."""
    left = code.x_mm + (len(code.rows) + 2 * QUIET_ZONE) * code.module_mm
    width, height = sheet.label_width_mm - EDGE_MM - left, sheet.label_height_mm - 2 * EDGE_MM
    placed = _largest(lines, width, height)
    return tuple(
        PlacedText(x_mm=left, y_mm=EDGE_MM + each.y_mm, em_mm=each.em_mm, bold=each.bold, text=each.text)
        for each in placed
    )


def _code(label: PackLabel, sheet: LabelSheet, share: float) -> PlacedCode | tuple[str, str]:
    matrix = segno.make(label.address, error="m", micro=False, boost_error=False).matrix
    rows = tuple(bytes(row) for row in matrix)
    modules = len(rows) + 2 * QUIET_ZONE
    least, most = module_bounds_mm()
    room = min(sheet.label_height_mm, sheet.label_width_mm * share)
    module = min(int(1000 * room / modules) / 1000, most)
    if module < least:
        return (
            f"码有 {modules} 格宽（含空白边），每格只有 {module:.3f} mm，至少要 {least} mm",
            f"the code is {modules} modules wide with its quiet zone: {module:.3f} mm each, {least} mm are needed",
        )
    return PlacedCode(x_mm=0.0, y_mm=(sheet.label_height_mm - modules * module) / 2, module_mm=module, rows=rows)


def _lines(label: PackLabel) -> list[_Line]:
    small = text_least_mm() / HEIGHT_OF_EM
    net = net_weight_height_mm(float(label.net_weight_kg)) / FIGURE_HEIGHT_OF_EM
    lines = [
        _Line(text=label.name_zh, least_em_mm=small, bold=True),
        _Line(text=label.name_en, least_em_mm=small, dispensable=True),
        _Line(text=label.net_weight, least_em_mm=net, bold=True),
        _Line(text=f"批号 {label.lot}" if label.lot else "", least_em_mm=small),
        _Line(text=f"盒号 {label.serial}", least_em_mm=small),
        _Line(text="" if label.use_by is None else f"保质期到 {label.use_by.isoformat()}", least_em_mm=small),
        _Line(text=label.storage_zh, least_em_mm=small),
        _Line(text=COMPLAINTS, least_em_mm=small),
        _Line(text="扫码看来历 Scan me", least_em_mm=small, dispensable=True),
    ]
    return [line for line in lines if line.text.strip()]


def _largest(lines: Sequence[_Line], width: float, height: float) -> list[PlacedText]:
    """The lines as large as they fit, from the top; none where they do not fit even as small as they may be."""
    em = LARGEST_EM_MM
    while em >= text_least_mm() / HEIGHT_OF_EM - STEP_MM:
        placed = _stacked(lines, em, width)
        if placed and placed[-1].y_mm + _descent_mm(placed[-1]) <= height:
            return placed
        em -= STEP_MM
    return []


def _stacked(lines: Sequence[_Line], em_mm: float, width: float) -> list[PlacedText]:
    placed: list[PlacedText] = []
    bottom = 0.0
    for line in lines:
        em = max(em_mm, line.least_em_mm)
        parts = _wrapped(line.text, em, width, bold=line.bold)
        if not parts:
            return []
        for part in parts:
            ascent = FIGURE_HEIGHT_OF_EM if em > em_mm else ASCENT_OF_EM
            text = PlacedText(x_mm=0.0, y_mm=bottom + ascent * em, em_mm=em, bold=line.bold, text=part)
            placed.append(text)
            bottom = text.y_mm + _descent_mm(text) + GAP_MM
    return placed


def _descent_mm(text: PlacedText) -> float:
    return text.em_mm * (DESCENT_OF_EM if all(map(is_wide, text.text)) else LATIN_DESCENT_OF_EM)


def _wrapped(text: str, em_mm: float, width: float, *, bold: bool) -> list[str]:
    """The text in lines of that width, broken between Chinese characters or at spaces; none where a word is wider."""
    lines, current = [], ""
    for word in _words(text):
        if text_width_mm((current + word).rstrip(), em_mm, bold=bold) <= width:
            current += word
            continue
        if current.strip():
            lines.append(current.strip())
        current = word.lstrip()
        if text_width_mm(current.rstrip(), em_mm, bold=bold) > width:
            return []
    return [*lines, current.strip()] if current.strip() else lines


def _words(text: str) -> Iterator[str]:
    word = ""
    for character in text:
        if is_wide(character):
            if word:
                yield word
            word = ""
            yield character
        elif character == " ":
            yield word + " "
            word = ""
        else:
            word += character
    if word:
        yield word
