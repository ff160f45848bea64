"""Balance of a lot: what was made is what was sold, used, thrown away and is in stock, in packs and in kg."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from traceability.balance.masses import NetWeight, output_of, quantities_kg
from traceability.balance.steps import SMALLEST_DIFFERENCE_KG, Finding, Verdict, finding_of, verdict_of
from traceability.epcis.event_terms import bare_word
from traceability.lineage import TRANSFORMATION
from traceability.recorded import RecordedEvent, text
from traceability.trace_members import lot_of, lots_in, moment_us, things_in
from traceability.yields import bounds_of

SOLD, USED, WASTED, STOCK = "sold", "used", "wasted", "stock"
_STEPS: Mapping[str, str] = {
    "retail_selling": SOLD,
    "dispensing": SOLD,
    "destroying": WASTED,
    "decommissioning": WASTED,
    "stock_taking": STOCK,
    "cycle_counting": STOCK,
}
_DISPOSITIONS: Mapping[str, str] = {
    "retail_sold": SOLD,
    "dispensed": SOLD,
    "destroyed": WASTED,
    "disposed": WASTED,
}
"""What CBV's words say of where goods went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """So many packs, and so many kg; kg None where a weight is not on record."""

    packs: int
    kg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LotBalance:
    """Where the goods of a lot are. stock: as counted last, None where nobody counted.

    left: what must still be somewhere by what is on record; None where a weight is not known.
    """

    lot: str
    made: Amount
    sold: Amount
    used: Amount
    wasted: Amount
    stock: Amount | None
    left: Amount
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What its figures say."""
        return verdict_of(self.findings, known=self.made.kg is not None and self.left.kg is not None)


def lot_balance(lot: str, events: Iterable[RecordedEvent], net_weight: NetWeight) -> LotBalance:
    """The balance of that lot (a class URI), from every event that names it or one of its packs."""
    events = sorted(events, key=lambda event: event.captured.event_time)
    packs, loose = _made(lot, events, net_weight)
    gone, stock, counted_us = _gone(lot, events, packs)
    made = _amount(packs, loose)
    parts = {kind: _amount({name: packs[name] for name in things}, kg) for kind, (things, kg) in gone.items()}
    left = _less(made, parts.values())
    counted = None if stock is None else _amount({name: packs[name] for name in stock[0]}, stock[1])
    findings = _findings(made, [*parts.values()], counted, counted_us, events)
    return LotBalance(
        lot=lot,
        made=made,
        sold=parts[SOLD],
        used=parts[USED],
        wasted=parts[WASTED],
        stock=counted,
        left=left,
        findings=tuple(findings),
    )


def moves_goods(event: RecordedEvent) -> bool:
    """Whether it says that goods were used, sold, thrown away or counted."""
    return bool(_kind(event)[0])


Part = tuple[set[str], list[float | None]]
"""Packs, and masses of what has no serial."""


def _made(
    lot: str, events: Sequence[RecordedEvent], net_weight: NetWeight
) -> tuple[dict[str, float | None], list[float | None]]:
    packs: dict[str, float | None] = {}
    loose: list[float | None] = []
    for event in events:
        if event.captured.event_type == TRANSFORMATION:
            output = output_of(event, net_weight)
            packs.update({name: kg for name, kg in output.things.items() if lot_of(name, event) == lot})
            loose += [kg for name, kg in output.lots.items() if name == lot]
    return packs, loose


def _gone(
    lot: str, events: Sequence[RecordedEvent], packs: Mapping[str, float | None]
) -> tuple[dict[str, Part], Part | None, int]:
    """Where packs and masses went, each pack once; what was counted last, and when."""
    gone: dict[str, Part] = {kind: (set(), []) for kind in (SOLD, USED, WASTED)}
    stock: Part | None = None
    counted_us, settled = 0, set[str]()
    for event in events:
        kind, role, member = _kind(event)
        named = {name for name in things_in(event, member) if name in packs}
        loose = [quantities_kg(event, role)[lot]] if lot in lots_in(event, role) else []
        if kind == STOCK and (named or loose):
            stock, counted_us = (named, loose), moment_us(event)
        elif kind in gone:
            gone[kind][0].update(named - settled)
            gone[kind][1].extend(loose)
            settled |= named
    return gone, stock, counted_us


def _kind(event: RecordedEvent) -> tuple[str, str, str]:
    """Where the goods went, and in which lists of the event they stand; "" where nowhere."""
    if event.captured.event_type == TRANSFORMATION:
        return USED, "input", "inputEPCList"
    step = bare_word(text(event.body, "bizStep"), "bizStep")
    by_disposition = (kind for word, kind in _DISPOSITIONS.items() if word in event.dispositions)
    return _STEPS.get(step) or next(by_disposition, ""), "", "epcList"


def _amount(packs: Mapping[str, float | None], loose: Sequence[float | None]) -> Amount:
    told = [*packs.values(), *loose]
    known = [kg for kg in told if kg is not None]
    return Amount(packs=len(packs), kg=sum(known) if len(known) == len(told) else None)


def _less(made: Amount, parts: Iterable[Amount]) -> Amount:
    parts = list(parts)
    known = [part.kg for part in parts if part.kg is not None]
    kg = made.kg - sum(known) if made.kg is not None and len(known) == len(parts) else None
    return Amount(packs=made.packs - sum(part.packs for part in parts), kg=kg)


def _findings(
    made: Amount, gone: Sequence[Amount], stock: Amount | None, counted_us: int, events: Sequence[RecordedEvent]
) -> list[Finding]:
    tolerance = bounds_of("tolerance").high
    parts = [*gone, stock] if stock is not None else [*gone]
    total, packs = _less(made, parts), sum(part.packs for part in parts)
    found = []
    if total.packs < 0:
        found.append(finding_of("lot_oversold_packs", gone=packs, made=made.packs))
    if total.kg is not None and made.kg is not None:
        if total.kg < -made.kg * tolerance - SMALLEST_DIFFERENCE_KG:
            found.append(finding_of("lot_oversold", gone_kg=made.kg - total.kg, made_kg=made.kg))
        late = any(moment_us(event) > counted_us for event in events)
        if stock is not None and not late and total.kg > made.kg * tolerance + SMALLEST_DIFFERENCE_KG:
            found.append(finding_of("lot_missing", missing_kg=total.kg))
    return found
