"""Processes that make pages: real ones, killed ones, silent ones."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from api.public.page_messages import AskedPage, MadePage
from api.public.pages_elsewhere import made_here
from api.public.router import resolved_pack
from bootstrap.clock import utc_now
from bootstrap.data_folder import DataFolder
from bootstrap.page_line import Line
from bootstrap.page_maker import Workplace, page_services
from bootstrap.page_makers import PageMakers
from bootstrap.private_socket import private_socket
from bootstrap.process import marked_process
from storage.records.records import Records
from tests.traceability import one_life
from tests.traceability.one_life import BELLY, LOT, SERIAL
from traceability.scan_watch import ScanCounter
from traceability.wanted_digests import WantedDigests

BASE = "https://trace.example"
PATH = f"/01/{BELLY}/10/{LOT}/21/{SERIAL}"
ASKED = AskedPage(method="GET", path=PATH.encode(), query=b"", headers=[], client="192.0.2.7")
COMES_UP_S = 60.0


class House:
    """Page makers over a data folder, and what they told."""

    def __init__(self, folder: DataFolder, records: Records, *, processes: int = 1) -> None:
        self.folder = folder
        self.counter = ScanCounter(new_salt=lambda: b"of tests")
        self.wanted = WantedDigests(records.life_digests)
        self.makers = PageMakers(
            folder,
            Workplace(records_url=str(records.engine.url), base_url=BASE),
            processes=processes,
            patience_s=COMES_UP_S,
            log_format="console",
            counter=self.counter,
            wanted=self.wanted,
            now=utc_now,
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        self.makers.start()
        try:
            yield
        finally:
            self.makers.stop()

    async def made(self) -> MadePage:
        """The page, as soon as somebody makes it."""
        deadline = time.monotonic() + COMES_UP_S
        while (page := await self.makers.page(ASKED)) is None:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        return page

    def pid(self, number: int = 0) -> int:
        process = marked_process(self.folder.run / f"page-maker-{number}.pid")
        assert process is not None
        return process.pid


@pytest.fixture
def told(records: Records) -> Records:
    """Records of one pig and its packs."""
    product = one_life.products().find(str(BELLY))
    assert product is not None
    records.products.add(product)
    records.events.capture([*one_life.farm_events(), *one_life.house_events()])
    return records


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await work()

    asyncio.run(whole())


def test_the_page_is_the_one_the_service_would_make_and_what_it_noted_is_noted(
    folder: DataFolder, told: Records
) -> None:
    house = House(folder, told)

    async def work() -> None:
        assert await house.makers.page(ASKED) is None  # the first reader does not wait for a process to start
        page = await house.made()
        expected = made_here(page_services(told, base_url=BASE), ASKED, resolved_pack)
        assert page.status == expected.status == 200
        assert _undated(page.body) == _undated(expected.body)
        assert sum(house.counter.take().values()) == 1
        assert house.wanted.take() == expected.missed != []

    with house.running():
        run(work)


def _undated(page: bytes) -> bytes:
    """Without the moment it was made at."""
    text = page.decode()
    before, _, after = text.partition(" 查</small>")
    return (before[: before.rindex("·")] + after).encode() if after else page


def test_nothing_is_started_until_somebody_asks_and_nothing_is_left(folder: DataFolder, told: Records) -> None:
    house = House(folder, told)
    with house.running():
        assert marked_process(folder.run / "page-maker-0.pid") is None
        run(lambda: _until_made(house))
        pid = house.pid()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def _until_made(house: House) -> None:
    await house.made()


def test_a_killed_maker_costs_no_answer_and_comes_again(folder: DataFolder, told: Records) -> None:
    house = House(folder, told)

    async def work() -> None:
        await house.made()
        first = house.pid()
        os.kill(first, signal.SIGSTOP)
        asked = [asyncio.ensure_future(house.makers.page(ASKED)) for _ in range(5)]
        await asyncio.sleep(0.2)
        os.kill(first, signal.SIGKILL)
        assert await asyncio.gather(*asked) == [None] * 5  # each is made in the service
        await house.made()
        assert house.pid() != first

    with house.running():
        run(work)


def test_many_pages_are_shared_out_and_each_comes_to_whom_it_is_for(folder: DataFolder, told: Records) -> None:
    house = House(folder, told, processes=2)
    paths = [f"/01/{BELLY}/21/{number:06}" for number in range(40)]

    async def work() -> None:
        await house.made()
        asked = [AskedPage(method="GET", path=path.encode(), query=b"", headers=[], client="") for path in paths]
        pages = await asyncio.gather(*(house.makers.page(each) for each in asked))
        for path, page in zip(paths, pages, strict=True):
            assert page is None or path.rpartition("/")[2] in page.body.decode()
        assert sum(page is not None for page in pages) >= len(pages) // 2

    with house.running():
        run(work)


def test_a_page_that_cannot_be_made_there_is_left_to_the_service(folder: DataFolder, told: Records) -> None:
    house = House(folder, told)

    async def work() -> None:
        await house.made()
        with told.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE holds RENAME TO elsewhere")
        assert await house.makers.page(ASKED) is None
        with told.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO holds")
        assert (await house.made()).status == 200

    with house.running():
        run(work)


def test_a_maker_that_says_nothing_is_waited_for_only_so_long(folder: DataFolder) -> None:
    listening = private_socket(folder.page_socket(0))
    listening.listen()
    silent: list[socket.socket] = []
    accepting = threading.Thread(target=lambda: silent.append(listening.accept()[0]))
    accepting.start()
    line = Line(folder.page_socket(0), Workplace(records_url="sqlite:///x", base_url=BASE), patience_s=0.2)

    async def work() -> None:
        deadline = time.monotonic() + COMES_UP_S
        while not line.open:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        first, second = asyncio.ensure_future(line.ask(ASKED)), asyncio.ensure_future(line.ask(ASKED))
        answers = await asyncio.wait_for(asyncio.gather(first, second), COMES_UP_S)
        assert not any(answers)
        assert line.waiting == 0

    run(work)
    accepting.join()
    for each in (*silent, listening):
        each.close()
