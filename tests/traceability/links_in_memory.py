"""Given links in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from traceability.resolver.given_links import GivenLink


@dataclass
class LinksInMemory:
    """GivenLinks."""

    kept: dict[int, GivenLink] = field(default_factory=dict)
    defaults: dict[str, int] = field(default_factory=dict)

    def add(self, given: GivenLink) -> GivenLink:
        known = (number for number, each in self.kept.items() if _same(each) == _same(given))
        number = next(known, max(self.kept, default=0) + 1)
        self.kept[number] = replace(given, number=number)
        if given.default:
            self.defaults[given.key] = number
        self.defaults.setdefault(given.key, number)
        return self._shown(number)

    def remove(self, number: int) -> bool:
        removed = self.kept.pop(number, None)
        if removed is None:
            return False
        if self.defaults[removed.key] == number:
            del self.defaults[removed.key]
            left = [each for each, given in self.kept.items() if given.key == removed.key]
            self.defaults |= {removed.key: min(left)} if left else {}
        return True

    def of(self, keys: Collection[str]) -> Sequence[GivenLink]:
        return [self._shown(number) for number in sorted(self.kept) if self.kept[number].key in keys]

    def list(self) -> Sequence[GivenLink]:
        return sorted((self._shown(number) for number in sorted(self.kept)), key=lambda given: given.key)

    def _shown(self, number: int) -> GivenLink:
        given = self.kept[number]
        return replace(given, default=self.defaults[given.key] == number)


def _same(given: GivenLink) -> tuple[object, ...]:
    link = given.link
    return given.key, link.link_type, link.href, link.languages, link.media_type, link.contexts
