"""What the resolver needs kept."""

from collections.abc import Collection, Sequence
from typing import Protocol

from traceability.resolver.given_links import GivenLink


class GivenLinks(Protocol):
    """Links that people gave to keys. A key that has any has exactly one default: the first, until another is made."""

    def add(self, given: GivenLink) -> GivenLink:
        """The link as it is kept, with its number, and as default where it is the key's first or asked to be.

        The same link (key, type, target, languages, media type, contexts) given again is the one there is; its title
        and whether it forwards are as given last.
        """

    def remove(self, number: int) -> bool:
        """Whether there was such a link; it is there no more, and where it was the default the oldest left is."""

    def of(self, keys: Collection[str]) -> Sequence[GivenLink]:
        """Every link of these keys (canonical paths), the oldest first."""

    def list(self) -> Sequence[GivenLink]:
        """Every link, by key, the oldest first."""


class NoLinks:
    """GivenLinks to which nobody gives any."""

    def add(self, given: GivenLink) -> GivenLink:
        """Refused: there is nowhere to keep it."""
        msg = f"no links are kept here; that of {given.key} would be lost"
        raise LookupError(msg)

    def remove(self, number: int) -> bool:  # noqa: ARG002 there is none of any number
        """False."""
        return False

    def of(self, keys: Collection[str]) -> Sequence[GivenLink]:  # noqa: ARG002 there is none of any key
        """None."""
        return ()

    def list(self) -> Sequence[GivenLink]:
        """None."""
        return ()
