"""A site on the way in: its topics, and the marker that tells how far a session has come."""

from collections.abc import Collection, Sequence

from devices.codecs.topics import FORMAT_BY_LAST_LEVEL

MARKER = "tiantou:marker"
"""What stands in a marker's topic where messages have their device; no device can be called so."""


def site_filters(sites: Collection[str]) -> Sequence[str]:
    """The topic filters that match every message of these sites whose topic names its site."""
    return [f"tiantou/v1/{site}/+/{last}" for site in sorted(sites) for last in FORMAT_BY_LAST_LEVEL]


def marker_topics(site: str) -> Sequence[str]:
    """A topic for each filter of the site: what arrives on it was published after what arrived before."""
    return [f"tiantou/v1/{site}/{MARKER}/{last}" for last in FORMAT_BY_LAST_LEVEL]


def site_of(topic: str) -> str:
    """The site that the topic names; "" where it names none (a network server's)."""
    match topic.split("/"):
        case ["tiantou", "v1", site, _, _]:
            return site
        case _:
            return ""


def is_marker(topic: str) -> bool:
    """The topic is one of `marker_topics` of some site."""
    match topic.split("/"):
        case ["tiantou", "v1", _, device, _]:
            return device == MARKER
        case _:
            return False
