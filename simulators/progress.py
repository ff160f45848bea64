"""What outlives a simulator process: how far it has come, and what others may look at meanwhile."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock

import msgspec

from simulators.errors import PlanMismatchError
from simulators.model import SitePlan
from simulators.telemetry import Rhythm

STATE_FILE, PROGRESS_FILE, TRUTH_FILE = "state.json", "progress.json", "truth.jsonl"


def replace_text(file: Path, text: str, *, durable: bool = True) -> None:
    """`file` holds `text`, whole or not at all, whenever the process dies; after a power cut too where `durable`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(file.suffix + ".new")
    with new.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        if durable:
            os.fsync(out.fileno())
    new.replace(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far the simulation has come.

    until_s: every reading up to this moment was acknowledged by the broker; 0 before the first.
    rhythm: that of the reports just before that moment; None before the first.
    events_until_s: every event up to this moment was taken by the service.
    """

    plan: str
    until_s: int = 0
    rhythm: Rhythm | None = None
    events_until_s: int = 0


class StateFile:
    """The state in its file; safe to use from the thread of readings and that of events at once."""

    def __init__(self, folder: Path, plan: SitePlan) -> None:
        """The state that is kept, or a fresh one; raises PlanMismatchError where it belongs to another plan."""
        self._file, self._lock = folder / STATE_FILE, Lock()
        name = f"{plan.site.id}/{plan.seed}/{plan.today.isoformat()}"
        self._state = self._load(name)
        if self._state.plan != name:
            raise PlanMismatchError(folder=str(folder), kept=self._state.plan, given=name)

    @property
    def state(self) -> State:
        """The state as kept."""
        return self._state

    def readings_settled(self, until_s: int, rhythm: Rhythm) -> None:
        """Readings up to `until_s` need not be published again."""
        with self._lock:
            self._keep(replace(self._state, until_s=until_s, rhythm=rhythm))

    def events_settled(self, until_s: int) -> None:
        """Events up to `until_s` need not be sent again."""
        with self._lock:
            self._keep(replace(self._state, events_until_s=until_s))

    def _keep(self, state: State) -> None:
        replace_text(self._file, json.dumps(asdict(state)))
        self._state = state

    def _load(self, name: str) -> State:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return State(plan=name)
        return State(
            plan=kept["plan"],
            until_s=kept["until_s"],
            rhythm=msgspec.convert(kept["rhythm"], Rhythm | None),
            events_until_s=kept["events_until_s"],
        )


@dataclass(slots=True, kw_only=True)
class Phase:
    """How much of one phase is done."""

    done: int = 0
    total: int = 0


class ProgressFile:
    """A small file that says what the simulation is doing, for whoever draws a bar.

    {"phase": "history" | "live", "history": {"done", "total"}, "events": {...}, "live": {...},
    "finished": true once all readings and events of the past were taken, "problem": "" or why nothing moves}
    """

    def __init__(self, folder: Path) -> None:
        self._file, self._lock = folder / PROGRESS_FILE, Lock()
        self._phases = {name: Phase() for name in ("history", "events", "live")}
        self._problems: dict[str, str] = {}
        self._finished: set[str] = set()
        self._write()

    @property
    def finished(self) -> bool:
        """Everything of the past was taken."""
        return self._finished >= {"history", "events"}

    def caught_up(self, name: str) -> bool:
        """That phase has caught up with the present."""
        return name in self._finished

    def moved(self, name: str, done: int, total: int) -> None:
        """That phase has come so far."""
        with self._lock:
            self._phases[name] = Phase(done=done, total=total)
            self._write()

    def finish(self, name: str) -> None:
        """That phase (history, events) has caught up with the present."""
        with self._lock:
            self._finished.add(name)
            self._write()

    def problem(self, name: str, text: str) -> None:
        """That phase is held up by this; "" where it is not any more."""
        with self._lock:
            if self._problems.get(name, "") != text:
                self._problems[name] = text
                self._write()

    def _write(self) -> None:
        content = {
            "phase": "live" if "history" in self._finished else "history",
            **{name: asdict(phase) for name, phase in self._phases.items()},
            "finished": self.finished,
            "problem": "; ".join(text for text in self._problems.values() if text),
        }
        replace_text(self._file, json.dumps(content), durable=False)
