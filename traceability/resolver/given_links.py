"""Links that people give to a key: read and checked, so that a resolver can follow them without a further look."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from urllib.parse import quote, urlsplit

from traceability.errors import GivenLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import CANONICAL_HOST
from traceability.resolver.link_types import NOT_GIVEN, PREFIX, find_link_type, link_types
from traceability.resolver.links import ResolverLink

LONGEST_HREF, LONGEST_TITLE, MOST_VALUES = 1500, 200, 10
"""Characters of an address as sent and of a title; languages or contexts of one link. An index holds them all."""
_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Za-z]{2})?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9][-+.a-z0-9]*")
_CONTEXT = re.compile(r"[\w.:-]{1,40}")
_IN_URIS = "!#$%&'()*+,/:;=?@[]~"
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLink:
    """A link that somebody gave to a key.

    key: the canonical path of the key, such as /01/09526000100010/10/A. default: followed where nothing is asked for.
    """

    key: str
    link: ResolverLink
    default: bool
    by: str
    at: datetime
    number: int = 0


def read_key(text: str) -> DigitalLink:
    """The key that a path or a Digital Link on any host names; raises DigitalLinkError."""
    code = text.strip()
    return DigitalLink.parse(code if "://" in code else f"{CANONICAL_HOST}/{code.lstrip('/')}")


def read_link(
    *,
    link_type: str,
    href: str,
    title: str,
    languages: Sequence[str] = (),
    media_type: str = "",
    contexts: Sequence[str] = (),
    forwards: bool = True,
) -> ResolverLink:
    """The link; raises GivenLinkError that names what cannot be so."""
    return ResolverLink(
        link_type=_type(link_type),
        href=_target(href),
        title=_title(title),
        languages=_each("language", languages, _LANGUAGE, "two letters, and a region where it matters: zh, en, en-GB"),
        media_type=(*_each("media type", [media_type] if media_type else [], _MEDIA_TYPE, "such as text/html"), "")[0],
        contexts=_each("context", contexts, _CONTEXT, "one word, such as CN or wholesale"),
        forwards=forwards,
    )


def _type(text: str) -> str:
    found = find_link_type(text.strip())
    if found is None:
        near = get_close_matches(text.strip().removeprefix(PREFIX), link_types(), n=1, cutoff=0.5)
        hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
        raise GivenLinkError(field="type", rule=f"{text[:60]!r} is no link type of GS1's vocabulary{hint}")
    if found.name in NOT_GIVEN:
        rule = f"{PREFIX}{found.name} says how a link is used; give its own type, and make it the default beside that"
        raise GivenLinkError(field="type", rule=rule)
    return found.name


def _target(text: str) -> str:
    """The address as it goes into a header: characters beyond ASCII are percent-encoded, as browsers do."""
    href = text.strip()
    try:
        parts = urlsplit(href)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc):
        rule = "a web address is expected: https://host/path (a host beyond ASCII in punycode, no user, no spaces)"
        raise GivenLinkError(field="target", rule=rule)
    encoded = quote(href, safe=_IN_URIS, errors="replace")
    if len(encoded) > LONGEST_HREF or not href.isprintable() or " " in href:
        raise GivenLinkError(field="target", rule=f"at most {LONGEST_HREF} characters, and no spaces")
    return encoded


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not title or len(title) > LONGEST_TITLE or not title.isprintable():
        raise GivenLinkError(field="title", rule=f"say in 1 to {LONGEST_TITLE} characters what is to be seen there")
    return title


def _each(field: str, values: Sequence[str], pattern: re.Pattern[str], rule: str) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise GivenLinkError(field=field, rule=f"at most {MOST_VALUES} are taken")
    for value in values:
        if not pattern.fullmatch(value):
            raise GivenLinkError(field=field, rule=f"{value[:60]!r} is none: {rule}")
    return tuple(dict.fromkeys(values))
