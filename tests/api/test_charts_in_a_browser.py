"""The chart really draws, in a real browser, under the page's own content security policy."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from api.access import Viewer
from api.requests import viewer_of
from tests.api.world import World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


class Announcing(uvicorn.Server):
    """A server that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    app = world.app()
    user = world.accounts.users["wangbei"]
    services = app.state.services
    app.dependency_overrides[viewer_of] = lambda: Viewer(
        services=services, user=user, token="t", now=world.now, recognised_until=world.now
    )
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = Announcing(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert server.listening.wait(10)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def _dom_after_scripts(url: str, folder: Path) -> tuple[str, str]:
    assert CHROMIUM is not None
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", *quiet, "--disable-sync", "--dump-dom"]
    command += [f"--user-data-dir={folder}", "--virtual-time-budget=8000", "--enable-logging=stderr", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout, done.stderr


@pytest.mark.parametrize("path", ["/console/animals/143018200000147", "/console/fields/field-01"])
def test_the_charts_draw_without_breaking_the_policy(address: str, path: str, tmp_path: Path) -> None:
    dom, log = _dom_after_scripts(address + path, tmp_path)
    assert 'data-drawn="yes"' in dom, log
    assert "bk-Column" in dom
    assert "chart-still" not in dom
    assert "Content Security Policy" not in log
    assert "每 10 秒更新" in dom
