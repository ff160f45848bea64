"""Balances that are asked for: of all that a thing came of and became, and of all that was made in a time."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from traceability.balance.lot_balance import LotBalance, lot_balance
from traceability.balance.masses import NetWeight
from traceability.balance.steps import Stage, Verdict, stages_of
from traceability.context import SENSOR_REPORTING
from traceability.errors import BalanceTooLargeError
from traceability.lineage import TRANSFORMATION
from traceability.ports import EventRepository, MassRecords, ProductCatalogue, TraceGraph
from traceability.recorded import RecordedEvent, opened
from traceability.trace_links import things_named
from traceability.trace_members import things_in
from traceability.trace_model import ThingKind, kind_of

MOST_THINGS = 5_000
MOST_STEPS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The stages, the newest first, and the lot that was asked for; truncated: older steps were left out."""

    stages: tuple[Stage, ...]
    lot: LotBalance | None = None
    truncated: bool = False

    def of_verdict(self, verdict: Verdict) -> list[Stage]:
        """The stages of that verdict."""
        return [stage for stage in self.stages if stage.verdict is verdict]


def net_weight_of(products: ProductCatalogue) -> NetWeight:
    """Net weights as the catalogue has them; each trade item is looked up once."""
    found: dict[str, float | None] = {}

    def net_weight(gtin: str) -> float | None:
        if gtin not in found:
            product = products.find(gtin) if gtin else None
            found[gtin] = None if product is None else float(product.net_weight_kg)
        return found[gtin]

    return net_weight


def balance_around(thing: str, *, traces: TraceGraph, events: EventRepository, products: ProductCatalogue) -> Balance:
    """Every stage that the thing (by canonical URI) came through or went into; raises BalanceTooLargeError."""
    behind, ahead = traces.back([thing]), traces.forward([thing])
    things = {thing} | behind.everything | ahead.everything
    if len(things) > MOST_THINGS:
        raise BalanceTooLargeError(things=len(things), most=MOST_THINGS)
    recorded = opened(events.about(things, besides=SENSOR_REPORTING))
    net_weight = net_weight_of(products)
    lot = lot_balance(thing, recorded, net_weight) if kind_of(thing) is ThingKind.LOT else None
    stages = [stage for stage in _stages(recorded, events, net_weight) if things & {*stage.inputs, *stage.outputs}]
    return Balance(stages=tuple(reversed(stages)), lot=lot)


def balance_between(
    since: datetime,
    until: datetime,
    *,
    records: MassRecords,
    events: EventRepository,
    products: ProductCatalogue,
    mine: Callable[[str], bool] = lambda _: True,
) -> Balance:
    """Every stage of that time that something of mine is in, the newest first."""
    found = records.made_between(since, until, limit=MOST_STEPS + 1)
    recorded = opened(found[:MOST_STEPS])
    shown = {event.captured.event_id for event in recorded}
    inputs = {thing for event in recorded for thing in things_in(event, "inputEPCList")}
    about = opened(events.about(inputs, besides=SENSOR_REPORTING)) if inputs else []
    stages = [
        stage
        for stage in _stages(_once([*recorded, *about]), events, net_weight_of(products))
        if shown & {*stage.events} and any(mine(thing) for thing in (*stage.inputs, *stage.outputs))
    ]
    return Balance(stages=tuple(reversed(stages)), truncated=len(found) > MOST_STEPS)


def stages_around(things: Collection[str], *, events: EventRepository, products: ProductCatalogue) -> list[Stage]:
    """Every stage that one of these things went into or came out of, with all that shares what it began with."""
    near = opened(events.about(things, besides=SENSOR_REPORTING))
    steps = [event for event in near if event.captured.event_type == TRANSFORMATION]
    shared = {name for event in steps for name in things_in(event, "inputEPCList")} - {*things}
    beside = opened(events.about(shared, besides=SENSOR_REPORTING)) if shared else []
    stages = _stages(_once([*near, *beside]), events, net_weight_of(products))
    return [stage for stage in stages if not {*things}.isdisjoint((*stage.inputs, *stage.outputs))]


def _stages(recorded: Sequence[RecordedEvent], events: EventRepository, net_weight: NetWeight) -> list[Stage]:
    """The stages; animals behind them are looked up for their breed, weight and death."""
    animals = {thing for event in recorded for thing in things_named(event) if kind_of(thing) is ThingKind.ANIMAL}
    lives = opened(events.about(animals, besides=SENSOR_REPORTING)) if animals else []
    return stages_of(_once([*recorded, *lives]), net_weight)


def _once(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    return [*{(event.captured.event_id, event.captured.document): event for event in events}.values()]
