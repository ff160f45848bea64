"""How long raw values are kept: a row for each property that differs, in `retention.csv`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from observations.properties import observed_property

DAY_MS = 86_400_000
EVERY_OTHER = "*"
FOREVER = "forever"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """Days that raw values are kept, counted from phenomenon time; None is for ever. Hourly aggregates always stay.

    days: by property name, where it differs. otherwise: for every other property.
    """

    otherwise: int | None
    days: Mapping[str, int | None] = field(default_factory=dict)

    def raw_days(self, name: str) -> int | None:
        """Days that raw values of that property are kept; None is for ever. Raises UnknownPropertyError."""
        return self.days.get(observed_property(name).name, self.otherwise)

    def kept_from_ms(self, name: str, *, now_ms: int) -> int | None:
        """Phenomenon time from which raw values of that property are kept; None where all are."""
        days = self.raw_days(name)
        return None if days is None else now_ms - days * DAY_MS


@cache
def retention_policy() -> RetentionPolicy:
    """The policy of the table; raises ValueError that names the row, UnknownPropertyError."""
    text = files("observations").joinpath("retention.csv").read_text(encoding="utf-8")
    return parse_policy(text)


def parse_policy(text: str) -> RetentionPolicy:
    """The policy that a table of property, raw_days, hourly, source states."""
    rows = {row["property"]: row for row in csv.DictReader(text.splitlines())}
    for name, row in rows.items():
        if row["hourly"] != FOREVER:
            msg = f"retention.csv, {name}: hourly is {row['hourly']!r}; hourly aggregates are kept {FOREVER}"
            raise ValueError(msg)
    days = {name: _days(name, row["raw_days"]) for name, row in rows.items()}
    if EVERY_OTHER not in days:
        msg = f"retention.csv has no row {EVERY_OTHER!r} for every other property"
        raise ValueError(msg)
    otherwise = days.pop(EVERY_OTHER)
    for name in days:
        observed_property(name)
    return RetentionPolicy(otherwise=otherwise, days=days)


def _days(name: str, text: str) -> int | None:
    if text == FOREVER:
        return None
    if not text.isdecimal() or int(text) < 1:
        msg = f"retention.csv, {name}: raw_days is {text!r}, neither a number of days nor {FOREVER}"
        raise ValueError(msg)
    return int(text)
