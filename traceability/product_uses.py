"""Medicines and pesticides that were used, and until when they keep an animal or a lot from food."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from traceability.evidence import Evidence
from traceability.guard_evidence import Act, ActKind, own_members, place_day, step_of
from traceability.medicines import LONGEST_DAYS, MEDICINES, PESTICIDES, Products
from traceability.ports import GuardBook
from traceability.recorded import Body, RecordedEvent, day, days_later

MOST_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One reason (of `hold_reasons.csv`) against it, in words; until: the first local day on which it is over.

    cause: the eventID of what was done in spite of it, "" of what is only asked for.
    """

    reason: str
    zh: str
    en: str
    until: date | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """Reasons and members of one kind of product."""

    products: Products
    names: Sequence[str]
    last: str
    days: str
    until: str
    waiting: str
    unknown: str
    banned: str


def _kind(products: Products, name: str, *, last: str, period: str, waiting: str, banned: str) -> _Kind:
    """A product's members begin with what it and its period are called."""
    return _Kind(
        products=products,
        names=(name, f"{name}En"),
        last=last,
        days=f"{period}Days",
        until=f"{period}Until",
        waiting=waiting,
        unknown=f"unknown_{name}",
        banned=banned,
    )


_MEDICINE = _kind(
    MEDICINES, "medicine", last="lastDose", period="withdrawal", waiting="withdrawal", banned="banned_drug"
)
_PESTICIDE = _kind(
    PESTICIDES,
    "pesticide",
    last="lastSpray",
    period="interval",
    waiting="pesticide_interval",
    banned="banned_pesticide",
)


def medicine_blocks(evidence: Evidence, act: Act, book: GuardBook) -> Iterator[Block]:
    """Everything that was given to the animal and stands against the act.

    A treatment after the slaughter counts, as one of the two times is wrong; one after a journey does not.
    """
    for event in evidence.events:
        if act.kind is ActKind.SENDING and event.captured.event_time > act.at:
            continue
        own = own_members(event)
        if any(name in own for name in _MEDICINE.names) or step_of(event).endswith("/treating"):
            on = place_day(act.at, _zone(event, book), act.day)
            yield from _blocks(_MEDICINE, event, own, on, book)
        yield from _banned_vaccine(event, own)


def harvest_blocks(evidence: Evidence, on: date, book: GuardBook) -> Iterator[Block]:
    """Everything that was sprayed on the lot and stands against harvesting it on that local day."""
    for event in evidence.events:
        own = own_members(event)
        if any(name in own for name in _PESTICIDE.names):
            yield from _blocks(_PESTICIDE, event, own, on, book)


def _blocks(kind: _Kind, event: RecordedEvent, own: Body, on: date, book: GuardBook) -> Iterator[Block]:
    names = [str(own.get(name) or "").strip() for name in kind.names]
    name, last = next(filter(None, names), "（没有写名称）"), _last(kind, event, own, book)
    banned = kind.products.prohibited(*names)
    if banned is not None:
        by = f" {banned.announcement}" if banned.announcement else ""
        zh, en = f"{last} 用过 {name}：禁用{by}", f"{name} was used on {last}: banned{by}"
        yield Block(reason=kind.banned, zh=zh, en=en)
        return
    days = kind.products.days(name, form=str(own.get("form") or ""), stated=_count(own.get(kind.days)))
    if days is None:
        zh = f"{last} 用过 {name}，查不到间隔天数；请核对药名、剂型和标签上的天数，由兽医或技术员更正"
        en = f"{name} was used on {last}, its days are not known: have name, form and the days of its label corrected"
        yield Block(reason=kind.unknown, zh=zh, en=en)
        return
    until = max(days_later(last, days), _stated_until(own, kind.until, last))
    if on < until:
        zh = f"{name} {last} 最后一次，到 {until} 才可以"
        en = f"{name} was last used on {last}: not before {until}"
        yield Block(reason=kind.waiting, zh=zh, en=en, until=until)


def _banned_vaccine(event: RecordedEvent, own: Body) -> Iterator[Block]:
    names = [str(own.get(name) or "") for name in ("vaccine", "vaccineEn")]
    if MEDICINES.prohibited(*names) is not None:
        name = next(filter(None, names), "")
        yield Block(
            reason="banned_drug", zh=f"{event.day} 用过 {name}：禁用", en=f"{name} was used on {event.day}: banned"
        )


def _zone(event: RecordedEvent, book: GuardBook) -> str | None:
    return None if event.place is None else book.zone(event.place)


def _last(kind: _Kind, event: RecordedEvent, own: Body, book: GuardBook) -> date:
    """The local day of the last use: as stated, or the event's own where that is earlier or a slip of the pen."""
    on = place_day(event.captured.event_time, _zone(event, book), event.day)
    stated = day(own, kind.last)
    return stated if stated is not None and 0 <= (stated - on).days <= LONGEST_DAYS else on


def _stated_until(own: Mapping[str, Any], member: str, last: date) -> date:
    stated = day(own, member)
    return stated if stated is not None and 0 <= (stated - last).days <= LONGEST_DAYS else last


def _count(value: object) -> int | None:
    """The days a label asks for; None where none are stated, and no possible number where they cannot be read."""
    if value is None or value == "":
        return None
    written = str(value).removesuffix(".0")
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS else -1
