"""What forms of records call things: groups of kinds, choices, units, hints; rows of `record_words.csv`."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from api.console.words import Words
from traceability.certificates import certificate_kinds
from traceability.link_methods import link_methods
from traceability.lives.kinds import EventField, EventKind, event_kinds

NONE = Words(zh="", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindGroup:
    """Kinds of records that are chosen side by side."""

    group: str
    words: Words
    kinds: Sequence[EventKind]


@cache
def kind_groups() -> Sequence[KindGroup]:
    """Every kind in its group, in the order of `record_groups.csv`."""
    grouped: dict[str, list[EventKind]] = {}
    for row in _rows("record_groups.csv"):
        grouped.setdefault(row["group"], []).append(event_kinds()[row["kind"]])
    return [KindGroup(group=group, words=_words()["group", group], kinds=kinds) for group, kinds in grouped.items()]


def choice_words(field: EventField, code: str) -> Words:
    """What the choice of that field is called; the code itself where nothing else is known."""
    known = _words().get((field.field, code)) or _told_elsewhere().get((field.field, code))
    return known or Words(zh=code, en=code)


def unit_words(unit: str) -> Words:
    """What the unit of that UN/CEFACT code is called; empty where there is none."""
    return _words().get(("unit", unit), NONE)


def hint_words(field: EventField) -> Words:
    """How the field is filled in, where that is not plain."""
    return _words().get(("hint", field.field), NONE)


@cache
def _told_elsewhere() -> Mapping[tuple[str, str], Words]:
    """The choices that tables of the domain name themselves."""
    kinds = {("certificate_kind", each.kind): Words(zh=each.zh, en=each.en) for each in certificate_kinds()}
    methods = {("link_method", each.method): Words(zh=each.zh, en=each.en) for each in link_methods().values()}
    return {**kinds, **methods}


@cache
def _words() -> Mapping[tuple[str, str], Words]:
    return {(row["of"], row["code"]): Words(zh=row["zh"], en=row["en"]) for row in _rows("record_words.csv")}


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    text = files("api.console").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
