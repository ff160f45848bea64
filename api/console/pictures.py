"""Pictures drawn on the server as inline SVG: a sparkline, the freshness strip, a chart for those without script."""

from collections.abc import Sequence
from math import log10
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.freshness import Freshness, Punctuality
from api.spans import HOUR_MS, Span, moment_of

STRIP_TICKS = ((10, "10 秒"), (60, "1 分"), (600, "10 分"), (3600, "1 时"), (21_600, "6 时"), (172_800, "2 天"))
STRIP_WIDTH, STRIP_HEIGHT, STRIP_LEFT, STRIP_RIGHT = 300, 84, 8, 292
STRIP_LANES = 5
MOST_MARKS = 500
CHART_WIDTH, CHART_HEIGHT, CHART_LEFT, CHART_BOTTOM = 760, 240, 44, 26
Points = Sequence[tuple[int, float]]
"""(milliseconds since 1970, value), in time order."""


def sparkline(points: Points, span: Span, *, gap_ms: int, label: str) -> Markup:
    """The values over the span, broken where nothing came for longer than `gap_ms`; empty without values."""
    if not points:
        return Markup("")
    width, height = 96, 26
    low, high = _range(points, least=0.5)

    def place(ms: int, value: float) -> str:
        x = 2 + (ms - span.since_ms) / (span.until_ms - span.since_ms) * (width - 8)
        return f"{x:.1f},{height - 4 - (value - low) / (high - low) * (height - 8):.1f}"

    lines = [" ".join(place(*point) for point in run) for run in runs(points, gap_ms)]
    x, y = place(*points[-1]).split(",")
    drawn = Markup("").join(Markup('<polyline points="{}"/>').format(line) for line in lines)
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}'
        '<circle cx="{}" cy="{}" r="2.6"/></svg>'
    ).format(width, height, width, height, label, drawn, x, y)


def freshness_strip(fresh: Sequence[Freshness], label: str) -> Markup:
    """Marks on a logarithmic axis of age, one per device while few: dot on time, triangle late, ring silent."""
    axis_y = STRIP_HEIGHT - 20
    ticks = Markup("").join(
        Markup('<path d="M{0} {1}v4"/><text x="{0}" y="{2}">{3}</text>').format(
            f"{_strip_x(age):.0f}", axis_y, STRIP_HEIGHT - 3, words
        )
        for age, words in STRIP_TICKS
    )
    silent_from = f"{_strip_x(min((each.silent_after_s for each in fresh), default=21_600)):.0f}"
    shown = _by_age(fresh)[:: devices_per_mark(len(fresh))]
    marks = Markup("").join(_strip_mark(each, lane) for lane, each in enumerate(shown))
    return Markup(
        '<svg class="strip" viewBox="0 0 {w} {h}" role="img" aria-label="{label}"><defs>'
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0v6"/></pattern></defs><rect class="gone" x="{s}" y="0" width="{sw}" height="{a}"/>'
        '<path class="axis" d="M{left} {a}H{right}"/><g class="ticks">{ticks}</g>{marks}</svg>'
    ).format(
        w=STRIP_WIDTH,
        h=STRIP_HEIGHT,
        label=label,
        s=silent_from,
        sw=max(0, STRIP_RIGHT + 6 - int(silent_from)),
        a=axis_y,
        left=STRIP_LEFT,
        right=STRIP_RIGHT + 6,
        ticks=ticks,
        marks=marks,
    )


def devices_per_mark(devices: int) -> int:
    """How many devices one mark of the strip stands for: one, until there would be too many marks to see."""
    return max(1, -(-devices // MOST_MARKS))


def line_chart(points: Points, span: Span, zone: ZoneInfo, *, gap_ms: int, unit: str, label: str) -> Markup:
    """A chart for a browser without script: local midnights, first and last value of the axis, gaps left open."""
    if not points:
        return Markup("")
    low, high = _range(points, least=1.0)
    top, right = 10, CHART_WIDTH - 8
    bottom = CHART_HEIGHT - CHART_BOTTOM

    def x_of(ms: int) -> float:
        return CHART_LEFT + (ms - span.since_ms) / (span.until_ms - span.since_ms) * (right - CHART_LEFT)

    def y_of(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    grid = Markup("").join(
        Markup('<path d="M{0} {1}H{2}"/><text class="y" x="{3}" y="{4}">{5}</text>').format(
            CHART_LEFT, f"{y_of(value):.1f}", right, CHART_LEFT - 6, f"{y_of(value) + 4:.1f}", f"{value:.1f}"
        )
        for value in (low, (low + high) / 2, high)
    )
    days = Markup("").join(
        Markup('<path d="M{0} {1}V{2}"/><text x="{0}" y="{3}">{4}</text>').format(
            f"{x_of(ms):.1f}", top, bottom, CHART_HEIGHT - 8, words
        )
        for ms, words in _midnights(span, zone)
    )
    lines = Markup("").join(
        Markup('<polyline points="{}"/>').format(" ".join(f"{x_of(ms):.1f},{y_of(value):.1f}" for ms, value in run))
        for run in runs(points, gap_ms)
    )
    return Markup(
        '<svg class="chart-still" viewBox="0 0 {} {}" role="img" aria-label="{}"><g class="grid">{}{}'
        '<text class="y" x="{}" y="9">{}</text></g><g class="line">{}</g></svg>'
    ).format(CHART_WIDTH, CHART_HEIGHT, label, grid, days, CHART_LEFT - 6, unit, lines)


def runs(points: Points, gap_ms: int) -> list[list[tuple[int, float]]]:
    """The points in stretches without a gap longer than `gap_ms`."""
    stretches: list[list[tuple[int, float]]] = []
    for point in points:
        if not stretches or point[0] - stretches[-1][-1][0] > gap_ms:
            stretches.append([])
        stretches[-1].append(point)
    return stretches


def _range(points: Points, *, least: float) -> tuple[float, float]:
    """Lowest and highest value, at least `least` apart, so that noise is not drawn as a mountain."""
    values = [value for _, value in points]
    low, high = min(values), max(values)
    missing = max(0.0, least - (high - low)) / 2
    return low - missing, high + missing


def _midnights(span: Span, zone: ZoneInfo) -> list[tuple[int, str]]:
    hours = range(-(-span.since_ms // HOUR_MS), span.until_ms // HOUR_MS + 1)
    local = [(hour * HOUR_MS, moment_of(hour * HOUR_MS).astimezone(zone)) for hour in hours]
    days = [(ms, f"{moment.month}-{moment.day}") for ms, moment in local if moment.hour == 0]
    return days[:: max(1, len(days) // 8)]


def _by_age(fresh: Sequence[Freshness]) -> list[Freshness]:
    return sorted(fresh, key=lambda each: float("inf") if each.age_s is None else each.age_s)


def _strip_x(age_s: float) -> float:
    first, last = log10(STRIP_TICKS[0][0]), log10(STRIP_TICKS[-1][0])
    share = (log10(max(age_s, STRIP_TICKS[0][0])) - first) / (last - first)
    return STRIP_LEFT + 12 + min(1.0, share) * (STRIP_RIGHT - STRIP_LEFT - 16)


def _strip_mark(fresh: Freshness, lane: int) -> Markup:
    """A mark at its age; marks next to each other take turns in the lanes, so that a cluster stays countable."""
    x = STRIP_RIGHT + 1.0 if fresh.age_s is None else _strip_x(fresh.age_s)
    y = 8.0 + lane % STRIP_LANES * 12
    title = Markup("<title>{}</title>").format(fresh.device.id)
    if fresh.punctuality is Punctuality.ON_TIME:
        return Markup('<circle class="on_time" cx="{:.1f}" cy="{}" r="3">{}</circle>').format(x, y, title)
    if fresh.punctuality is Punctuality.LATE:
        return Markup('<path class="late" d="M{:.1f} {:.1f}l5 9h-10z">{}</path>').format(x, y - 5, title)
    ring = '<g class="silent"><circle cx="{x:.1f}" cy="{y}" r="4"/><path d="M{a:.1f} {b:.1f}l5.6 5.6"/>{t}</g>'
    return Markup(ring).format(x=x, y=y, a=x - 2.8, b=y - 2.8, t=title)  # noqa: S704 a constant, with escaped parts
