"""The package's tables as rows of text."""

import csv
from collections.abc import Sequence
from importlib.resources import files


def table(name: str) -> Sequence[dict[str, str]]:
    """The rows of `agronomy/tables/<name>`, by column."""
    text = files("agronomy.tables").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
