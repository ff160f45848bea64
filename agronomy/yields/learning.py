"""Learning from residuals of local harvests: a correction is used only where it wins on groups it has not seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agronomy.yields.correction import NO_CORRECTION, Correction, Features, Floats, design, matrix, what_was_seen

if TYPE_CHECKING:
    from sklearn.linear_model import RidgeCV

Indices = NDArray[np.intp]

LEAST_HARVESTS = 30
LEAST_GROUPS = 3
MOST_FOLDS = 10
DEGREES = (1, 2)
PENALTIES = tuple(10.0**power for power in np.arange(-1, 4.01, 0.5))
LEAST_GAIN = 0.02
"""A gain below 2 % of the error is not worth a second model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """How a degree did on left-out groups: errors a fold, without and with the correction."""

    degree: int
    before: Floats
    after: Floats

    def wins(self) -> bool:
        """The gain exceeds its standard error between folds, and LEAST_GAIN."""
        gains = self.before - self.after
        error = float(np.std(gains, ddof=1)) / sqrt(len(gains))
        return float(gains.mean()) > max(error, LEAST_GAIN * float(self.before.mean()))


def folds(groups: Sequence[object]) -> Iterator[tuple[Indices, Indices]]:
    """Training and left-out indices, whole groups at a time, at most MOST_FOLDS times; nothing is drawn."""
    names = sorted(set(groups), key=str)
    fold_of = {name: number % min(MOST_FOLDS, len(names)) for number, name in enumerate(names)}
    numbers = np.array([fold_of[group] for group in groups])
    for fold in range(max(numbers, default=-1) + 1):
        yield np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)


def learn(
    cases: Sequence[Features], residuals: Floats, *, townships: Sequence[str], years: Sequence[int]
) -> Correction:
    """The correction of log residuals that wins on left-out townships and on left-out years, or none and why.

    Needs LEAST_HARVESTS harvests and LEAST_GROUPS townships or years; is judged by each grouping that has as many.
    Ridge regression on standardised features; nothing is drawn at random.
    """
    groupings = [groups for groups in (townships, years) if len(set(groups)) >= LEAST_GROUPS]
    seen = what_was_seen(cases)
    if len(cases) < LEAST_HARVESTS or not groupings:
        return _none(
            f"{len(cases)} harvests in {len(set(townships))} townships and {len(set(years))} years are too few"
        )
    if seen is None:
        return _none("the harvests share no feature that varies")
    values = matrix(seen.features, cases)
    trials = [_trials(values, residuals, groupings, degree) for degree in DEGREES]
    winners = [pair for pair in trials if all(trial.wins() for trial in pair)]
    if not winners:
        best = min(float(np.mean([trial.after.mean() for trial in pair])) for pair in trials)
        return _none("it does not win on left-out groups", before=float(trials[0][0].before.mean()), after=best)
    chosen = min(
        winners, key=lambda pair: (round(float(np.mean([one.after.mean() for one in pair])), 6), pair[0].degree)
    )
    return _fitted(seen.features, values, residuals, chosen)


def _none(why: str, *, before: float | None = None, after: float | None = None) -> Correction:
    return Correction(
        degree=0, features=(), centre=(), scale=(), coefficients=(), intercept=0.0,
        error_before=before, error_after=after, why=why,
    ) if why else NO_CORRECTION  # fmt: skip


def _trials(values: Floats, residuals: Floats, groupings: Sequence[Sequence[object]], degree: int) -> list[_Trial]:
    return [_trial(values, residuals, groups, degree) for groups in groupings]


def _trial(values: Floats, residuals: Floats, groups: Sequence[object], degree: int) -> _Trial:
    before: list[float] = []
    after: list[float] = []
    for training, left_out in folds(groups):
        if len(training) < LEAST_GROUPS:
            continue
        centre, scale = _standard(values[training])
        model = _ridge(design((values[training] - centre) / scale, degree), residuals[training])
        predicted = model.predict(design((values[left_out] - centre) / scale, degree))
        before.append(float(np.abs(residuals[left_out] - residuals[training].mean()).mean()))
        after.append(float(np.abs(residuals[left_out] - predicted).mean()))
    return _Trial(degree=degree, before=np.array(before), after=np.array(after))


def _standard(values: Floats) -> tuple[Floats, Floats]:
    scale = values.std(axis=0)
    return values.mean(axis=0), np.where(scale > 0, scale, 1.0)


def _ridge(columns: Floats, residuals: Floats) -> "RidgeCV":
    from sklearn.linear_model import RidgeCV  # noqa: PLC0415 - 4 s of import, and most processes never fit

    return RidgeCV(alphas=PENALTIES).fit(columns, residuals)


def _fitted(features: tuple[str, ...], values: Floats, residuals: Floats, chosen: Sequence[_Trial]) -> Correction:
    centre, scale = _standard(values)
    degree = chosen[0].degree
    model = _ridge(design((values - centre) / scale, degree), residuals)
    return Correction(
        degree=degree,
        features=features,
        centre=tuple(centre.tolist()),
        scale=tuple(scale.tolist()),
        coefficients=tuple(float(one) for one in model.coef_),
        intercept=float(model.intercept_),
        error_before=float(np.mean([trial.before.mean() for trial in chosen])),
        error_after=float(np.mean([trial.after.mean() for trial in chosen])),
        why="it wins on left-out townships and years",
    )
