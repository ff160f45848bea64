"""The service's connection to one process that makes pages, on the event loop that serves them."""

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from api.public.page_messages import AskedPage, MadePage
from bootstrap.page_wire import LENGTH, Sources, framed

AGAIN_S = 1.0
"""How long a maker that cannot be reached is left alone."""
MOST_WAITING = 100
"""Questions to one maker at a time: a quarter of a second's work, as pages mostly are."""

log = structlog.get_logger("bootstrap.page_line")


class Line:
    """Made when it is due, and again after it broke; answers come in the order of questions.

    sources: what the maker is told first. patience_s: how long an answer is waited for. end_maker: is called where
    nothing at all was heard for so long, so that another process takes its place.
    """

    def __init__(self, file: Path, sources: Sources, *, patience_s: float, end_maker: Callable[[], None]) -> None:
        self._file, self._sources = file, sources
        self._patience_s, self._end_maker = patience_s, end_maker
        self._writer: asyncio.StreamWriter | None = None
        self._calling: asyncio.Task[None] | None = None
        self._asked: deque[asyncio.Future[MadePage | None]] = deque()
        self._ready = False
        self._not_before = self._heard = 0.0
        self._decoder = msgspec.msgpack.Decoder(MadePage | None)

    @property
    def waiting(self) -> int:
        """How many answers are to come."""
        return len(self._asked)

    @property
    def open(self) -> bool:
        """Whether questions are taken: the maker said that it is ready, and has not too many of them."""
        return self._ready and len(self._asked) < MOST_WAITING

    def call_if_due(self) -> None:
        """A line that is down is being made, unless that was tried a moment ago."""
        loop = asyncio.get_running_loop()
        down = self._calling is None or self._calling.done()
        if down and loop.time() >= self._not_before:
            self._calling = loop.create_task(self._call())

    async def ask(self, asked: AskedPage) -> MadePage | None:
        """The answer, of a line that is open; None where there is none to be had."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            self._heard = loop.time()  # it owed nothing before
        answer: asyncio.Future[MadePage | None] = loop.create_future()
        self._asked.append(answer)
        self._tell(asked)
        try:
            return await asyncio.wait_for(answer, self._patience_s)
        except TimeoutError:
            if loop.time() - self._heard >= self._patience_s and self._ready:
                log.warning("page_maker_silent", socket=self._file.name, patience_s=self._patience_s)
                self._hang_up()
                self._end_maker()
            return None

    def _tell(self, message: msgspec.Struct) -> None:
        if self._writer is not None:
            self._writer.write(framed(msgspec.msgpack.encode(message)))

    async def _call(self) -> None:
        """The line was open, as long as the maker answered."""
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(self._file))
            self._tell(self._sources)
            await self._read(reader)
        except (OSError, EOFError):
            pass  # it does not listen yet, or not any more
        except msgspec.MsgspecError as error:
            log.warning("page_maker_unreadable", socket=self._file.name, reason=str(error))
        finally:
            self._hang_up()  # as well where the loop ends

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Every answer is handed over to whoever still waits for it."""
        loop = asyncio.get_running_loop()
        while True:
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            message = await reader.readexactly(length)
            self._heard = loop.time()
            if not self._ready:
                self._ready = True
            elif self._asked:
                answer, made = self._asked.popleft(), self._decoder.decode(message)
                if not answer.done():
                    answer.set_result(made)

    def _hang_up(self) -> None:
        """Nobody waits for this maker any more; it is called again later."""
        self._ready = False
        self._not_before = asyncio.get_running_loop().time() + AGAIN_S
        if self._writer is not None:
            self._writer.transport.abort()
            self._writer = None
        while self._asked:
            answer = self._asked.popleft()
            if not answer.done():
                answer.set_result(None)
