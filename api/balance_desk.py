"""Mass balances as far as somebody may see them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from api.access import Viewer
from api.errors import BadQueryError, NotVisibleError
from api.recall_desk import own_animals
from traceability.balance.balances import Balance, balance_around, balance_between
from traceability.gs1.epc_uris import canonical_uri
from traceability.mass_alarms import MassAlarm

AT_ONCE = 500
"""Alarms that are read at a time for somebody who may see few of them."""


def own_things(viewer: Viewer) -> Collection[str] | None:
    """The viewer's animals and all that came of them; None for all."""
    mine = own_animals(viewer)
    return None if mine is None else mine | viewer.services.traces.forward(mine).everything


def visible_balance(viewer: Viewer, epc: str) -> Balance:
    """The balance of all that a thing came of and became; raises NotVisibleError, BalanceTooLargeError."""
    thing, mine = canonical_uri(epc.strip()), own_things(viewer)
    services = viewer.services
    if mine is not None and thing not in mine:
        raise NotVisibleError(kind="thing", identifier=thing)
    public = services.public
    found = balance_around(thing, traces=services.traces, events=public.events, products=public.products)
    if not found.stages and not services.public.events.about([thing]):
        raise NotVisibleError(kind="thing", identifier=thing)
    return found


def balances_of_time(viewer: Viewer, since: datetime, until: datetime) -> Balance:
    """Every stage of that time in which something of the viewer's is; raises BadQueryError."""
    if since >= until:
        raise BadQueryError(parameter="until", value=until.isoformat(), rule="it must be later than since")
    mine = own_things(viewer)
    public = viewer.services.public
    return balance_between(
        since,
        until,
        records=viewer.services.mass_records,
        events=public.events,
        products=public.products,
        mine=lambda thing: mine is None or thing in mine,
    )


def visible_alarms(viewer: Viewer, *, ended: bool, after: int, limit: int) -> list[MassAlarm]:
    """Alarms about what the viewer may see, the newest first."""
    book, mine = viewer.services.mass_alarms, own_things(viewer)
    size = limit if mine is None else max(limit, AT_ONCE)
    found: list[MassAlarm] = []
    while book is not None and len(found) < limit and (page := book.list(ended=ended, after=after, limit=size)):
        found.extend(alarm for alarm in page if mine is None or alarm.thing in mine)
        after = page[-1].number
    return found[:limit]


def seen_of(things: Iterable[str], mine: Collection[str] | None) -> list[str]:
    """Those things that are the viewer's to see."""
    return [thing for thing in things if mine is None or thing in mine]
