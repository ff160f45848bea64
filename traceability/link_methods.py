"""How a record came to say which thing became which: rows of `link_methods.csv`, each with its source."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from traceability.context import NAMESPACE
from traceability.recorded import Body, text

MEMBER = "linkMethod"
NOT_STATED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMethod:
    """A way to tell which thing it was; certain: what it says is no guess."""

    method: str
    certain: bool
    zh: str
    en: str


def method_of(body: Body) -> str:
    """The method an event states for all it links; "" where it states none."""
    return text(body, f"tt:{MEMBER}") or text(body, NAMESPACE + MEMBER)


def is_certain(method: str) -> bool:
    """Whether a link by that method is certain; a method that is not known here is not."""
    row = link_methods().get(method)
    return row is not None and row.certain


@cache
def link_methods() -> Mapping[str, LinkMethod]:
    """Every method by its word."""
    rows = csv.DictReader(files("traceability").joinpath("link_methods.csv").read_text(encoding="utf-8").splitlines())
    return {
        row["method"]: LinkMethod(method=row["method"], certain=row["certain"] == "true", zh=row["zh"], en=row["en"])
        for row in rows
    }
