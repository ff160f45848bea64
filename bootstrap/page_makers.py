"""The processes that make pages of packs (`bootstrap.page_maker`), as the service has them.

They are started when the first page is asked for; until one is ready, and whenever none answers, pages are made in the
service itself. So a maker that dies or hangs costs time, never an answer.
"""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter

from prometheus_client import CollectorRegistry, Counter

from api.public.page_messages import AskedPage, MadePage
from bootstrap.child import Child, ChildPlan
from bootstrap.data_folder import DataFolder
from bootstrap.page_line import Line
from bootstrap.page_wire import Sources
from bootstrap.process import end_marked
from traceability.scan_watch import ScanCounter
from traceability.wanted_digests import WantedDigests

NAME = "page-maker"
PATIENCE_S = 5.0
"""How long a page may take there, those before it included; then it is made here."""
STOP_PATIENCE_S = 1.0
"""A maker has nothing to finish."""


class PageMakers:
    """`api.public.page_messages.PagesElsewhere` over so many processes; `page` is for one event loop.

    counter, wanted: are told what pages noted.
    """

    def __init__(
        self,
        folder: DataFolder,
        sources: Sources,
        *,
        processes: int,
        patience_s: float = PATIENCE_S,
        log_format: str,
        counter: ScanCounter,
        wanted: WantedDigests,
        now: Callable[[], datetime],
        metrics: CollectorRegistry,
    ) -> None:
        self._folder = folder
        self._children = [_child(folder, number, log_format) for number in range(processes)]
        self._lines = [
            Line(folder.page_socket(number), sources, patience_s=patience_s, end_maker=partial(_kill, child))
            for number, child in enumerate(self._children)
        ]
        self._counter, self._wanted, self._now = counter, wanted, now
        pages = Counter("tiantou_pack_pages", "Pages of packs, by who made them", ["made_by"], registry=metrics)
        self._made_there, self._made_here = pages.labels("maker"), pages.labels("service")
        self._started, self._stopped = False, False
        self._changing = threading.Lock()

    def start(self) -> None:
        """Nothing of an earlier run is left, however many makers that had; ours are started with the first page."""
        for mark in self._folder.run.glob(f"{NAME}-*.pid"):
            end_marked(mark, patience_s=STOP_PATIENCE_S)
        self._remove_sockets()

    def stop(self) -> None:
        """No process is left."""
        with self._changing:
            self._stopped = True
        if self._started and self._children:
            with ThreadPoolExecutor(len(self._children)) as together:  # each has its patience to be waited for
                list(together.map(Child.stop, self._children))
        self._remove_sockets()

    async def page(self, asked: AskedPage) -> MadePage | None:
        """The page, made by whoever has least to do; None where it is to be made here."""
        self._start_children()
        for line in self._lines:
            line.call_if_due()
        lines = [line for line in self._lines if line.open]
        made = await min(lines, key=attrgetter("waiting")).ask(asked) if lines else None
        if made is None:
            self._made_here.inc()
        else:
            self._made_there.inc()
            today = self._now().astimezone(UTC).date()
            for thing in made.opened:
                self._counter.note(thing, asked.client, today=today)
            self._wanted.want(made.missed)
        return made

    def _start_children(self) -> None:
        if self._started:
            return
        with self._changing:
            if not self._stopped and not self._started:
                self._started = True
                for child in self._children:
                    child.start()

    def _remove_sockets(self) -> None:
        for file in self._folder.page_sockets():
            file.unlink(missing_ok=True)


def _child(folder: DataFolder, number: int, log_format: str) -> Child:
    file = folder.page_socket(number)

    def command() -> Sequence[str]:
        return [sys.executable, "-m", "bootstrap.page_maker", str(file), str(os.getpid()), log_format]

    plan = ChildPlan(name=f"{NAME}-{number}", command=command, stop_patience_s=STOP_PATIENCE_S)
    return Child(plan, run=folder.run, logs=folder.logs)


def _kill(child: Child) -> None:
    """A maker that hangs may not hear a polite word; whoever keeps it running starts another."""
    pid = child.pid
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
