"""Veterinarians' licence numbers: what can be one, by the rows of `vet_licence_formats.csv`.

Whether the number was issued, and to whom, nobody here can ask: the form alone is checked, and the number is kept.
"""

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from traceability.gs1.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFormat:
    """A form of licence numbers. usual: veterinarians of today have it. confirmed: read in its source."""

    kind: str
    pattern: re.Pattern[str]
    usual: bool
    confirmed: bool
    words: Rule


def format_of(number: str) -> LicenceFormat | None:
    """The first form that the number has, in whatever width it is written; None where it can be no licence number."""
    plain = " ".join(unicodedata.normalize("NFKC", number).split())
    return next((row for row in licence_formats() if row.pattern.fullmatch(plain)), None)


@cache
def licence_formats() -> Sequence[LicenceFormat]:
    """Every form, the most particular first."""
    text = files("traceability").joinpath("vet_licence_formats.csv").read_text(encoding="utf-8")
    return [
        LicenceFormat(
            kind=row["kind"],
            pattern=re.compile(row["pattern"]),
            usual=row["usual"] == "yes",
            confirmed=row["status"] == "confirmed",
            words=Rule(row["en"], row["zh"]),
        )
        for row in csv.DictReader(text.splitlines())
    ]
