"""Interactive charts of the console, as BokehJS documents. Times are shifted to the farm's local time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from bokeh.embed import json_item
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.models.annotations import BoxAnnotation, Label
from bokeh.models.formatters import DatetimeTickFormatter, PrintfTickFormatter
from bokeh.plotting import figure
from numpy.typing import NDArray

from api.console.words import depth_words, duration_words
from api.spans import HOUR_MS, Span, cut, offset_ms
from observations.model import Buckets, Stream
from observations.ports import ObservationStore
from observations.properties import ObservedProperty, observed_property

SUBJECT, HERD, MEASURED, AMBIENT = "#A8451F", "#1B4675", "#2F6DB0", "#6B7785"
FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, Noto Sans SC, sans-serif"
INK, GRID = "#455260", "#E3E9EE"
DASHES = ("solid", [7, 4], [2, 3], [9, 3, 2, 3])
RAW_POINTS = 500
"""Up to so many values are drawn as they are; beyond, as means with a band from minimum to maximum."""
BANDS_RAW_LIMIT = 60_000
MOST_BUCKETS = 300
DAY_MS = 24 * HOUR_MS
CHARTED_IN_FIELDS = {"soil_moisture": 240, "soil_temperature": 170, "soil_ec": 150}
"""The properties of a field's panels, and the height of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Values to draw: local milliseconds; low and high where they are means of buckets."""

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    low: NDArray[np.floating] | None
    high: NDArray[np.floating] | None
    step_ms: int


class Charts:
    """The charts of one animal or field over one span."""

    def __init__(self, *, store: ObservationStore, span: Span, zone: ZoneInfo) -> None:
        self.store, self.span, self.zone = store, span, zone
        shift = offset_ms(span.until, zone)
        self.shift = shift
        self.start, self.end = float(span.since_ms + shift), float(span.until_ms + shift)
        self.x_range = Range1d(start=self.start, end=self.end)

    @property
    def bucket_ms(self) -> int:
        """The width of buckets that gives few enough of them: whole minutes, hours or days."""
        length = self.span.until_ms - self.span.since_ms
        steps = (30 * 60_000, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, DAY_MS)
        return next((step for step in steps if length // step <= MOST_BUCKETS), 7 * DAY_MS)

    def line(self, streams: Sequence[Stream], prop: ObservedProperty) -> Line:
        """Raw values where they are few, otherwise buckets."""
        parts = cut(streams, self.span)
        raw = self.store.series(parts, prop.name, limit=RAW_POINTS + 1)
        if len(raw.value) <= RAW_POINTS:
            x = raw.phenomenon_ms.astype(np.float64) + self.shift
            return Line(x=x, y=raw.value, low=None, high=None, step_ms=prop.stale_after_min * 60_000)
        rows = self.buckets(streams, prop, self.bucket_ms)
        centres = rows.start_ms + self.shift + self.bucket_ms / 2
        step = max(prop.stale_after_min * 60_000, 2 * self.bucket_ms)
        return Line(x=centres, y=rows.mean, low=rows.minimum, high=rows.maximum, step_ms=step)

    def buckets(self, streams: Sequence[Stream], prop: ObservedProperty, width_ms: int) -> Buckets:
        """Good values in buckets whose edges lie on local time."""
        shift = self.shift % width_ms
        return self.store.buckets(cut(streams, self.span), prop.name, width_ms=width_ms, offset_ms=shift)

    def panel(self, prop: ObservedProperty, *, height: int, zero: bool = False) -> Any:  # noqa: ANN401 bokeh has no types
        """An empty panel on the shared time axis, for values of that property."""
        panel: Any = figure(
            height=height,
            sizing_mode="stretch_width",
            x_range=self.x_range,
            x_axis_type="datetime",
            tools="xpan,xwheel_zoom,reset",
            active_scroll=None,
            toolbar_location=None,
            background_fill_color="#FFFFFF",
            border_fill_color="#FFFFFF",
            outline_line_color=None,
            min_border_left=68,
            y_axis_label=f"{prop.zh} {prop.symbol}".strip(),
        )
        panel.axis.axis_line_color = panel.axis.minor_tick_line_color = None
        panel.axis.major_tick_line_color = GRID
        panel.axis.major_label_text_color = panel.axis.axis_label_text_color = INK
        panel.axis.major_label_text_font_size = panel.axis.axis_label_text_font_size = "13px"
        panel.axis.axis_label_text_font_style = "normal"
        panel.axis.major_label_text_font = panel.axis.axis_label_text_font = FONT
        panel.grid.grid_line_color = GRID
        days = (self.end - self.start) / DAY_MS
        panel.xaxis.ticker.desired_num_ticks = 7 if days < 4 else 5  # noqa: PLR2004 up to three days noon is marked too
        panel.xaxis.formatter = DatetimeTickFormatter(
            minsec="%H:%M", minutes="%H:%M", hourmin="%H:%M", hours="%H:%M", days="%m-%d", months="%Y-%m", years="%Y"
        )
        panel.yaxis.ticker.desired_num_ticks = max(3, height // 50)
        panel.yaxis.formatter = PrintfTickFormatter(format=f"%.{prop.decimals}f")
        if zero:
            panel.y_range.start = 0
        return panel

    def draw(self, panel: Any, line: Line, prop: ObservedProperty, *, colour: str, dash: Any, name: str) -> None:  # noqa: ANN401
        """The line, broken at gaps, with its band where there is one, and the values under the pointer."""
        x, columns = _with_gaps(line)
        source = ColumnDataSource({"x": x, **columns})
        if line.low is not None:
            panel.y_range.renderers.append(
                panel.varea("x", "low", "high", source=source, fill_color=colour, fill_alpha=0.14)
            )
        drawn = panel.line("x", "y", source=source, color=colour, line_width=2.5, line_dash=dash, legend_label=name)
        panel.y_range.renderers.append(drawn)
        if line.low is None:
            panel.scatter("x", "y", source=source, size=3, color=colour)
        value = f"@y{{0.{'0' * prop.decimals}}} {prop.symbol}" if prop.decimals else f"@y{{0}} {prop.symbol}"
        tips = [("时间", "@x{%m-%d %H:%M}"), (name, value)]
        panel.add_tools(HoverTool(renderers=[drawn], tooltips=tips, formatters={"@x": "datetime"}, mode="vline"))

    def hatch_gaps(self, panel: Any, line: Line, *, told: bool = True) -> None:  # noqa: ANN401
        """Stretches without data are hatched; told: the longer ones with their length in words."""
        edges = [self.start, *map(float, line.x), self.end]
        for left, right in pairwise(edges):
            if right - left <= line.step_ms:
                continue
            panel.add_layout(
                BoxAnnotation(
                    left=left,
                    right=right,
                    fill_alpha=0,
                    line_alpha=0,
                    hatch_pattern="/",
                    hatch_color="#7C8996",
                    hatch_alpha=0.5,
                    hatch_scale=9,
                )
            )
            if told and right - left > (self.end - self.start) * 0.05:
                panel.add_layout(_gap_label((left + right) / 2, right - left))

    def herd_band(self, panel: Any, herd: Sequence[Stream], prop: ObservedProperty) -> None:  # noqa: ANN401
        """The herd's median with the band of its middle 80 %; over long spans its mean, without a band."""
        parts = cut(herd, self.span)
        width = max(self.bucket_ms, 30 * 60_000)
        if self.span.until - self.span.since > timedelta(days=4):
            rows = self.buckets(herd, prop, width)
            line = Line(x=rows.start_ms + self.shift + width / 2, y=rows.mean, low=None, high=None, step_ms=2 * width)
            name = "同群平均 Herd mean"
        else:
            raw = self.store.series(parts, prop.name, limit=BANDS_RAW_LIMIT)
            starts, quantiles = _quantiles(raw.phenomenon_ms, raw.value, width)
            line = Line(
                x=starts + self.shift + width / 2,
                y=quantiles[1],
                low=quantiles[0],
                high=quantiles[2],
                step_ms=2 * width,
            )
            name = "同群中位数 Herd median"
        x, columns = _with_gaps(line)
        source = ColumnDataSource({"x": x, **columns})
        if line.low is not None:
            panel.varea("x", "low", "high", source=source, fill_color=HERD, fill_alpha=0.12)
        median = panel.line("x", "y", source=source, color=HERD, line_width=2, line_dash=DASHES[1], legend_label=name)
        # The axis follows the median, not the band: one odd tag of a small herd would flatten the animal's own curve.
        panel.y_range.renderers.append(median)


def _gap_label(middle: float, length_ms: float) -> Label:
    return Label(
        text=f"缺 {duration_words(length_ms / 1000).zh}",
        x=middle,
        y=12,
        y_units="screen",
        text_align="center",
        text_color=INK,
        text_font=FONT,
        text_font_size="13px",
        background_fill_color="#FFFFFF",
    )


def animal_charts(
    *, store: ObservationStore, span: Span, zone: ZoneInfo, worn: Sequence[Stream], herd: Sequence[Stream]
) -> dict[str, Any]:
    """Ear temperature against the herd, ambient below on the same axis, and activity by the hour."""
    charts = Charts(store=store, span=span, zone=zone)
    ear, ambient, activity = (
        observed_property(name) for name in ("ear_temperature", "ambient_temperature", "activity")
    )
    top = charts.panel(ear, height=270)
    line = charts.line(worn, ear)
    charts.hatch_gaps(top, line)
    charts.herd_band(top, herd, ear)
    charts.draw(top, line, ear, colour=SUBJECT, dash="solid", name="这头 This animal")
    middle = charts.panel(ambient, height=130)
    around = charts.line(worn, ambient)
    charts.hatch_gaps(middle, around, told=False)
    charts.draw(middle, around, ambient, colour=AMBIENT, dash=DASHES[2], name="棚内气温 Ambient")
    width = max(HOUR_MS, charts.bucket_ms)
    rows = charts.buckets(worn, activity, width)
    bottom = charts.panel(activity, height=170, zero=True)
    centres = rows.start_ms + charts.shift + width / 2
    step = max(activity.stale_after_min * 60_000, 2 * width)
    bars_line = Line(x=centres, y=rows.mean, low=None, high=None, step_ms=step)
    charts.hatch_gaps(bottom, bars_line, told=False)
    source = ColumnDataSource({"x": centres, "y": rows.mean})
    bars = bottom.vbar("x", width=width * 0.8, top="y", source=source, color=MEASURED)
    bottom.y_range.renderers.append(bars)
    tips = [("时间", "@x{%m-%d %H:%M}"), ("活动", "@y{0}")]
    bottom.add_tools(HoverTool(renderers=[bars], tooltips=tips, formatters={"@x": "datetime"}))
    return _document([top, middle, bottom])


def field_charts(
    *, store: ObservationStore, span: Span, zone: ZoneInfo, stood: Sequence[tuple[str, Sequence[Stream]]]
) -> dict[str, Any]:
    """Soil moisture, temperature and conductivity by depth; stood: the streams of each depth, shallowest first."""
    charts = Charts(store=store, span=span, zone=zone)
    colours = (SUBJECT, HERD, AMBIENT, MEASURED)
    panels = []
    for prop, height in ((observed_property(name), height) for name, height in CHARTED_IN_FIELDS.items()):
        panel = charts.panel(prop, height=height)
        lines = [(depth, charts.line(streams, prop)) for depth, streams in stood[: len(colours)]]
        heard = [line for _, line in lines if len(line.x)] or [line for _, line in lines]
        for line in heard[:1]:
            charts.hatch_gaps(panel, line)
        for place, (depth, line) in enumerate(lines):
            name = depth_words(depth) or "探头"
            charts.draw(panel, line, prop, colour=colours[place], dash=DASHES[place], name=name)
        panels.append(panel)
    return _document(panels)


def _document(panels: Sequence[Any]) -> dict[str, Any]:
    for panel in (each for each in panels if each.legend):
        panel.add_layout(panel.legend[0], "above")
        panel.legend.orientation = "horizontal"
        panel.legend.border_line_color = None
        panel.legend.background_fill_alpha = 0.8
        panel.legend.label_text_font_size = "13px"
        panel.legend.label_text_font = FONT
        panel.legend.padding = panel.legend.margin = 2
    item: dict[str, Any] = dict(json_item(column(*panels, sizing_mode="stretch_width")))
    return item


def _with_gaps(line: Line) -> tuple[NDArray[np.floating], dict[str, NDArray[np.floating]]]:
    """The line's columns with a NaN wherever two values are further apart than its step."""
    columns = {"y": line.y}
    if line.low is not None and line.high is not None:
        columns |= {"low": line.low, "high": line.high}
    x = np.asarray(line.x, np.float64)
    breaks = np.flatnonzero(np.diff(x) > line.step_ms) + 1
    return np.insert(x, breaks, np.nan), {name: np.insert(each, breaks, np.nan) for name, each in columns.items()}


def _quantiles(
    times: NDArray[np.int64], values: NDArray[np.floating], width_ms: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Bucket starts, and for each the 10 %, 50 % and 90 % quantile of the values in it."""
    buckets = times // width_ms
    starts, firsts = np.unique(buckets, return_index=True)
    groups = np.split(values, firsts[1:]) if len(values) else []
    rows = np.array([np.quantile(group, (0.1, 0.5, 0.9)) for group in groups]).reshape(-1, 3)
    return starts.astype(np.float64) * width_ms, rows.T
