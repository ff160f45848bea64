"""The words EPCIS 2.0 and CBV 2.0 allow without a namespace, by kind: rows of `vocabulary.csv`."""

import csv
from functools import cache
from importlib.resources import files


@cache
def words(kind: str) -> frozenset[str]:
    """Every bare word of that kind, such as "bizStep"."""
    text = files("traceability.epcis").joinpath("vocabulary.csv").read_text(encoding="utf-8")
    return frozenset(row["word"] for row in csv.DictReader(text.splitlines()) if row["kind"] == kind)
