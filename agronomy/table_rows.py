"""The rows of the tables of agronomy."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def table_rows(name: str) -> tuple[Mapping[str, str], ...]:
    """The rows of `agronomy/tables/<name>.csv`, in their order."""
    text = files("agronomy.tables").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
