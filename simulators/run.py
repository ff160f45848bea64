"""The whole simulation: history over MQTT, events over HTTP, then life as it goes on."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Event

from simulators.calendar_days import DAY_S, seconds
from simulators.capture import EventSender
from simulators.errors import EventRefusedError
from simulators.events import site_events
from simulators.history import day_windows, first_rhythm
from simulators.illness import Illnesses
from simulators.model import PROBE_REPORT_S, SitePlan
from simulators.progress import ProgressFile, StateFile
from simulators.publish import Publisher
from simulators.telemetry import Pace, Rhythm, Telemetry, Window
from simulators.truth import write_truth

TICK_S = 1.0
IN_FLIGHT_S = 60
"""Readings this young may have been stored without our knowing: they are repeated exactly, at their old pace."""
LONG_GAP_S = PROBE_REPORT_S + 2 * IN_FLIGHT_S
"""After a longer silence the gap is filled at the usual pace, by day; every device reports in it at least once."""
LOOK_FOR_EVENTS_S = 20.0
SAVE_EVERY_WINDOWS = 10
SAVE_EVERY_EVENTS = 50

OnProgress = Callable[[str, int, int], None]


class Simulation:
    """One simulated site; `speed` is how many times as often as usual its devices report once they are live.

    Times are always real: a faster simulation reports more often, it does not run ahead of the clock.
    state_folder keeps how far it has come, its progress and its truth; a second start continues there.
    Raises PlanMismatchError where that folder belongs to another plan.
    """

    def __init__(
        self,
        plan: SitePlan,
        *,
        mqtt_host: str,
        mqtt_port: int,
        mqtt_user: str,
        mqtt_password: str,
        http_url: str,
        http_token: str,
        state_folder: Path,
        speed: float,
        now: Callable[[], datetime],
    ) -> None:
        self._plan, self._folder, self._now = plan, state_folder, now
        self._live_pace = Pace().faster(speed)
        self._telemetry = Telemetry(plan)
        self._state = StateFile(state_folder, plan)
        self._progress = ProgressFile(state_folder)
        self._published_to = self._state.state.until_s or self._telemetry.begins_s - 1
        self._rhythm = self._state.state.rhythm or first_rhythm(self._telemetry)
        self._rhythms: dict[int, Rhythm] = {}
        self._publisher = Publisher(
            host=mqtt_host,
            port=mqtt_port,
            user=mqtt_user,
            password=mqtt_password,
            on_problem=lambda text: self._progress.problem("mqtt", text),
        )
        self._sender = EventSender(
            url=http_url, token=http_token, on_problem=lambda text: self._progress.problem("http", text)
        )

    def run(self, stop: Event, on_progress: OnProgress) -> None:
        """Returns once `stop` is set; everything that was acknowledged until then is on record.

        on_progress is told phase (history, events, live), done and total (0 where there is no end), from two threads.
        """
        self._publisher.start()
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="simulator-events") as pool:
            sending: Future[None] = pool.submit(self._send_events, stop, on_progress)
            sending.add_done_callback(lambda _ended: stop.set())
            try:
                self._publish_readings(stop, on_progress)
            finally:
                stop.set()
                self._publisher.stop()
                self._save()
        self._sender.close()
        sending.result()

    def _publish_readings(self, stop: Event, on_progress: OnProgress) -> None:
        if not self._repeat_in_flight(stop):
            return
        truth_day = None
        while not stop.is_set():
            now = seconds(self._now())
            if now // DAY_S != truth_day:
                truth_day = now // DAY_S
                write_truth(self._telemetry, now, self._folder)
            if now - self._published_to > LONG_GAP_S:
                self._publish_past(now, stop, on_progress)
            else:
                self._publish_present(now, stop, on_progress)
                stop.wait(TICK_S)

    def _repeat_in_flight(self, stop: Event) -> bool:
        state = self._state.state
        if not state.until_s:
            return True
        until = min(state.until_s + IN_FLIGHT_S, max(seconds(self._now()), state.until_s))
        return self._publish(Window(since_s=state.until_s, until_s=until, rhythm=self._rhythm), stop)

    def _publish_past(self, now: int, stop: Event, on_progress: OnProgress) -> None:
        windows = day_windows(self._published_to, now, self._rhythm.turned(Pace(), self._published_to))
        for number, window in enumerate(windows, 1):
            if not self._publish(window, stop):
                return
            if number % SAVE_EVERY_WINDOWS == 0 or number == len(windows):
                self._progress.moved("history", number, len(windows))
                self._save()
            on_progress("history", number, len(windows))

    def _publish_present(self, now: int, stop: Event, on_progress: OnProgress) -> None:
        if not self._progress.caught_up("history"):
            # The past counts as told only when the broker has acknowledged all of it.
            if not self._publisher.wait_until_settled(self._published_to, stop):
                return
            self._progress.finish("history")
        if now > self._published_to:
            rhythm = self._rhythm.turned(self._live_pace, self._published_to)
            window = Window(since_s=self._published_to, until_s=now, rhythm=rhythm)
            if not self._publish(window, stop):
                return
        self._progress.moved("live", self._publisher.acknowledged, 0)
        self._save()
        on_progress("live", self._publisher.acknowledged, 0)

    def _publish(self, window: Window, stop: Event) -> bool:
        """The window's messages are on their way; False where `stop` was set before the last of them."""
        for message in self._telemetry.messages(window):
            if not self._publisher.publish(message, window.until_s, stop):
                return False
        self._publisher.close_mark(window.until_s)
        self._published_to, self._rhythm = window.until_s, window.rhythm
        self._rhythms[window.until_s] = window.rhythm
        return True

    def _save(self) -> None:
        settled = self._publisher.settled
        rhythm = self._rhythms.get(settled)
        if rhythm is not None and settled > self._state.state.until_s:
            self._state.readings_settled(settled, rhythm)
            self._rhythms = {mark: kept for mark, kept in self._rhythms.items() if mark > settled}

    def _send_events(self, stop: Event, on_progress: OnProgress) -> None:
        illnesses = Illnesses(self._plan)
        refused = 0
        while not stop.is_set():
            known = self._state.state.events_until_s
            everything = site_events(self._plan, illnesses, self._now())
            due = [event for event in everything if seconds(event.at) >= known]
            behind = len(everything) - len(due)
            for number, event in enumerate(due, 1):
                try:
                    if not self._sender.send(event, stop):
                        return
                except EventRefusedError as error:
                    refused += 1
                    self._progress.problem("events", f"{refused} events refused, the last: {error}")
                if number % SAVE_EVERY_EVENTS == 0:
                    self._state.events_settled(seconds(event.at))
                    self._progress.moved("events", behind + number, len(everything))
                on_progress("events", behind + number, len(everything))
            if due:
                self._state.events_settled(seconds(due[-1].at) + 1)
            self._progress.moved("events", len(everything), len(everything))
            self._progress.finish("events")
            stop.wait(LOOK_FOR_EVENTS_S)
