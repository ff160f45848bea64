"""Draws the figures of the result files: `python -m benchmarks.plots` writes docs/img/*.svg (extra `bench`).

The same files give the same bytes; text stays text, in the reader's own font.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.results import FOLDER, Result, Row, read_all, shown

IMAGES = Path(__file__).parents[1] / "docs" / "img"
STYLE = Path(__file__).parent / "plots.mplstyle"
OURS, OTHERS, SECOND = "#2f7d4f", "#9aa5a0", "#c77d2e"
LIVE = ("live-100", "live-1000", "live-5000")


def main() -> None:
    """Every picture whose figures are there is drawn; the others are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path, default=IMAGES)
    options = parser.parse_args()
    results = read_all(options.results)
    for name, (needed, _) in PLOTS.items():
        missing = [each for each in needed if each not in results]
        if missing:
            print(f"{name}.svg: not drawn, {', '.join(missing)} not measured yet")
            continue
        print(f"{name}.svg: {save(drawn(name, results), options.out / f'{name}.svg'):,} bytes")


def drawn(name: str, results: Mapping[str, Result]) -> Figure:
    """The picture of that name; every result it needs is there."""
    with style.context(STYLE):
        return PLOTS[name][1](results)


def save(figure: Figure, file: Path) -> int:
    """The figure is in the file; its size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with style.context(STYLE):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    # Matplotlib ends some lines with a blank.
    file.write_text("\n".join(line.rstrip() for line in file.read_text(encoding="utf-8").splitlines()) + "\n", "utf-8")
    return file.stat().st_size


def throughput(results: Mapping[str, Result]) -> Figure:
    """Bars: what each contender took, from the least to the most of the rounds."""
    rows = results["peers"].tables["peers"]
    figure, axes = _one(
        "One message of 7 values, QoS 1, backlog of one mosquitto: messages/s into the store", len(rows)
    )
    names = [str(row["contender"]) for row in rows]
    rates = _numbers(rows, "messages_per_s")
    spread = [
        [rate - least for rate, least in zip(rates, _numbers(rows, "least_per_s"), strict=True)],
        [most - rate for rate, most in zip(rates, _numbers(rows, "most_per_s"), strict=True)],
    ]
    colours = [OURS if name.startswith("tiantou") else OTHERS for name in names]
    bars = axes.barh(names, rates, xerr=spread, color=colours, ecolor="#555555", capsize=3)
    axes.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates], padding=8)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, max(rates) * 1.2)
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    return figure


def latency(results: Mapping[str, Result]) -> Figure:
    """Lines: latency over load, median and p99, both ways of arriving."""
    rows = [row for name in LIVE for row in results[name].tables["latency"]]
    figure, axes = _one("From handing a reading to the client until it is …, ms", 6)
    for until, colour in (("stored and acknowledged", OURS), ("shown by the API", SECOND)):
        found = [row for row in rows if row["until"] == until]
        rates = _numbers(found, "readings_per_s")
        axes.plot(rates, _numbers(found, "p99_ms"), "o-", color=colour, label=f"{until}, p99")
        axes.plot(rates, _numbers(found, "p50_ms"), "o--", color=colour, label=f"{until}, median")
    axes.set_xscale("log")
    axes.set_xticks(sorted({*_numbers(rows, "readings_per_s")}))
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(FuncFormatter(_thousands))
    axes.set_xlabel("readings/s (6 values each)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure


def growth(results: Mapping[str, Result]) -> Figure:
    """Lines: what a row costs to append, and what a query takes, as data grow."""
    result = results["store-300m"] if "store-300m" in results else results["store-30m"]
    rows = result.tables["growth"]
    values = _numbers(rows, "values")
    figure = _figure(6)
    left, right = figure.subplots(1, 2)
    left.set_title("append, µs a row")
    left.plot(values, _numbers(rows, "append_us_per_row"), "o-", color=OURS, label="wall")
    left.plot(values, _numbers(rows, "append_cpu_us_per_row"), "o--", color=OURS, label="CPU")
    right.set_title("queries, median ms")
    for (key, what), colour in zip(GROWING.items(), (OURS, SECOND, "#4a6fa5", OTHERS), strict=True):
        right.plot(values, _numbers(rows, key), "o-", color=colour, label=what)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("values stored")
        axes.set_ylim(bottom=0)
        axes.minorticks_off()
        axes.set_xticks(values, [_millions(value) for value in values])
        axes.legend(frameon=False)
    return figure


def sizes(results: Mapping[str, Result]) -> Figure:
    """Bars: bytes a value on disk, with device, channel, both times and quality."""
    rows = results["store-30m"].tables["sizes"]
    figure, axes = _one("Bytes a value on disk, all columns, merged", len(rows))
    names, each = [str(row["fleet"]) for row in rows], _numbers(rows, "bytes_per_value")
    bars = axes.barh(names, each, color=[OTHERS if name.startswith("SQLite") else OURS for name in names])
    axes.bar_label(bars, labels=[f"{size:.2f}" for size in each], padding=4)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, max(each) * 1.15)
    return figure


def hour(results: Mapping[str, Result]) -> Figure:
    """Lines: files and bytes of the store's folder over an hour of steady load."""
    rows = results["hour"].tables["disk"]
    figure = _figure(5)
    left, right = figure.subplots(1, 2)
    minutes = _numbers(rows, "minute")
    for axes, key, title in ((left, "most_files", "files in the store's folder"), (right, "most_mb", "MB")):
        axes.set_title(f"{title}, most in each minute")
        axes.plot(minutes, _numbers(rows, key), color=OURS)
        axes.set_xlabel(f"minutes at {shown(results['hour'].sizes['readings_per_s'])} readings/s")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(_thousands))
    return figure


GROWING = {
    "day_of_one_ms": "24 h of one animal",
    "hours_of_one_ms": "30 d of one by the hour",
    "herd_by_day_ms": "herd of 500 by day",
    "latest_ms": "latest of 2,000",
}
PLOTS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Result]], Figure]]] = {
    "throughput": (("peers",), throughput),
    "latency": (LIVE, latency),
    "growth": (("store-30m",), growth),
    "sizes": (("store-30m",), sizes),
    "hour": (("hour",), hour),
}
"""Of each picture the results it needs, and who draws it."""


def _figure(lines: int) -> Figure:
    return Figure(figsize=(9, 1.1 + 0.42 * lines), layout="constrained")


def _one(title: str, lines: int) -> tuple[Figure, Axes]:
    figure = _figure(lines)
    axes = figure.subplots()
    axes.set_title(title)
    return figure, axes


def _numbers(rows: Sequence[Row], key: str) -> list[float]:
    return [float(value) for row in rows if isinstance(value := row[key], int | float)]


def _thousands(value: float, _: object) -> str:
    return f"{value:,.0f}"


def _millions(value: float) -> str:
    return f"{value / 1e6:.3g} M"


if __name__ == "__main__":
    main()
