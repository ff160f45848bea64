"""Goods of recalls in SQL: how they were made, the newest record of each, and what box they are in."""

import re
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from storage.records.event_rows import event_of, indexed
from storage.records.tables import event_texts, events, trace_links, trace_things
from storage.records.trace_rows import thing_name
from storage.records.transactions import Repository, in_chunks
from traceability.context import SENSOR_REPORTING
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.trace_model import LAST_US, STEP, LinkKind

_NAMING = ("epc", "epcClass", "outputEPC", "outputEPCClass", "parentID")
_ONE_EVENT = re.compile(r"(?P<event>.+) [0-9a-f]{16}", re.DOTALL)
"""The rest of a step's name where it is one event: its id and the beginning of its digest."""


_MADE = select(events).where(events.c.event_type == TRANSFORMATION)


class SqlRecallGoods(Repository):
    """`traceability.ports.RecallGoods`."""

    def transformations(self, steps: Collection[str]) -> Sequence[CapturedEvent]:
        """The events of these steps of the trace graph."""
        rests = [step.removeprefix(STEP) for step in steps if step.startswith(STEP)]
        found = {rest: _ONE_EVENT.fullmatch(rest) for rest in rests}
        ids = [match["event"] for match in found.values() if match is not None]
        named = [rest for rest, match in found.items() if match is None]
        told: list[CapturedEvent] = []
        with self._transactions.reading() as connection:
            for chunk in in_chunks(ids):
                told.extend(event_of(row) for row in connection.execute(_MADE.where(events.c.event_id.in_(chunk))))
            for chunk in in_chunks(map(indexed, named)):
                naming = select(event_texts.c.event).where(
                    event_texts.c.name == "transformationID", event_texts.c.text.in_(chunk)
                )
                told.extend(event_of(row) for row in connection.execute(_MADE.where(events.c.number.in_(naming))))
        return told

    def newest(self, things: Collection[str]) -> Mapping[str, CapturedEvent]:
        """The newest event that names each thing, other than sensor readings and events in which it is used up."""
        number_of: dict[str, tuple[object, int]] = {}
        query = select(event_texts.c.text, events.c.number, events.c.event_time)
        query = query.join(events, events.c.number == event_texts.c.event)
        query = query.where(event_texts.c.name.in_(_NAMING), events.c.biz_step != SENSOR_REPORTING)
        names = {indexed(thing): thing for thing in things}
        found: dict[int, CapturedEvent] = {}
        with self._transactions.reading() as connection:
            for chunk in in_chunks(names):
                rows = connection.execute(query.where(event_texts.c.text.in_(chunk)).order_by(events.c.event_time))
                number_of.update({row.text: (row.event_time, row.number) for row in rows})
            for numbers in in_chunks(number for _, number in number_of.values()):
                wanted = select(events).where(events.c.number.in_(numbers))
                found.update({event.number: event_of(event) for event in connection.execute(wanted)})
        return {names[name]: found[number] for name, (_, number) in number_of.items()}

    def containers(self, things: Collection[str]) -> Mapping[str, str]:
        """The box that each thing is in now; those in none are left out."""
        inner, outer = trace_things.alias(), trace_things.alias()
        query = select(inner.c.name, outer.c.name.label("box"))
        query = query.join_from(trace_links, inner, inner.c.number == trace_links.c.source)
        query = query.join(outer, outer.c.number == trace_links.c.target)
        query = query.where(trace_links.c.kind == int(LinkKind.HELD), trace_links.c.until_us == LAST_US)
        found: dict[str, str] = {}
        with self._transactions.reading() as connection:
            for chunk in in_chunks(map(thing_name, things)):
                rows = connection.execute(query.where(inner.c.name.in_(chunk)).order_by(trace_links.c.since_us))
                found.update({row.name: row.box for row in rows})
        return found
