"""Processes that make pages: real ones, killed ones, silent ones."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from prometheus_client import CollectorRegistry

from api.public.page_messages import AskedPage, MadePage
from api.public.pages_elsewhere import made_here
from api.public.router import resolved_pack
from bootstrap.clock import utc_now
from bootstrap.data_folder import DataFolder
from bootstrap.page_line import Line
from bootstrap.page_makers import PageMakers
from bootstrap.page_services import page_services
from bootstrap.page_wire import READY, Sources
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

    def __init__(
        self, folder: DataFolder, records: Records, *, processes: int = 1, patience_s: float = COMES_UP_S
    ) -> None:
        self.folder = folder
        self.counter = ScanCounter(new_salt=lambda: b"of tests")
        self.wanted = WantedDigests(records.life_digests)
        self.metrics = CollectorRegistry()
        self.makers = PageMakers(
            folder,
            Sources(records_url=str(records.engine.url), base_url=BASE),
            processes=processes,
            patience_s=patience_s,
            log_format="console",
            counter=self.counter,
            wanted=self.wanted,
            now=utc_now,
            metrics=self.metrics,
        )

    def pages(self, made_by: str) -> float | None:
        """How many pages were counted for that one."""
        return self.metrics.get_sample_value("tiantou_pack_pages_total", {"made_by": made_by})

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
        assert (house.pages("maker"), house.pages("service")) == (0, 1)
        page = await house.made()
        assert house.pages("maker") == 1
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


def test_a_maker_that_hangs_is_ended_and_another_takes_its_place(folder: DataFolder, told: Records) -> None:
    house = House(folder, told, patience_s=1.0)

    async def work() -> None:
        await house.made()
        first = house.pid()
        os.kill(first, signal.SIGSTOP)
        assert await asyncio.gather(*(house.makers.page(ASKED) for _ in range(3))) == [None] * 3
        await house.made()
        assert house.pid() != first

    with house.running():
        run(work)


def test_what_an_earlier_run_left_is_ended_however_many_there_are_now(folder: DataFolder, told: Records) -> None:
    earlier = House(folder, told, processes=2)
    earlier.makers.start()
    run(lambda: _until_made(earlier))
    left = [earlier.pid(number) for number in range(2)]
    with House(folder, told, processes=0).running():
        for pid in left:
            assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        assert folder.page_sockets() == []
    earlier.makers.stop()


def test_with_no_processes_every_page_is_made_in_the_service(folder: DataFolder, told: Records) -> None:
    house = House(folder, told, processes=0)

    async def work() -> None:
        assert await house.makers.page(ASKED) is None

    with house.running():
        run(work)


def test_a_maker_that_is_not_ready_is_asked_nothing(folder: DataFolder) -> None:
    listening = private_socket(folder.page_socket(0))
    listening.listen()
    heard: list[bytes] = []
    line = Line(
        folder.page_socket(0), Sources(records_url="sqlite:///x", base_url=BASE), patience_s=60, end_maker=_never
    )

    def silent() -> None:
        connection, _ = listening.accept()
        with connection:
            heard.append(connection.recv(4096))
            connection.sendall(READY)
            heard.append(connection.recv(4096))

    accepting = threading.Thread(target=silent)
    accepting.start()

    async def work() -> None:
        line.call_if_due()
        deadline = time.monotonic() + COMES_UP_S
        while not line.open:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert await line.ask(ASKED) is None  # it read the question and hung up
        assert line.waiting == 0

    run(work)
    accepting.join()
    listening.close()
    assert b"sqlite:///x" in heard[0]
    assert PATH.encode() in heard[1]


def _never() -> None:
    raise AssertionError
