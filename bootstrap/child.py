"""One child process that is kept running: started, started again when it dies, ended when asked."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog

from bootstrap.errors import BootstrapError
from bootstrap.process import leave_mark

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
SETTLED_S = 10.0
"""A child that lived this long had come up: its next pause is the first one again."""
ASKED_TO_END = {0, -signal.SIGTERM}
KEPT_LOGS = 5
TAIL_LINES = 15


def nothing() -> None:
    """Nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildPlan:
    """A child to keep running.

    command: asked before every start. started: called after every start, in the child's own thread; where it raises
    BootstrapError the child is ended and started again. stop_patience_s: from SIGTERM to SIGKILL.
    """

    name: str
    command: Callable[[], Sequence[str]]
    started: Callable[[], None] = nothing
    stop_patience_s: float = 15.0


class Child:
    """Keeps one child running in a thread of its own; its mark lies in `run`, what it says in `logs`."""

    def __init__(self, plan: ChildPlan, *, run: Path, logs: Path) -> None:
        self.plan = plan
        self.mark = run / f"{plan.name}.pid"
        self.ready = threading.Event()
        self.log = logs / f"{plan.name}.log"
        self._failures = 0
        self._problem = ""
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._logger = structlog.get_logger("bootstrap.child").bind(child=plan.name)
        self._thread = threading.Thread(target=self._keep, name=f"keep-{plan.name}", daemon=True)

    def start(self) -> None:
        """The child is being kept running from now on."""
        self._thread.start()

    @property
    def pid(self) -> int | None:
        """The living process."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def failing(self, *, after: int = 3) -> str:
        """Why the child does not come up, once it has failed `after` times in a row; otherwise empty."""
        return f"{self.plan.name} does not come up: {self._problem}\n{self.tail()}" if self._failures >= after else ""

    def tail(self) -> str:
        """The last lines of what it said."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-TAIL_LINES:])

    def stop(self) -> None:
        """The child has ended and is not started again."""
        self._stopping.set()
        with self._starting:
            process = self._process
        if process is not None:
            _end(process, self.plan.stop_patience_s)
            if process.returncode not in ASKED_TO_END:
                self._logger.warning("child_ended_badly", code=process.returncode, log=str(self.log))
        if self._thread.is_alive():
            self._thread.join()
        self.mark.unlink(missing_ok=True)

    def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            self._problem = self._live_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= SETTLED_S:
                self._failures, pause_s = 0, FIRST_PAUSE_S
            self._failures += 1
            self._logger.warning("child_ended", why=self._problem, starts_again_in_s=pause_s)
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _live_once(self) -> str:
        """The child was started and has ended; why, in words."""
        try:
            process = self._spawn()
        except (OSError, BootstrapError) as error:
            return str(error)
        if process is None:
            return ""
        try:
            self.plan.started()
        except BootstrapError as error:
            _end(process, self.plan.stop_patience_s)
            return str(error)
        self.ready.set()
        code = process.wait()
        return f"ended by signal {-code}" if code < 0 else f"ended with code {code}"

    def _spawn(self) -> subprocess.Popen[bytes] | None:
        with self._starting:
            if self._stopping.is_set():
                return None
            command = list(self.plan.command())
            with fresh_log(self.log) as log:
                # A group of its own: Ctrl-C at the terminal is for the supervisor, which ends its children in order.
                # But the same session: Linux shares cores out by session (autogroup), and pages waited for the broker.
                self._process = subprocess.Popen(  # noqa: S603 the commands are ours
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0
                )
            leave_mark(self.mark, self._process.pid)
            return self._process


def fresh_log(file: Path) -> BinaryIO:
    """An empty log under that name; earlier ones are numbered, the oldest gives way."""
    for number in range(KEPT_LOGS - 1, 0, -1):
        older = file.with_suffix(f".{number}.log")
        newer = file if number == 1 else file.with_suffix(f".{number - 1}.log")
        if newer.exists():
            newer.replace(older)
    return file.open("wb")


def _end(process: subprocess.Popen[bytes], patience_s: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(timeout=patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
