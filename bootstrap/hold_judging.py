"""What was captured before guards judged as they do now is judged once, in the background, from where it came to."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from api.hold_alarms import tell_hold
from observations.errors import StoreUnavailableError
from storage.records.errors import CursorMovedError
from storage.records.records import Records
from traceability.guards import GUARDS_VERSION
from traceability.holds import Judged

NAME = "holds-judged"
AT_ONCE = 50
"""Events judged in one transaction: others wait to write for as long as that takes."""
PAUSE_S = 0.05
AGAIN_S = 5.0

log = structlog.get_logger()


class _Pace:
    """How many events are judged together: one by one for a while where some could not be judged together."""

    def __init__(self, at_once: int) -> None:
        self._at_once, self._alone = at_once, 0

    @property
    def limit(self) -> int:
        """So many the next time."""
        return 1 if self._alone else self._at_once

    def narrowed(self) -> bool:
        """Whether the same events are tried one by one; not where it was one alone that could not be judged."""
        if self.limit == 1:
            return False
        self._alone = self._at_once
        return True

    def went_on(self) -> None:
        """An event, or some, lie behind."""
        self._alone = max(self._alone - 1, 0)


class HoldJudging:
    """Judges every event captured before this version of the rules, each once, from start to stop.

    ended: set when nothing is left to judge, or judging cannot go on.
    """

    def __init__(
        self, records: Records, *, now: Callable[[], datetime], at_once: int = AT_ONCE, pause_s: float = PAUSE_S
    ) -> None:
        self._records, self._now, self._pause_s = records, now, pause_s
        self._pace = _Pace(at_once)
        self.ended = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """What is left is judged from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended; what it did not come to is judged after the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> bool:
        """The next events are judged and that is noted, together; whether there may be more.

        Where that fails for a reason of their own, they are judged one by one, and the one to blame is passed over.
        Raises CursorMovedError where another process judged them meanwhile; then nothing happened.
        """
        try:
            more = self._step()
        except (CursorMovedError, StoreUnavailableError):
            raise
        except Exception:  # an event that cannot be judged must not keep those behind it unjudged
            if self._pace.narrowed():
                return True
            log.exception("holds_judged.passed_over", after=self._records.cursors.load(NAME).get("done", 0))
            more = self._pass_over()
        self._pace.went_on()
        return more

    def _pass_over(self) -> bool:
        with self._records.together() as together:
            noted, begun = _noted(together)
            done = together.hold_judge.behind(begun["done"], until=begun["until"])
            together.cursors.advance(NAME, since=noted, to={**begun, "done": done})
        return done < begun["until"]

    def _step(self) -> bool:
        with self._records.together() as together:
            noted, begun = _noted(together)
            if begun["done"] >= begun["until"]:
                if noted != begun:
                    together.cursors.advance(NAME, since=noted, to=begun)
                return False
            judged = together.hold_judge.judge(
                after=begun["done"], until=begun["until"], limit=self._pace.limit, at=self._now()
            )
            together.cursors.advance(NAME, since=noted, to={**begun, "done": judged.last})
        for hold in judged.placed:
            tell_hold(hold)
        return judged.last < begun["until"]

    def _run(self) -> None:
        try:
            self._judge()
        finally:
            self.ended.set()

    def _judge(self) -> None:
        while not self._stop.is_set():
            wait_s = self._pause_s
            try:
                if not self.step():
                    return
            except CursorMovedError:
                wait_s = AGAIN_S
            except StoreUnavailableError as error:
                log.warning("holds_judged.waiting", reason=str(error))
                wait_s = AGAIN_S
            except Exception:  # an entry-point loop: captures are judged without it
                log.exception("holds_judged.failed")
                return
            self._stop.wait(wait_s)


def judge_all(records: Records, *, now: Callable[[], datetime], tell_progress: Callable[[int, int], None]) -> int:
    """Every captured event is judged by the rules of now; how many holds were missing.

    Events that cannot be judged are logged and passed over. Raises StoreUnavailableError.

    tell_progress: given the record number that was come to, and the last one.
    """
    done, until, placed, pace = 0, records.hold_judge.newest(), 0, _Pace(AT_ONCE)
    while done < until:
        try:
            judged = records.hold_judge.judge(after=done, until=until, limit=pace.limit, at=now())
        except StoreUnavailableError:
            raise
        except Exception:  # as above
            if pace.narrowed():
                continue
            log.exception("holds_judged.passed_over", after=done)
            judged = Judged(last=records.hold_judge.behind(done, until=until), placed=())
        pace.went_on()
        for hold in judged.placed:
            tell_hold(hold)
        placed, done = placed + len(judged.placed), judged.last
        tell_progress(done, until)
    return placed


def _noted(records: Records) -> tuple[dict[str, int], dict[str, int]]:
    """The cursor as it is kept, and as the rules of now begin or go on."""
    noted = records.cursors.load(NAME)
    return noted, noted if noted.get("version") == GUARDS_VERSION else _begun(records)


def _begun(records: Records) -> dict[str, int]:
    """Everything that is captured by now is to be judged; whatever comes later is judged as it comes."""
    return {"version": GUARDS_VERSION, "done": 0, "until": records.hold_judge.newest()}
