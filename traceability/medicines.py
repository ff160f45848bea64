"""How long after its last use a product forbids slaughter or harvest, and which must never be used.

Rows of `withdrawal_days.csv`, `pesticide_intervals.csv`, `banned_veterinary_drugs.csv` and `banned_pesticides.csv`,
each with its source. A row that is not confirmed counts only beside the days that the record states from the label;
whatever is stated, a row's days are the least.
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LONGEST_DAYS = 366
"""No label asks for more; what says so is a slip of the pen, and is not known."""

_DIVIDERS = re.compile(r"[+＋、，,;；/&]|与|和| and | with ")
_BEFORE = re.compile(r"(?:盐酸|硫酸|酒石酸|磷酸|注射用|长效|[0-9.,%]+|\s+)*")
"""What may stand before a product's Chinese name without making it another product."""
_LETTER = re.compile(r"[^\W\d_]")
_WORD = "(?<![a-z])(?:{})(?![a-z])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A product in some forms (none: in all), and the days it asks for."""

    names: Sequence[str]
    forms: frozenset[str]
    days: int
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """A product that must not be used; announcement: which one says so."""

    names: Sequence[str]
    announcement: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """One kind of product: veterinary medicines, or pesticides."""

    periods: str
    prohibitions: str

    def days(self, name: str, *, form: str = "", stated: int | None = None) -> int | None:
        """The days from the last use on; None where they are not known for every product that is named.

        name: one product, or several with a + or a comma between. form: as the record writes it. stated: the days of
        the label.
        """
        if stated is not None and not 0 <= stated <= LONGEST_DAYS:
            return None
        parts = [part for part in _DIVIDERS.split(_plain(name)) if _LETTER.search(part)]
        found = [self._days_of(part, _plain(form), stated) for part in parts]
        known = [days for days in found if days is not None]
        return max(known) if known and len(known) == len(found) else None

    def prohibited(self, *names: str) -> Prohibition | None:
        """The first prohibition that one of these texts falls under."""
        texts = [_plain(name) for name in names]
        return next((row for row in prohibitions(self.prohibitions) if _falls_under(row, texts)), None)

    def _days_of(self, part: str, form: str, stated: int | None) -> int | None:
        named = [row for row in periods(self.periods) if any(_stands_in(name, part) for name in row.names)]
        forms = _forms_in(f"{part} {form}")
        rows = [row for row in named if not forms or not row.forms or row.forms & forms]
        if not rows or (stated is None and not all(row.confirmed for row in rows)):
            return None
        return max(stated or 0, *(row.days for row in rows))


MEDICINES = Products(periods="withdrawal_days.csv", prohibitions="banned_veterinary_drugs.csv")
PESTICIDES = Products(periods="pesticide_intervals.csv", prohibitions="banned_pesticides.csv")


@cache
def periods(table: str) -> Sequence[Period]:
    """The rows of a table of periods."""
    return [
        Period(
            names=_split(row["names"]),
            forms=frozenset(_split(row["form"])),
            days=int(row["days"]),
            confirmed=row["status"] == "confirmed",
        )
        for row in _rows(table)
    ]


@cache
def prohibitions(table: str) -> Sequence[Prohibition]:
    """The rows of a table of prohibitions."""
    return [
        Prohibition(names=_split(row["names"]), announcement=row["announcement"], scope=row["scope"])
        for row in _rows(table)
    ]


def _falls_under(row: Prohibition, texts: Sequence[str]) -> bool:
    # Broad on purpose: a salt, an ester or a mixture of a banned substance is banned.
    return any(name in text for name in row.names for text in texts)


def _stands_in(name: str, part: str) -> bool:
    """Whether the part names that product: not one whose name merely ends alike (土霉素 in 脱氧土霉素)."""
    if name.isascii():
        return re.search(_WORD.format(re.escape(name)), part) is not None
    before, found, _ = part.partition(name)
    return bool(found) and _BEFORE.fullmatch(before) is not None


def _forms_in(text: str) -> frozenset[str]:
    return frozenset(form for form, words in _form_words().items() if any(word in text for word in words))


@cache
def _form_words() -> Mapping[str, Sequence[str]]:
    return {row["form"]: _split(row["words"]) for row in _rows("medicine_forms.csv")}


def _plain(text: str) -> str:
    """The text as tables are searched: one width, one case, one kind of space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _split(text: str) -> list[str]:
    return [_plain(part) for part in text.split("|") if part]


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    return csv.DictReader(files("traceability").joinpath(name).read_text(encoding="utf-8").splitlines())
