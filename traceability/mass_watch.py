"""Stages and lots balanced anew as records come, so that what cannot be is found before anybody asks."""

from collections.abc import Collection, Iterable
from datetime import datetime

from traceability.balance.balances import MOST_THINGS, net_weight_of, stages_around
from traceability.balance.lot_balance import LotBalance, lot_balance, moves_goods
from traceability.balance.steps import Finding, Stage
from traceability.context import SENSOR_REPORTING
from traceability.lineage import TRANSFORMATION
from traceability.mass_alarms import MassAlarm, Weighed
from traceability.ports import EventRepository, ProductCatalogue, TraceGraph
from traceability.recorded import RecordedEvent, opened
from traceability.trace_links import things_named
from traceability.trace_members import lot_of, things_in
from traceability.trace_model import ThingKind, kind_of


def weigh(
    news: Iterable[RecordedEvent],
    *,
    traces: TraceGraph,
    events: EventRepository,
    products: ProductCatalogue,
    at: datetime,
) -> Weighed:
    """The stages and lots that these events change, balanced by all that is recorded."""
    moving = [event for event in news if _moves_goods(event)]
    things = {name for event in moving for name in things_named(event)}
    if not things:
        return Weighed(things=frozenset(), alarms=())
    stages = stages_around(things, events=events, products=products)
    lots = _lots(things, events)
    balances, too_large = _lot_balances(lots, traces=traces, events=events, products=products)
    alarms = [_alarm(_subject(stage), finding, at) for stage in stages for finding in stage.findings if finding.grave]
    alarms += [_alarm(lot.lot, finding, at) for lot in balances for finding in lot.findings if finding.grave]
    touched = {name for stage in stages for name in (*stage.inputs, *stage.outputs)}
    return Weighed(
        things=frozenset((things | touched | lots) - {*too_large}),
        alarms=tuple({(alarm.thing, alarm.rule): alarm for alarm in alarms}.values()),
        too_large=tuple(too_large),
    )


def _moves_goods(event: RecordedEvent) -> bool:
    """Whether it can change a balance; a declaration takes back what may have."""
    made = event.captured.event_type == TRANSFORMATION
    return made or moves_goods(event) or bool(event.body.get("errorDeclaration")) or event.mass_kg() is not None


def _subject(stage: Stage) -> str:
    """The thing that names a stage: the first of what it began with."""
    return min(stage.inputs, default=min(stage.outputs, default=""))


def _alarm(thing: str, finding: Finding, at: datetime) -> MassAlarm:
    return MassAlarm(thing=thing, rule=finding.rule, zh=finding.zh, en=finding.en, since=at)


def _lots(things: Collection[str], events: EventRepository) -> frozenset[str]:
    """The lots among these things, and those that the packs among them are of."""
    packs = {name for name in things if kind_of(name) is ThingKind.ITEM}
    making = opened(events.about(packs, besides=SENSOR_REPORTING)) if packs else []
    of_packs = {
        lot
        for event in making
        if event.captured.event_type == TRANSFORMATION
        for name in packs.intersection(things_in(event, "outputEPCList"))
        if (lot := lot_of(name, event)) is not None
    }
    return frozenset(of_packs | {name for name in things if kind_of(name) is ThingKind.LOT})


def _lot_balances(
    lots: Iterable[str], *, traces: TraceGraph, events: EventRepository, products: ProductCatalogue
) -> tuple[list[LotBalance], list[str]]:
    """The balances of these lots, and those lots that have too many packs."""
    net_weight, balances, too_large = net_weight_of(products), list[LotBalance](), list[str]()
    for lot in sorted(lots):
        packs = {name for name in traces.forward([lot]).everything if kind_of(name) is ThingKind.ITEM}
        if len(packs) > MOST_THINGS:
            too_large.append(lot)
        else:
            recorded = opened(events.about({lot} | packs, besides=SENSOR_REPORTING))
            balances.append(lot_balance(lot, recorded, net_weight))
    return balances, too_large
