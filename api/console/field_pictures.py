"""Pictures of one field: the soil with its probes by depth, and the water at one depth over a week."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.console.pictures import Points, runs
from api.spans import HOUR_MS, Span, moment_of

SOIL_WIDTH, ROW_HEIGHT = 84, 84
LAYERS = 4
WATER_WIDTH, WATER_HEIGHT = 350, 170
LEFT, RIGHT, TOP, BOTTOM = 34, 342, 12, 146
MOST_POINTS = 500
MOST_LEVELS = 5
GAP_MS = 6 * HOUR_MS
Place = Callable[[float], float]
DRAINING = 90.0
"""Percent of field capacity from which a field is too wet (the rule "drain" of `push_rules.csv`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterWords:
    """What stands in the picture of water; share: values are percent of field capacity, else of volume."""

    share: bool
    band: tuple[float, float] | None
    label: str


def soil_picture(depths_cm: Sequence[float], sentence: str) -> Markup:
    """The ridge and its layers with a probe in it; a row a depth, so that what was measured stands beside it."""
    rows = max(1, len(depths_cm))
    height = rows * ROW_HEIGHT
    layers = Markup("").join(
        Markup('<rect class="soil{}" x="22" y="{}" width="60" height="{}"/>').format(
            min(at + 1, LAYERS), at * ROW_HEIGHT + (14 if at == 0 else 0), ROW_HEIGHT - (14 if at == 0 else 0)
        )
        for at in range(rows)
    )
    places = [at * ROW_HEIGHT + ROW_HEIGHT / 2 for at in range(len(depths_cm))]
    marks = Markup("").join(
        Markup(
            '<path class="at" d="M22 {y}h60"/><circle cx="52" cy="{y}" r="5"/><text x="18" y="{t}">{depth}</text>'
        ).format(y=y, t=y + 4, depth=f"{depth:g}" if depth else "0")
        for y, depth in zip(places, depths_cm, strict=True)
    )
    probe = Markup('<path class="probe" d="M52 6V{}"/><rect class="head" x="45" y="0" width="14" height="9" rx="2"/>')
    return Markup(
        '<svg class="soil" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{said}">'
        '<path class="soil1" d="M22 16q0-12 16-12h28q16 0 16 12z"/>{layers}{probe}{marks}'
        '<text x="18" y="{foot}">cm</text></svg>'
    ).format(
        w=SOIL_WIDTH,
        h=height,
        said=sentence,
        layers=layers,
        probe=probe.format(places[-1]) if places else "",
        marks=marks,
        foot=height - 6,
    )


def water_picture(points: Points, span: Span, zone: ZoneInfo, words: WaterWords) -> Markup:
    """The water over the span: what the crop likes as a band, too wet as a dashed line, gaps hatched and left open."""
    if not points:
        return Markup("")
    shown = list(points)[:: max(1, len(points) // MOST_POINTS)]
    values = [value for _, value in shown]
    ends = [*values, *(words.band or ()), *([DRAINING] if words.share else [])]
    low, high = float(min(ends)) - 3.0, float(max(ends)) + 3.0

    def x_of(ms: int) -> float:
        return LEFT + (ms - span.since_ms) / (span.until_ms - span.since_ms) * (RIGHT - LEFT)

    def y_of(value: float) -> float:
        return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)

    stretches = runs(shown, GAP_MS)
    lines = Markup("").join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x_of(ms):.1f},{y_of(value):.1f}" for ms, value in run))
        for run in stretches
    )
    edges = [span.since_ms, *(end for run in stretches for end in (run[0][0], run[-1][0])), span.until_ms]
    gaps = Markup("").join(
        Markup('<rect class="gap" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(
            x_of(since), TOP, x_of(until) - x_of(since), BOTTOM - TOP
        )
        for since, until in zip(edges[::2], edges[1::2], strict=True)
        if until - since > GAP_MS
    )
    last_ms, last = shown[-1]
    return Markup(
        '<svg class="water" viewBox="0 0 {w} {h}" role="img" aria-label="{said}"><defs>'
        '<pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0v6"/></pattern></defs>{band}{gaps}{axes}{lines}<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/></svg>'
    ).format(
        w=WATER_WIDTH,
        h=WATER_HEIGHT,
        said=words.label,
        band=_band(words, y_of),
        gaps=gaps,
        axes=_axes(span, zone, (low, high), x_of, y_of),
        lines=lines,
        x=x_of(last_ms),
        y=y_of(last),
    )


def _band(words: WaterWords, y_of: Place) -> Markup:
    drawn = Markup("")
    if words.band is not None:
        least, most = words.band
        drawn += Markup('<rect class="likes" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
            LEFT, y_of(most), RIGHT - LEFT, y_of(least) - y_of(most)
        )
        drawn += Markup('<text class="likes" x="{}" y="{:.1f}">合适 {:g}–{:g}</text>').format(
            LEFT + 4, y_of(least) - 4, least, most
        )
    if words.share:
        drawn += Markup(
            '<path class="wet" d="M{} {:.1f}H{}"/><text class="wet" x="{}" y="{:.1f}">太湿 {:g}</text>'
        ).format(LEFT, y_of(DRAINING), RIGHT, LEFT + 4, y_of(DRAINING) - 4, DRAINING)
    return drawn


def _axes(span: Span, zone: ZoneInfo, ends: tuple[float, float], x_of: Callable[[int], float], y_of: Place) -> Markup:
    step = next(step for step in (2, 5, 10, 20, 50) if step * MOST_LEVELS >= ends[1] - ends[0])
    values = range(-(-int(ends[0]) // step) * step, int(ends[1]) + 1, step)
    levels = Markup("").join(
        Markup('<path class="grid" d="M{} {:.1f}H{}"/><text class="y" x="{}" y="{:.1f}">{}</text>').format(
            LEFT, y_of(value), RIGHT, LEFT - 5, y_of(value) + 4, value
        )
        for value in values
    )
    hours = range(-(-span.since_ms // HOUR_MS), span.until_ms // HOUR_MS + 1)
    local = [(hour * HOUR_MS, moment_of(hour * HOUR_MS).astimezone(zone)) for hour in hours]
    midnights = [(ms, moment) for ms, moment in local if moment.hour == 0]
    days = Markup("").join(
        Markup('<path class="day" d="M{0:.1f} {1}v5"/><text class="x" x="{0:.1f}" y="{2}">{3}-{4}</text>').format(
            x_of(ms), BOTTOM, BOTTOM + 18, moment.month, moment.day
        )
        for ms, moment in midnights[::2]
    )
    return levels + days
