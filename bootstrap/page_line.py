"""The connection to one process that makes pages, on the event loop that serves them."""

import asyncio
from collections import deque
from pathlib import Path

import msgspec
import structlog

from api.public.page_messages import AskedPage, MadePage
from bootstrap.page_maker import LENGTH, Workplace

AGAIN_S = 1.0
"""How long a maker that cannot be reached is left alone."""

log = structlog.get_logger("bootstrap.page_line")


class Line:
    """Made when it is needed, and again after it broke; answers come in the order of questions.

    place: what the maker is told first. patience_s: how long an answer may take, those before it included.
    """

    def __init__(self, file: Path, place: Workplace, *, patience_s: float) -> None:
        self._file, self._place, self._patience_s = file, place, patience_s
        self._writer: asyncio.StreamWriter | None = None
        self._calling: asyncio.Task[None] | None = None
        self._asked: deque[asyncio.Future[MadePage | None]] = deque()
        self._not_before = 0.0
        self._decoder, self._encoder = msgspec.msgpack.Decoder(MadePage), msgspec.msgpack.Encoder()

    @property
    def waiting(self) -> int:
        """How many answers are to come."""
        return len(self._asked)

    @property
    def open(self) -> bool:
        """Whether questions are taken; where not, and it is time, the maker is called meanwhile."""
        if self._writer is None and (self._calling is None or self._calling.done()):
            loop = asyncio.get_running_loop()
            if loop.time() >= self._not_before:
                self._calling = loop.create_task(self._call())
        return self._writer is not None

    async def ask(self, asked: AskedPage) -> MadePage | None:
        """The answer, of a line that is open; None where there is none to be had."""
        answer: asyncio.Future[MadePage | None] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._send(asked)
        try:
            return await asyncio.wait_for(answer, self._patience_s)
        except TimeoutError:
            log.warning("page_maker_slow", socket=self._file.name, patience_s=self._patience_s)
            self._hang_up()
            return None

    def _send(self, message: msgspec.Struct) -> None:
        told = self._encoder.encode(message)
        if self._writer is not None:
            self._writer.write(LENGTH.pack(len(told)) + told)

    async def _call(self) -> None:
        """The line is open, and is read until it breaks."""
        self._not_before = asyncio.get_running_loop().time() + AGAIN_S
        try:
            reader, self._writer = await asyncio.open_unix_connection(str(self._file))
        except OSError:
            return  # it does not listen yet, or not any more
        self._send(self._place)
        await self._read(reader)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Every answer has been handed over; those that will not come any more, as none."""
        try:
            while True:
                (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                made = self._decoder.decode(await reader.readexactly(length))
                answer = self._asked.popleft()
                if not answer.done():
                    answer.set_result(made)
        except (OSError, EOFError):
            pass  # the maker has ended
        finally:
            self._hang_up()  # as well where the loop ends

    def _hang_up(self) -> None:
        """Nobody waits for this maker any more; it is called again later."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        while self._asked:
            answer = self._asked.popleft()
            if not answer.done():
                answer.set_result(None)
