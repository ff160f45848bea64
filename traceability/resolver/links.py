"""Links of a GS1 key: which there are at each of its levels, and which of them answers a request.

Source: GS1-Conformant Resolver Standard 1.2, section 2 (levels, default link, matching a request).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from traceability.gs1.digital_link import DigitalLink
from traceability.resolver.link_types import DEFAULT, DEFAULT_MULTI

FOR_THE_RESOLVER = frozenset({"linktype", "context"})
"""Parts of a query that are spoken to the resolver itself (in lower case)."""
_ANY = frozenset({"*", "*/*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverLink:
    """A link from a key to something about it.

    link_type: a name in `link_types.csv`. href: absolute, as it goes into a header. title: for people, never empty.
    media_type, languages (BCP 47), contexts: what the target is, "" or () where that is not said.
    forwards: the request's query goes along. public: no sign-in is needed. own: the target is this very house.
    """

    link_type: str
    href: str
    title: str
    media_type: str = ""
    languages: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    forwards: bool = True
    public: bool = True
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A key at one granularity, what it is, and its links; default: the one followed where none is asked for."""

    link: DigitalLink
    description: str
    links: tuple[ResolverLink, ...]
    default: ResolverLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request asks for, each list with the most wanted first.

    link_type: a name, "" for the default link. listed: every link as a set, instead of one.
    """

    link_type: str = ""
    listed: bool = False
    languages: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()


def levels_of(link: DigitalLink) -> tuple[DigitalLink, ...]:
    """The key with each choice of its qualifiers, the finest first, the bare key last; without data attributes.

    A serial is finer than a lot, a lot finer than a variant: links given for a lot hold for its packs too, whether or
    not the code names the variant as well.
    """
    count = len(link.qualifiers)
    return tuple(
        DigitalLink(
            key_ai=link.key_ai,
            key=link.key,
            qualifiers=tuple(pair for place, pair in enumerate(link.qualifiers) if chosen >> place & 1),
        )
        for chosen in range((1 << count) - 1, -1, -1)
    )


def default_link(levels: Sequence[Level]) -> ResolverLink | None:
    """The one link that is followed where nothing is asked for: of the finest level that has one."""
    level = default_level(levels)
    return None if level is None else level.default or level.links[0]


def default_level(levels: Sequence[Level]) -> Level | None:
    """The level whose link is the default; where none was made one, the finest with links: its first link is."""
    with_links = [level for level in levels if level.links]
    marked = (level for level in with_links if level.default is not None)
    return next(marked, next(iter(with_links), None))


def chosen_link(levels: Sequence[Level], wanted: Wanted) -> ResolverLink | None:
    """The link that fits the request best; None where no level has one of that type."""
    if wanted.link_type in {"", DEFAULT}:
        return _default_for(levels, wanted)
    for level in levels:
        fitting = [link for link in level.links if link.link_type == wanted.link_type]
        if fitting:
            return min(fitting, key=lambda link: _distance(link, wanted))
    return None


def forwarded(link: ResolverLink, query: str) -> str:
    """The target with the request's query, every pair as it was sent.

    What is spoken to the resolver goes along to another one, which may need it, and not to our own pages.
    """
    pairs = [pair for pair in query.split("&") if pair] if link.forwards else []
    if link.own:
        pairs = [pair for pair in pairs if unquote(pair.partition("=")[0]).lower() not in FOR_THE_RESOLVER]
        said = {pair.partition("=")[0] for pair in _query_of(link.href)}
        pairs = [pair for pair in pairs if pair.partition("=")[0] not in said]
    if not pairs:
        return link.href
    before, mark, fragment = link.href.partition("#")
    joint = "&" if "?" in before else "?"
    return before + joint + "&".join(pairs) + mark + fragment


def header_title(title: str) -> str:
    """The title as a parameter of a Link header (RFC 8288): plain, and in full where it is more than ASCII."""
    plain = "".join(character if " " <= character <= "~" and character not in '"\\' else " " for character in title)
    extended = "" if title.isascii() else f"; title*=UTF-8''{quote(title, safe='')}"
    return f'title="{" ".join(plain.split()) or "link"}"{extended}'


def without_default(levels: Iterable[Level]) -> tuple[Level, ...]:
    """The levels where nothing is marked as default."""
    return tuple(replace(level, default=None) for level in levels)


def _query_of(href: str) -> list[str]:
    return [pair for pair in href.partition("#")[0].partition("?")[2].split("&") if pair]


def _default_for(levels: Sequence[Level], wanted: Wanted) -> ResolverLink | None:
    level = default_level(levels)
    if level is None:
        return None
    several = [link for link in level.links if link.link_type == DEFAULT_MULTI and _matches(link, wanted)]
    return min(several, key=lambda link: _distance(link, wanted)) if several else level.default or level.links[0]


def _matches(link: ResolverLink, wanted: Wanted) -> bool:
    """Whether the request says something that the link meets, and nothing that it does not."""
    facets = [(link.contexts, wanted.contexts), (link.languages, wanted.languages)]
    said = [(has, asks) for has, asks in facets if has]
    return bool(said) and all(_place(has, asks) < len(asks) for has, asks in said)


def _distance(link: ResolverLink, wanted: Wanted) -> tuple[int, int, int]:
    media = (link.media_type,) if link.media_type else ()
    return (
        _place(link.contexts, wanted.contexts),
        _place(link.languages, wanted.languages),
        _place(media, wanted.media_types),
    )


def _place(has: Sequence[str], asks: Sequence[str]) -> int:
    """Where the first thing asked for stands that the link has; what says nothing comes behind, another still later."""
    if not has:
        return len(asks)
    return next(_met(has, asks), len(asks) + 1)


def _met(has: Sequence[str], asks: Sequence[str]) -> Iterator[int]:
    for place, asked in enumerate(asks):
        if asked in _ANY or any(_same(each, asked) for each in has):
            yield place


def _same(has: str, asked: str) -> bool:
    """Equal but for case; a language also where only its region differs, a media type where any subtype will do."""
    left, right = has.lower(), asked.lower()
    if left == right or (right.endswith("/*") and left.startswith(right[:-1])):
        return True
    return "/" not in left + right and left.partition("-")[0] == right.partition("-")[0]
