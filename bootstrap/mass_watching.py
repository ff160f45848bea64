"""What cannot be by mass is found as records come: each alarm is told once, and ends when the records mend it."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bootstrap.core_share import rest_after
from observations.errors import StoreUnavailableError
from storage.records.errors import CursorMovedError
from storage.records.records import Records
from traceability.mass_alarms import MassAlarm, Weighed
from traceability.mass_watch import weigh
from traceability.model import CapturedEvent
from traceability.recorded import read_event

NAME = "masses-weighed"
AT_ONCE = 50
"""Events looked at together: what they touch is balanced before the next ones are read."""
PERIOD_S = 10.0

log = structlog.get_logger()


class MassWatching:
    """Follows captured events and keeps the alarms about masses, from start to stop.

    worked: how long the calling thread had a core, s.
    """

    def __init__(
        self,
        records: Records,
        *,
        now: Callable[[], datetime],
        at_once: int = AT_ONCE,
        period_s: float = PERIOD_S,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._worked = worked
        self._records, self._now, self._at_once, self._period_s = records, now, at_once, period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """What comes is weighed from now on, after what came before."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended; what it did not come to is weighed after the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> bool:
        """The next events are weighed and that is noted, together with the alarms; whether there were any.

        It is weighed outside the transaction: what is captured meanwhile is weighed in its turn. Raises
        CursorMovedError where another process weighed them meanwhile; then nothing happened.
        """
        noted = self._records.cursors.load(NAME)
        last, news = self._records.mass_alarms.news(after=noted.get("event", 0), limit=self._at_once)
        if not news:
            return False
        weighed = self._weighed(news)
        with self._records.together() as together:
            together.cursors.advance(NAME, since=noted, to={"event": last})
            placed = together.mass_alarms.settle(weighed, at=self._now())
        for lot in weighed.too_large:
            log.info("masses.too_large", lot=lot)
        for alarm in placed:
            _tell(alarm)
        return True

    def _weighed(self, news: Sequence[CapturedEvent]) -> Weighed:
        try:
            return weigh(
                [read_event(event) for event in news],
                traces=self._records.traces,
                events=self._records.events,
                products=self._records.products,
                at=self._now(),
            )
        except StoreUnavailableError:
            raise
        except Exception:  # an event that cannot be weighed must not keep those beside and behind it waiting
            if len(news) > 1:
                return _in_one([self._weighed([event]) for event in news])
            log.exception("masses.passed_over", events=[event.event_id for event in news])
            return Weighed(things=frozenset(), alarms=())

    def turn(self) -> float:
        """A step is done, however it ended; seconds to wait for the next, for a share of a core to hold."""
        began = self._worked()
        wait_s = self._guarded()
        return max(wait_s, rest_after(self._worked() - began))

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stop.wait(wait_s):
            wait_s = self.turn()

    def _guarded(self) -> float:
        try:
            return self._period_s / 100 if self.step() else self._period_s
        except CursorMovedError:
            pass
        except StoreUnavailableError as error:
            log.warning("masses.waiting", reason=str(error))
        except Exception:  # an entry-point loop: the balance of each thing can still be asked for
            log.exception("masses.failed")
        return self._period_s


def _in_one(parts: Sequence[Weighed]) -> Weighed:
    """What was weighed in parts, each by all that is recorded; every alarm once."""
    alarms = {(alarm.thing, alarm.rule): alarm for part in parts for alarm in part.alarms}
    too_large = frozenset(lot for part in parts for lot in part.too_large)
    return Weighed(
        things=frozenset().union(*(part.things for part in parts)) - too_large,
        alarms=tuple(alarms.values()),
        too_large=tuple(sorted(too_large)),
    )


def _tell(alarm: MassAlarm) -> None:
    log.warning("mass_flagged", number=alarm.number, thing=alarm.thing, rule=alarm.rule, detail=alarm.en)
