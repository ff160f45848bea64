"""Forms of records, made from the same tables as files and the API: their entries, and what somebody typed."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from starlette.datastructures import FormData, QueryParams

from api.access import Viewer
from api.console.record_choices import Choices, HerdPart, Option
from api.console.record_things import crops_lately, things_lately
from api.console.record_words import choice_words, hint_words, unit_words
from api.console.words import Words
from traceability.gs1.rules import Rule
from traceability.lives.kinds import EventField, EventKind, Shape, fields_of
from traceability.lives.records import KIND
from traceability.lives.values import Problem

ANIMALS, PLACE = "animals", "place"
LISTS: Mapping[str, Callable[[Viewer], Sequence[Option]]] = {
    ANIMALS: lambda _: (),
    "things": things_lately,
    "lots": crops_lately,
}
"""Fields that name several things, each with what may be ticked besides; the herd is listed by farm."""
WHOLE = "form"
"""Where a problem stands that is of no single entry."""
WIDGETS: Mapping[str, str] = {
    "time": "time",
    "date": "date",
    "choice": "choice",
    "number": "number",
    "mass": "number",
    "whole": "whole",
    "animals": "herd",
    "things": "lines",
    "gtin": "digits",
    "animal": "digits",
}
"""How a field of each type is filled in; as a line of text where nothing else is said."""
_ONE_ANIMAL = frozenset({Shape.WEAR, Shape.WEAR_AGAIN, Shape.SLAUGHTER})
_DIVIDERS = re.compile(r"[\s;；,，、]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a form. widget: how it is filled in. options: all it may be; suggestions: what it usually is."""

    field: str
    words: Rule
    widget: str
    required: bool
    unit: Words
    hint: Words
    options: Sequence[Option]
    suggestions: Sequence[Option]
    herd: Sequence[HerdPart]


@dataclass(slots=True, kw_only=True)
class TypedRecord:
    """What somebody typed of a record, by field, and what is wrong with it; nothing typed is ever lost."""

    typed: Mapping[str, str]
    wrong: dict[str, list[Rule]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """What was typed there; "" where nothing was."""
        return self.typed.get(name, "").strip()

    @property
    def animals(self) -> list[str]:
        """The numbers of the animals, as typed."""
        return self.listed(ANIMALS)

    def listed(self, name: str) -> list[str]:
        """The single things that were typed there."""
        return parts_of(self[name])

    @property
    def filled(self) -> frozenset[str]:
        """The fields in which something was typed."""
        return frozenset(name for name in self.typed if self[name])

    def told(self, problems: Sequence[Problem]) -> None:
        """Each problem stands beside its entry; those of no entry of the form above it."""
        for problem in problems:
            self.wrong.setdefault(problem.field or WHOLE, []).append(problem.rule)

    def record(self, kind: EventKind) -> Mapping[str, object]:
        """The record as every other way in hands it in."""
        said: dict[str, object] = {name: value for name, value in self.typed.items() if value.strip()}
        if len(self.animals) > 1:
            said[ANIMALS] = self.animals
        return {KIND: kind.kind, **said}


def parts_of(text: str) -> list[str]:
    """The single names in a text that divides them by spaces, lines or commas."""
    return [part for part in _DIVIDERS.split(text) if part]


def typed_record(kind: EventKind, sent: FormData | QueryParams) -> TypedRecord:
    """What was sent for the fields of that kind; animals that were ticked are added to those that were typed."""
    typed: dict[str, str] = {}
    for each in fields_of(kind.kind):
        values = [value for value in sent.getlist(each.field) if isinstance(value, str)]
        typed[each.field] = _together(values) if each.field in LISTS else "".join(values[:1])
    return TypedRecord(typed=typed)


def _together(values: Sequence[str]) -> str:
    """All of them, one a line; what was both typed and ticked is meant once, with the quantity if one was typed."""
    if len(values) == 1:
        return values[0]
    told = list(dict.fromkeys(part for value in values for part in parts_of(value)))
    measured = {part.partition("=")[0] for part in told if "=" in part}
    return "\n".join(part for part in told if part not in measured)


def entries_of(viewer: Viewer, kind: EventKind, record: TypedRecord) -> list[Entry]:
    """The entries of the form for that kind, in the table's order: those that are needed first."""
    choices = Choices(viewer)
    entries = [_entry(each, kind, choices, record) for each in fields_of(kind.kind)]
    entries = [
        replace(entry, options=LISTS[entry.field](viewer)) if entry.widget == "lines" else entry for entry in entries
    ]
    return sorted(entries, key=lambda entry: not entry.required)


def is_of_one_animal(kind: EventKind) -> bool:
    """Whether each record of that kind has one animal: with its own tag, weight or carcass."""
    needed = {each.field for each in fields_of(kind.kind) if each.is_required_of(kind.kind)}
    return kind.shape in _ONE_ANIMAL or {ANIMALS, "weight_kg"} <= needed


def is_shown_as(widget: str, text: str) -> bool:
    """Whether the browser's own entry for such values shows that text; others would be thrown away by it."""
    try:
        if widget == "date":
            date.fromisoformat(text)
        elif widget == "time":
            return datetime.fromisoformat(text).tzinfo is None and "T" in text
        elif widget in {"number", "whole"}:
            return math.isfinite(float(text))
    except ValueError:
        return not text
    return True


def _entry(each: EventField, kind: EventKind, choices: Choices, record: TypedRecord) -> Entry:
    base, _, codes = each.type.partition(" ")
    widget = "place" if each.field == PLACE else WIDGETS.get(base, "text")
    if widget == "herd" and is_of_one_animal(kind):
        widget = "digits"
    options = [Option(value=code, words=choice_words(each, code)) for code in codes.split("|") if code]
    if widget == "place":
        options = choices.places(kind.whereabouts)
        if record[PLACE] and record[PLACE] not in {option.value for option in options}:
            options.append(Option(value=record[PLACE], words=Words(zh="", en="")))
    lists_herd = widget == "herd" and kind.shape is not Shape.ADD
    one_of_herd = each.field == ANIMALS and widget == "digits"
    return Entry(
        field=each.field,
        words=each.words,
        widget=widget,
        required=each.is_required_of(kind.kind),
        unit=unit_words(each.unit),
        hint=hint_words(each),
        options=options,
        suggestions=choices.animals() if one_of_herd else [] if options else choices.suggestions(each),
        herd=choices.herd(record[PLACE]) if lists_herd else [],
    )
