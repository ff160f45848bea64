"""When a day counts as calm, and when it can be judged at all: rows of `day_states.csv`, each with its source."""

import csv
from functools import cache
from importlib.resources import files


def calm_mean_below(age_days: int) -> float:
    """The mean ear temperature of a day (°C) from which an animal of that age is no longer calm."""
    return max((from_age, value) for from_age, value in _rows("calm_mean_below") if from_age <= age_days)[1]


def judged_from_share() -> float:
    """The share of the expected readings from which a day is judged."""
    return _rows("judged_from_share")[0][1]


@cache
def _rows(item: str) -> tuple[tuple[int, float], ...]:
    text = files("traceability").joinpath("day_states.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple((int(row["from_age_days"]), float(row["value"])) for row in rows if row["item"] == item)
