"""Every link of a key as a set: RFC 9264 in GS1's profile, and how headers lead to it."""

from collections.abc import Sequence
from typing import Any

from traceability.resolver.link_types import DEFAULT, VOCABULARY
from traceability.resolver.links import Level, ResolverLink, default_level, default_link, header_title
from traceability.resolver.requests import LINKSET_TYPE

JSON_LD_CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
_CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"


def linkset(levels: Sequence[Level], root: str) -> dict[str, Any]:
    """The document: an anchor for each level that has links, and one default link in all.

    root: scheme and host of the resolver, under which the anchors stand.
    """
    default, marked = default_link(levels), default_level(levels)
    return {
        "linkset": [_anchored(level, root, default if level is marked else None) for level in levels if level.links]
    }


def linkset_header(root: str, path: str) -> str:
    """The Link header that leads to every link of that key."""
    title = header_title("All links of this code 这个码的全部链接")
    return f'<{root}{path}?linkType=linkset>; rel="linkset"; type="{LINKSET_TYPE}"; {title}'


def context_header() -> str:
    """The Link header with which a linkset can be read as JSON-LD."""
    title = header_title("JSON-LD context of linksets")
    return f'<{JSON_LD_CONTEXT}>; rel="{_CONTEXT_RELATION}"; type="application/ld+json"; {title}'


def _anchored(level: Level, root: str, default: ResolverLink | None) -> dict[str, Any]:
    anchor: dict[str, Any] = {"anchor": root + level.link.path, "itemDescription": level.description}
    for link in level.links:
        anchor.setdefault(VOCABULARY + link.link_type, []).append(_target(link))
    if default is not None:
        # The standard: a default link has no optional attributes.
        anchor[VOCABULARY + DEFAULT] = [{"href": default.href, "title": default.title}]
    return anchor


def _target(link: ResolverLink) -> dict[str, Any]:
    target: dict[str, Any] = {"href": link.href, "title": link.title}
    if link.media_type:
        target["type"] = link.media_type
    if link.languages:
        target["hreflang"] = list(link.languages)
    if link.contexts:
        target["context"] = list(link.contexts)
    if not link.forwards:
        target["fwqs"] = False
    if not link.public:
        target["public"] = False
    return target
