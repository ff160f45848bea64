"""The package's tables as rows of text."""

import csv
from collections.abc import Sequence
from functools import cache
from importlib.resources import files


@cache
def table(name: str) -> Sequence[dict[str, str]]:
    """The rows of `agronomy/tables/<name>`, by column; read once, so never to be changed."""
    text = files("agronomy.tables").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
