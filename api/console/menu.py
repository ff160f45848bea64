"""The console's menu: where it leads, in groups, from `menu.csv`; the first group always shows on a phone."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from api.console.words import Words

GROUPS: Mapping[str, Words] = {
    "daily": Words(zh="每天看", en="Daily"),
    "safety": Words(zh="来历与安全", en="Safety"),
    "papers": Words(zh="文书", en="Papers"),
    "upkeep": Words(zh="运维", en="Upkeep"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One way; operator: for operators alone. also: another page that belongs to it, "" where none."""

    href: str
    icon: str
    zh: str
    en: str
    group: str
    operator: bool
    also: str

    def leads_to(self, path: str) -> bool:
        """Whether the page of that path is this one or below it; everything is below the first page."""
        below = self.href != "/console" and path.startswith(self.href + "/")
        return path == self.href or below or (self.also != "" and path == self.also)


def menu_for(*, operator: bool) -> Sequence[tuple[Words, Sequence[Entry]]]:
    """The groups with their entries, in the table's order."""
    shown = [entry for entry in entries() if operator or not entry.operator]
    return [(GROUPS[name], list(found)) for name, found in groupby(shown, key=lambda entry: entry.group)]


@cache
def entries() -> Sequence[Entry]:
    """Every entry."""
    lines = files("api.console").joinpath("menu.csv").read_text(encoding="utf-8").splitlines()
    return [
        Entry(
            href=row["href"],
            icon=row["icon"],
            zh=row["zh"],
            en=row["en"],
            group=row["group"],
            operator=row["operator"] == "yes",
            also=row["also"],
        )
        for row in csv.DictReader(lines)
    ]
