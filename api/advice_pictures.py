"""Pictures of advice as inline SVG: a value beside its limits, a fit, a yield with its interval, the stages of a crop.

Each says in one sentence what it shows. Nothing in them depends on colour alone: a photocopy still reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor

from markupsafe import Markup

from agronomy.gate.safety import ElementFinding

LIMIT_WIDTH, LIMIT_HEIGHT = 100, 22
"""The screening value stands in the middle, 0 at the left edge."""
FIT_WIDTH = 150
YIELD_WIDTH, YIELD_HEIGHT = 360, 96
STAGE_WIDTH, STAGE_GAP, STAGE_HEIGHT = 104, 6, 66
MOST_STAGES = 9
LONGEST_STAGE = 10
"""Letters that fit into a box as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldBar:
    """What the interval bar shows, jin a mu; record: a good farm's result, None where none is on record."""

    low: int
    middle: int
    high: int
    record: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBox:
    """A stage as it is drawn; state: past, now or ahead."""

    words: str
    when: str
    state: str


def limit_bar(found: ElementFinding, sentence: str) -> Markup:
    """The value with its uncertainty beside the screening value; an arrow where it lies beyond the picture."""
    limit, value = found.screening.mg_kg, found.measured.value
    about = value.uncertainty or 0.0

    def x_of(content: float) -> float:
        return max(4.0, min(LIMIT_WIDTH - 4.0, content / limit * LIMIT_WIDTH / 2))

    x = x_of(value.value)
    mark = Markup('<path class="value" d="M{0:.1f} 5l6 6-6 6-6-6z"/>').format(x)
    if value.value > 2 * limit:
        mark = Markup('<path class="value" d="M{0} 4l8 7-8 7zM{1} 4l8 7-8 7z"/>').format(
            LIMIT_WIDTH - 9, LIMIT_WIDTH - 18
        )
    whisker = (
        Markup('<path class="about" d="M{0:.1f} 11H{1:.1f}M{0:.1f} 8v6M{1:.1f} 8v6"/>').format(
            x_of(value.value - about), x_of(value.value + about)
        )
        if about
        else Markup("")
    )
    return Markup(
        '<svg class="limitbar" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{said}">'
        '<rect class="below" x="0" y="7" width="{half}" height="8"/>'
        '<rect class="above" x="{half}" y="7" width="{half}" height="8"/>'
        '<path class="limit" d="M{half} 1v20"/>{whisker}{mark}</svg>'
    ).format(w=LIMIT_WIDTH, h=LIMIT_HEIGHT, half=LIMIT_WIDTH // 2, said=sentence, whisker=whisker, mark=mark)


def fit_bar(value: float, *, limiting: bool) -> Markup:
    """How far a factor lets the crop grow, from 0 to 1; the words beside it say the number."""
    return Markup(
        '<svg class="fitbar{0}" viewBox="0 0 {1} 8" width="{1}" height="8" aria-hidden="true">'
        '<rect class="rest" width="{1}" height="8" rx="4"/><rect class="part" width="{2:.0f}" height="8" rx="4"/></svg>'
    ).format(" limiting" if limiting else "", FIT_WIDTH, max(3.0, min(1.0, value) * FIT_WIDTH))


def yield_bar(bar: YieldBar, sentence: str, *, words: tuple[str, str], width: int = YIELD_WIDTH) -> Markup:
    """The interval as a box, its middle as a tick, and apart from it what a good farm once had.

    words: what stands below the box and below the diamond; the axis is cut and its first label is written.
    """
    most = max(bar.high, bar.record or 0)
    step = 500 if most < 4000 else 1000  # noqa: PLR2004 jin a mu: grain and tubers
    if most < 1000:  # noqa: PLR2004 oil seeds
        step = 100
    first, last = floor(bar.low * 0.7 / step) * step, ceil(most * 1.03 / step) * step
    left, right = 14.0, width - 30.0

    def x_of(jin: float) -> float:
        return left + (jin - first) / (last - first) * (right - left)

    low, middle, high = x_of(bar.low), x_of(bar.middle), x_of(bar.high)
    labels = _apart([low, middle, high], least=min(52.0, width / 7))
    record = _record(x_of(bar.record), bar.record, words[1], width) if bar.record is not None else Markup("")
    return Markup(
        '<svg class="yieldbar" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{said}">'
        '<defs><pattern id="shade" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0v7"/></pattern></defs><path class="axis" d="M{l} 42H{r}"/>'
        '<rect class="box" x="{low:.1f}" y="30" width="{span:.1f}" height="24" rx="2"/>'
        '<rect class="shade" x="{low:.1f}" y="30" width="{span:.1f}" height="24" rx="2"/>'
        '<path class="middle" d="M{mid:.1f} 24v36"/>'
        '<text class="end" x="{a:.1f}" y="18">{tl}</text><text class="mid" x="{b:.1f}" y="18">{tm}</text>'
        '<text class="end" x="{c:.1f}" y="18">{th}</text><text class="first" x="{l}" y="72">{first}</text>'
        '<text class="said" x="{box:.1f}" y="72">{likely}</text>{record}</svg>'
    ).format(
        w=width,
        h=YIELD_HEIGHT,
        said=sentence,
        l=left - 8,
        r=right + 22,
        low=low,
        span=high - low,
        mid=middle,
        a=labels[0],
        b=labels[1],
        c=labels[2],
        tl=f"{bar.low:,}",
        tm=f"{bar.middle:,}",
        th=f"{bar.high:,}",
        first=f"{first:,}",
        box=(low + high) / 2,
        likely=words[0],
        record=record,
    )


def _record(x: float, jin: int, words: str, width: int) -> Markup:
    """A hollow diamond, its words below it and within the picture."""
    return Markup(
        '<path class="record" d="M{0:.1f} 34l8 8-8 8-8-8z"/>'
        '<text class="recordsaid" x="{1:.1f}" y="90">{2:,} {3}</text>'
    ).format(x, min(x + 12, width - 2.0), jin, words)


def _apart(places: Sequence[float], *, least: float) -> list[float]:
    """The places of three labels, moved from each other so that none lies on another."""
    low, middle, high = places
    return [min(low, middle - least), middle, max(high, middle + least)]


def stage_row(boxes: Sequence[StageBox], sentence: str) -> Markup:
    """The stages in their order, as boxes of one size: past plain, now dark with a pointer, ahead dashed."""
    shown = boxes[:MOST_STAGES]
    width = len(shown) * (STAGE_WIDTH + STAGE_GAP)
    drawn = Markup("").join(_stage(box, at * (STAGE_WIDTH + STAGE_GAP) + 1) for at, box in enumerate(shown))
    return Markup('<svg class="stagerow" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        width, STAGE_HEIGHT, sentence, drawn
    )


def _stage(box: StageBox, x: int) -> Markup:
    middle = x + (STAGE_WIDTH - 2) / 2
    pointer = Markup('<path class="pointer" d="M{0} 11l-6-9h12z"/>').format(middle) if box.state == "now" else ""
    room = Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(STAGE_WIDTH - 12)
    squeezed = room if len(box.words) > LONGEST_STAGE else ""
    return Markup(
        '<g class="{}">{}<rect x="{}" y="14" width="{}" height="28" rx="4"/><text x="{}" y="33"{}>{}</text>'
        '<text class="when" x="{}" y="59">{}</text></g>'
    ).format(box.state, pointer, x, STAGE_WIDTH - 2, middle, squeezed, box.words, middle, box.when)


def days_text(first: date, last: date) -> str:
    """First and last day of a span without its year: "5-10 – 6-10"."""
    return f"{first.month}-{first.day} – {last.month}-{last.day}"
