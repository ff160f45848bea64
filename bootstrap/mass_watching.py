"""What cannot be by mass is found as records come: each alarm is told once, and ends when the records mend it."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

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
    """Follows captured events and keeps the alarms about masses, from start to stop."""

    def __init__(
        self, records: Records, *, now: Callable[[], datetime], at_once: int = AT_ONCE, period_s: float = PERIOD_S
    ) -> None:
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
        except Exception:  # events that cannot be weighed must not keep those behind them waiting
            log.exception("masses.passed_over", events=[event.event_id for event in news])
            return Weighed(things=frozenset(), alarms=())

    def _run(self) -> None:
        wait_s = 0.0
        while not self._stop.wait(wait_s):
            wait_s = self._period_s
            try:
                if self.step():
                    wait_s = self._period_s / 100
            except CursorMovedError:
                continue
            except StoreUnavailableError as error:
                log.warning("masses.waiting", reason=str(error))
            except Exception:  # an entry-point loop: the balance of each thing can still be asked for
                log.exception("masses.failed")


def _tell(alarm: MassAlarm) -> None:
    log.warning("mass_flagged", number=alarm.number, thing=alarm.thing, rule=alarm.rule, detail=alarm.en)
