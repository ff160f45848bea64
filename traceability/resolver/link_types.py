"""The types a link may have: a row each in `link_types.csv`, with its source."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

VOCABULARY = "https://ref.gs1.org/voc/"
PREFIX = "gs1:"
DEFAULT, DEFAULT_MULTI = "defaultLink", "defaultLinkMulti"
NOT_GIVEN = frozenset({DEFAULT, "handledBy"})
"""Types that say how a link is used, not what it leads to: a link has one of the others beside them."""
_SPELLINGS = (VOCABULARY, "https://gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/", PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkType:
    """A link type of GS1's vocabulary; status: "stable" or "deprecated"."""

    name: str
    en: str
    zh: str
    status: str

    @property
    def uri(self) -> str:
        """Its name for programs."""
        return VOCABULARY + self.name


@cache
def link_types() -> Mapping[str, LinkType]:
    """Every type by its name, in the order of the table."""
    text = files("traceability.resolver").joinpath("link_types.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            row["name"]: LinkType(name=row["name"], en=row["en"], zh=row["zh"], status=row["status"])
            for row in csv.DictReader(text.splitlines())
        }
    )


def bare_name(text: str) -> str:
    """The name without GS1's prefix or namespace, old and new; another text as it is."""
    for beginning in _SPELLINGS:
        if text.startswith(beginning):
            return text.removeprefix(beginning)
    return text


def find_link_type(text: str) -> LinkType | None:
    """The type written gs1:pip, pip or as a URI; None where the vocabulary has none such."""
    return link_types().get(bare_name(text))
