"""Links that this house itself has for what it knows: a row each in `resolver_links.csv`."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from traceability.gs1.digital_link import DigitalLink
from traceability.resolver.links import ResolverLink


@dataclass(frozen=True, slots=True, kw_only=True)
class _OwnLink:
    """target: a path of this house with the key's {path} and {epc} (its EPC URI, percent-encoded) in it."""

    target: str
    link: ResolverLink


def own_links(kind: str, link: DigitalLink, root: str) -> tuple[ResolverLink, ...]:
    """The links of a thing of that kind, the default first. root: scheme and host of this house."""
    epc = quote(link.epc_uri, safe="")
    return tuple(_at(row, root + row.target.format(path=link.path, epc=epc)) for row in _rows().get(kind, ()))


def _at(row: _OwnLink, href: str) -> ResolverLink:
    given = row.link
    return ResolverLink(
        link_type=given.link_type,
        href=href,
        title=given.title,
        media_type=given.media_type,
        languages=given.languages,
        forwards=given.forwards,
        public=given.public,
        own=True,
    )


@cache
def _rows() -> Mapping[str, Sequence[_OwnLink]]:
    text = files("traceability.resolver").joinpath("resolver_links.csv").read_text(encoding="utf-8")
    found: dict[str, list[_OwnLink]] = {}
    for row in csv.DictReader(text.splitlines()):
        link = ResolverLink(
            link_type=row["link_type"],
            href=row["target"],
            title=row["title"],
            media_type=row["media_type"],
            languages=(row["language"],) if row["language"] else (),
            forwards=row["forwards"] == "yes",
            public=row["public"] == "yes",
        )
        found.setdefault(row["kind"], []).append(_OwnLink(target=row["target"], link=link))
    return found
