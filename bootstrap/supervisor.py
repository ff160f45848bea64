"""Children in order: those that outlived an earlier run are ended, each is kept running, all end in reverse."""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from bootstrap.child import Child, ChildPlan
from bootstrap.data_folder import DataFolder
from bootstrap.errors import AlreadyRunningError, ProcessStartError
from bootstrap.process import end_marked

STEP_S = 0.1


class Supervisor:
    """Keeps its children running while the `with` block lasts; afterwards none of them is left.

    Raises AlreadyRunningError on entry where another supervisor has the data folder.
    """

    def __init__(self, folder: DataFolder, plans: Sequence[ChildPlan]) -> None:
        self._folder = folder
        self.children = [Child(plan, run=folder.run, logs=folder.logs) for plan in plans]
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Nothing of an earlier run lives any more."""
        self._stack.enter_context(sole_user(self._folder))
        for child in reversed(self.children):
            end_marked(child.mark, patience_s=child.plan.stop_patience_s)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Every child has ended, the last one first."""
        for child in reversed(self.children):
            child.stop()
        self._stack.close()

    def start(self, stop: threading.Event, *, patience_s: float = 60.0) -> None:
        """Every child was started, each once the one before it was ready; raises ProcessStartError."""
        for child in self.children:
            if stop.is_set():
                return
            child.start()
            self.wait_until(child.ready.is_set, stop, patience_s=patience_s, what=f"{child.plan.name} to start")

    def wait_until(self, done: Callable[[], bool], stop: threading.Event, *, patience_s: float, what: str) -> None:
        """`done` holds, or `stop` is set; raises ProcessStartError where a child fails or the time is over."""
        deadline = time.monotonic() + patience_s
        while not (stop.is_set() or done()):
            for child in self.children:
                if problem := child.failing():
                    raise ProcessStartError(problem)
            if time.monotonic() > deadline:
                msg = f"waited {patience_s:g} s for {what}; the logs are in {self._folder.logs}"
                raise ProcessStartError(msg)
            stop.wait(STEP_S)


@contextlib.contextmanager
def sole_user(folder: DataFolder, lock_name: str = "supervisor.lock") -> Iterator[None]:
    """This process alone has the data folder's lock; the kernel lets go of it when the process dies."""
    with (folder.run / lock_name).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise AlreadyRunningError(folder=str(folder.root), pid=lock.read().strip() or "unknown") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
