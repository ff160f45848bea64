"""An animal's captured events, newest first, in words."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from api.access import Viewer
from api.console.words import Words
from livestock.model import Animal
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, number, opened, text

DAILY = "sensor_reporting"
NOTHING = Words(zh="", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event, what it is in words, what it says (a weight, a vaccine), and where its record lies."""

    event: CapturedEvent
    words: Words
    detail: Words
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Happenings, newest first; daily: how many daily summaries there are beside them."""

    happenings: list[Happening]
    daily: int


@cache
def biz_step_words() -> Mapping[str, Words]:
    """What each business step is called, from `biz_steps.csv`."""
    text = files("api.console").joinpath("biz_steps.csv").read_text(encoding="utf-8")
    return {row["biz_step"]: Words(zh=row["zh"], en=row["en"]) for row in csv.DictReader(text.splitlines())}


def timeline_of(viewer: Viewer, animal: Animal) -> Timeline:
    """Everything that was captured about the animal while it lived."""
    keys = viewer.services.keys.keyring(animals=[animal.id])
    events = viewer.services.public.events.about([keys.animal(animal.id).uri])
    shown = [event for event in events if short_step(event.biz_step) != DAILY]
    told = {record.captured: _detail(record) for record in opened(shown)}
    happenings = [_happening(event, told.get(event, NOTHING)) for event in reversed(shown)]
    return Timeline(happenings=happenings, daily=len(events) - len(shown))


def short_step(biz_step: str) -> str:
    """A CBV step without its prefix; a step of another vocabulary as it is."""
    for prefix in ("https://ref.gs1.org/cbv/BizStep-", "urn:epcglobal:cbv:bizstep:", "cbv:BizStep-"):
        biz_step = biz_step.removeprefix(prefix)
    return biz_step


def _detail(record: RecordedEvent) -> Words:
    """The weight, medicine, vaccine or certificate of the event; empty where it states none of them."""
    kg = record.mass_kg() or number(record.ilmd, "tt:carcassWeightKg")
    weight = "" if kg is None else f"{kg:.1f} kg"
    named = [
        Words(zh=text(record.body, name), en=text(record.body, f"{name}En"))
        for name in ("tt:vaccine", "tt:medicine", "tt:certificate")
    ]
    parts = [*named, Words(zh=weight, en=weight)]
    return Words(
        zh="，".join(part.zh or part.en for part in parts if part.zh or part.en),
        en=", ".join(part.en or part.zh for part in parts if part.zh or part.en),
    )


def _happening(event: CapturedEvent, detail: Words) -> Happening:
    step = short_step(event.biz_step)
    known = biz_step_words().get(step, Words(zh=step or event.event_type, en=event.event_type))
    words = Words(zh="屠宰", en="Slaughtered") if _is_slaughter(event, step) else known
    return Happening(event=event, words=words, detail=detail, path=f"/epcis/events/{quote(event.event_id, safe=':')}")


def _is_slaughter(event: CapturedEvent, step: str) -> bool:
    """A pig is slaughtered by the transformation that commissions its carcass (CBV has no step of its own)."""
    return event.event_type == "TransformationEvent" and step == "commissioning"
