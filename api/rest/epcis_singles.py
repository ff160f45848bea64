"""Single events captured together: those that come while another is being written share the next transaction.

Each commit waits for the disk, and writers take turns: sixteen senders at once would wait sixteen times as long.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from traceability.history import with_history
from traceability.model import CapturedEvent
from traceability.ports import EventRepository

MOST_TOGETHER = 100


@dataclass(slots=True, eq=False)
class _Waiting:
    """An event whose sender waits: whether it was new, or why it was refused."""

    event: CapturedEvent
    done: bool = False
    new: bool = False
    error: Exception | None = None


class SingleCaptures:
    """Captures events that come one by one, from any number of threads."""

    def __init__(self, events: EventRepository) -> None:
        self._events = events
        self._gathered: list[_Waiting] = []
        self._gathering, self._writing = threading.Lock(), threading.Lock()

    def capture(self, event: CapturedEvent) -> bool:
        """Whether the event was new; it is durable, with its flags, when this returns. Raises what the store raises."""
        mine = _Waiting(event)
        with self._gathering:
            self._gathered.append(mine)
        while not mine.done:
            with self._writing:
                if not mine.done:
                    with self._gathering:
                        together, self._gathered = self._gathered[:MOST_TOGETHER], self._gathered[MOST_TOGETHER:]
                    self._write(together)
        if mine.error is not None:
            raise mine.error
        return mine.new

    def _write(self, together: Sequence[_Waiting]) -> None:
        try:
            self._capture(together)
        except Exception as error:  # noqa: BLE001 it is raised again, by the thread of whoever sent the event
            if len(together) == 1:
                together[0].error = error
            else:
                # One that the store refuses must not keep the others out.
                for each in together:
                    self._write([each])
        for each in together:
            each.done = True

    def _capture(self, together: Sequence[_Waiting]) -> None:
        known = {
            (each.event_id, each.digest) for each in self._events.with_ids({each.event.event_id for each in together})
        }
        for each in together:
            key = (each.event.event_id, each.event.digest)
            each.new = key not in known
            known.add(key)
        fresh = [each.event for each in together if each.new]
        if fresh:
            self._events.capture(with_history(fresh, self._events))
