"""County codes and the names they stand for: a row each in `counties.csv`, with the years and the source."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """A county, city or district of GB/T 2260.

    code: 6 digits; never given to another county. since, until: calendar years [since, until) in which the code was
    given out; None is open. Numbers that carry it stay valid afterwards.
    """

    code: str
    zh: str
    en: str
    since: int | None
    until: int | None
    status: Literal["confirmed", "unconfirmed"]
    source: str


@cache
def counties() -> Mapping[str, County]:
    """Every known county by code, in the order of the table."""
    text = files("traceability").joinpath("counties.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["code"]: _county(row) for row in rows})


def find_county(code: str) -> County | None:
    """The county of that code; None where the table has no row for it."""
    return counties().get(code)


def _county(row: dict[str, str]) -> County:
    status = row["status"]
    if status not in {"confirmed", "unconfirmed"}:
        msg = f"counties.csv, {row['code']}: status is {status!r}, not confirmed or unconfirmed"
        raise ValueError(msg)
    return County(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        since=int(row["since"]) if row["since"] else None,
        until=int(row["until"]) if row["until"] else None,
        status="confirmed" if status == "confirmed" else "unconfirmed",
        source=row["source"],
    )
