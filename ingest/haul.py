"""Many messages read together: plain native ones in columns, all others one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from devices.codecs.decoded import assemble
from devices.codecs.native_many import ManyReadings, decode_many
from devices.codecs.topics import MessageFormat
from ingest.directory import Directory, Route
from ingest.message import LARGEST_BYTES, Message
from ingest.reading import Read
from observations.batch import ObservationBatch, concatenate
from observations.texts import TextColumn

ReadOne = Callable[[Message], Read]


@dataclass(frozen=True, slots=True, kw_only=True)
class Haul:
    """What some messages hold.

    batch: all that can be stored, in the order of the messages; nothing is flagged yet.
    singly: the messages that were read one by one, with their positions.
    plain: the positions of all others. topic: for each message the number of its route in `routes`.
    """

    messages: Sequence[Message]
    batch: ObservationBatch
    singly: Sequence[tuple[int, Read]]
    plain: NDArray[np.intp]
    topic: NDArray[np.intp]
    routes: Sequence[Route]

    def heard(self) -> Iterable[tuple[str, Message, str]]:
        """Sender, message and problem ("" where there is none), the newest of a sender last."""
        last = np.full(len(self.routes), -1, np.intp)
        last[self.topic[self.plain]] = self.plain
        found = [(at, self.routes[self.topic[at]].claimed, self.messages[at], "") for at in last[last >= 0].tolist()]
        for at, each in self.singly:
            problem = each.problem.reason if each.problem is not None else ""
            senders = [each.route.claimed]
            if each.decoded is not None and each.route.format is MessageFormat.SENML:
                senders += dict.fromkeys(each.decoded.device)
            found += [(at, sender, each.message, problem) for sender in senders]
        return [(sender, message, problem) for _, sender, message, problem in sorted(found, key=lambda item: item[0])]

    def by_format(self) -> dict[str, int]:
        """How many messages came in which format."""
        counts: dict[str, int] = {}
        for route, count in zip(self.routes, np.bincount(self.topic, minlength=len(self.routes)).tolist(), strict=True):
            counts[route.format] = counts.get(route.format, 0) + count
        return counts


def read_many(messages: Sequence[Message], directory: Directory, read_one: ReadOne) -> Haul:
    """The messages as far as they can be understood: plain ones in columns, all others through `read_one`."""
    topics = TextColumn.of(list(map(attrgetter("topic"), messages)))
    routes = [directory.route(topic) for topic in topics.distinct]
    wanted = np.array([route.format is MessageFormat.NATIVE and route.problem is None for route in routes], bool)
    sizes = np.fromiter(map(attrgetter("size"), messages), np.int64, len(messages))
    native = np.flatnonzero(wanted[topics.codes] & (sizes <= LARGEST_BYTES))
    readings, odd = decode_many([messages[at].payload for at in native.tolist()])
    plain = np.delete(native, odd)
    others = np.ones(len(messages), bool)
    others[plain] = False
    singly = [(at, read_one(messages[at])) for at in np.flatnonzero(others).tolist()]
    topic = topics.codes.astype(np.intp)
    batch = _plain_batch(messages, readings, native, topic, routes)
    return Haul(
        messages=messages,
        batch=_with_others(batch, native[readings.message], singly),
        singly=singly,
        plain=plain,
        topic=topic,
        routes=routes,
    )


def read_singly(messages: Sequence[Message], directory: Directory, read_one: ReadOne) -> Haul:
    """The same with every message through `read_one`."""
    topics = TextColumn.of([message.topic for message in messages])
    singly = [(at, read_one(message)) for at, message in enumerate(messages)]
    return Haul(
        messages=messages,
        batch=batch_of([each for _, each in singly]),
        singly=singly,
        plain=np.empty(0, np.intp),
        topic=topics.codes.astype(np.intp),
        routes=[directory.route(topic) for topic in topics.distinct],
    )


def batch_of(found: Sequence[Read]) -> ObservationBatch:
    """What can be stored of these messages, nothing flagged yet."""
    decoded = [(each.decoded, each.message.received_ms) for each in found if each.decoded is not None]
    return assemble([each for each, _ in decoded], [received_ms for _, received_ms in decoded])


def _plain_batch(
    messages: Sequence[Message],
    readings: ManyReadings,
    native: NDArray[np.intp],
    topic: NDArray[np.intp],
    routes: Sequence[Route],
) -> ObservationBatch:
    message = native[readings.message]
    received_ms = np.fromiter(map(attrgetter("received_ms"), messages), np.int64, len(messages))
    # A device may speak on several topics; each text stands once in a column.
    devices = TextColumn.of([route.device.id if route.device is not None else "" for route in routes])
    return ObservationBatch(
        device=TextColumn(devices.codes[topic[message]], devices.distinct),
        channel=readings.channel,
        phenomenon_ms=readings.phenomenon_ms,
        received_ms=received_ms[message],
        corrected_ms=readings.phenomenon_ms.copy(),
        values=readings.values,
    )


def _with_others(
    batch: ObservationBatch, message: NDArray[np.intp], singly: Sequence[tuple[int, Read]]
) -> ObservationBatch:
    """The batch with the readings of messages read singly in their places; `message`: whence its own rows came."""
    others = [(at, each) for at, each in singly if each.decoded is not None]
    if not others:
        return batch
    sizes = [len(each.decoded.rows) for _, each in others if each.decoded is not None]
    places = np.concatenate([message, np.repeat([at for at, _ in others], sizes)])
    whole = concatenate([batch, batch_of([each for _, each in others])])
    return whole.take(np.argsort(places, kind="stable"))
