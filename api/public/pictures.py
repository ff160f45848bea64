"""Pictures of the pack's page as geometry: the hillside of weights, the grid of days, the band of distance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import atan2, degrees

from traceability.daily_summary import DistanceBand
from traceability.life import DayState, Life, WeightPoint

WIDTH = 390
ROW = 30
"""Days in a row of the grid."""
_FOOT, _RIDGE = 214, 112
"""y of 0 kg and of the heaviest weight."""
_FIRST_X, _LAST_X = 30, 312
_PIG_LENGTH = 122
"""Length of the heaviest pig drawn; the others follow the cube root of weight, as bodies do."""
_MIDDLE_OF_LIFE = 0.38
_MOST_POINTS = 24
"""Of the ridge: more bends than that are not seen on a phone."""
MOST_SQUARES = 540
"""Of the grid: 18 rows, a year and a half of days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPig:
    """One pig on the hill: feet at (x, y), turned with the slope, `scale` of the drawing's 200 units."""

    x: float
    y: float
    turn: float
    scale: float
    weight: WeightPoint
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hillside:
    """The growth curve as a ridge: `ridge` is the path of its edge, from left to right."""

    ridge: str
    pigs: tuple[StandingPig, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayGrid:
    """Days by state, 30 a row, as lines to be drawn 10 wide and dashed 10-2: a dash is a day. height: of all rows.

    days: what a dash stands for where a life is long: a week, or 30 days, in the worst state of them.
    """

    paths: dict[DayState, str]
    counts: dict[DayState, int]
    height: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistancePicture:
    """Positions on an axis of 0 to 100."""

    low: float
    middle: float
    high: float
    end_km: int


def hillside(weights: Sequence[WeightPoint]) -> Hillside | None:
    """The ridge through these weights; None for fewer than two days of weighing."""
    by_age = {weight.age_days: weight for weight in sorted(weights, key=lambda weight: weight.age_days)}
    points = _thinned(list(by_age.values()))
    if len(points) < 2:  # noqa: PLR2004 a line needs two points
        return None
    first, last, heaviest = points[0], points[-1], max(point.kg for point in points)
    span = last.age_days - first.age_days
    xs = [_FIRST_X + (_LAST_X - _FIRST_X) * (point.age_days - first.age_days) / span for point in points]
    ys = [_FOOT - (_FOOT - _RIDGE) * point.kg / heaviest for point in points]
    slopes = _monotone_slopes(xs, ys)
    chosen = {0: "first", len(points) - 1: "last"}
    between = range(1, len(points) - 1)
    if between:
        target = first.age_days + _MIDDLE_OF_LIFE * span
        chosen[min(between, key=lambda i: abs(points[i].age_days - target))] = "middle"
    pigs = tuple(
        StandingPig(
            x=round(xs[i], 1),
            y=round(ys[i], 1),
            turn=round(degrees(atan2(slopes[i], 1)) * 0.8, 1),
            scale=round(_PIG_LENGTH / 200 * (points[i].kg / heaviest) ** (1 / 3), 3),
            weight=points[i],
            place=place,
        )
        for i, place in sorted(chosen.items())
    )
    return Hillside(ridge=_ridge(xs, ys, slopes), pigs=pigs)


def _thinned(points: list[WeightPoint]) -> list[WeightPoint]:
    """At most so many points, first and last among them."""
    last = len(points) - 1
    if last < _MOST_POINTS:
        return points
    return [points[round(place * last / (_MOST_POINTS - 1))] for place in range(_MOST_POINTS)]


def day_grid(life: Life) -> DayGrid | None:
    """The days of a life; None where no sensor was worn."""
    if not life.days:
        return None
    width = next((width for width in (1, 7) if len(life.days) <= width * MOST_SQUARES), 30)
    squares = (
        life.days if width == 1 else [_worst(life.days[at : at + width]) for at in range(0, len(life.days), width)]
    )
    paths = dict.fromkeys(DayState, "")
    for state, at, length in _runs(squares):
        paths[state] += f"M{at % ROW * 12} {at // ROW * 12 + 5}h{length * 12 - 2}"
    counts = {state: life.days.count(state) for state in DayState}
    return DayGrid(paths=paths, counts=counts, height=-(-len(squares) // ROW) * 12, days=width)


def _worst(days: Sequence[DayState]) -> DayState:
    order = (DayState.WATCHED, DayState.MISSING, DayState.UNTAGGED, DayState.CALM)
    return next(state for state in order if state in days)


def distance_picture(band: DistanceBand) -> DistancePicture:
    """Where the band lies on an axis from 0 to the next round figure."""
    high_km = band.high_m / 1000
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if step * 6 >= high_km or step == 1000)  # noqa: PLR2004 the last step
    end_km = (int(high_km / step) + 1) * step
    low, middle, high = (round(metres / 10 / end_km, 1) for metres in (band.low_m, band.middle_m, band.high_m))
    return DistancePicture(low=low, middle=middle, high=high, end_km=end_km)


def _runs(days: Sequence[DayState]) -> Iterator[tuple[DayState, int, int]]:
    """Each run of days of one state within one row: where it begins, and how long it is."""
    for row in range(0, len(days), ROW):
        at = row
        for state, run in groupby(days[row : row + ROW]):
            length = len(list(run))
            yield state, at, length
            at += length


def _monotone_slopes(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    """Slopes of a curve that rises and falls only where the weights do (Fritsch and Carlson 1980)."""
    chords = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairwise(zip(xs, ys, strict=True))]
    inner = [0.0 if a * b <= 0 else 2 * a * b / (a + b) for a, b in pairwise(chords)]
    return [chords[0], *inner, chords[-1]]


def _ridge(xs: Sequence[float], ys: Sequence[float], slopes: Sequence[float]) -> str:
    path = f"M0 {ys[0]:.1f}H{xs[0]:.1f}"
    for (x1, y1, s1), (x2, y2, s2) in pairwise(zip(xs, ys, slopes, strict=True)):
        third = (x2 - x1) / 3
        path += f"C{x1 + third:.1f} {y1 + third * s1:.1f} {x2 - third:.1f} {y2 - third * s2:.1f} {x2:.1f} {y2:.1f}"
    # Beyond the last weight nothing is known: the ground runs on level, it does not grow.
    return path + f"Q{(xs[-1] + WIDTH) / 2:.1f} {ys[-1] + slopes[-1] * 12:.1f} {WIDTH} {ys[-1] + slopes[-1] * 12:.1f}"
