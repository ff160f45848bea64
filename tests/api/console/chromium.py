"""A real Chromium that tests steer through a pipe (Chrome DevTools Protocol), and a server that can go away."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 60.0
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-quic")
SILENT = ("--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe")
POLL = """(async () => {{
  for (;;) {{
    const found = await ({});
    if (found) return found;
    await new Promise((on) => setTimeout(on, 50));
  }}
}})()"""


class BrowserError(Exception):
    """The browser did not do what was asked."""

    def __init__(self, asked: str, said: object) -> None:
        super().__init__(f"{asked}: {said}")


class Chromium:
    """One page of one browser with a profile of its own."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "chromium", CHROMIUM, *QUIET, *SILENT]
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._answers: dict[int, Mapping[str, Any]] = {}
        self._news = threading.Condition()
        self._closed = False
        self._number = 0
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        target = self._call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> Mapping[str, Any]:
        """What the page's command gives."""
        return self._call(method, params, self._session)

    def go(self, url: str) -> None:
        """The page is loaded."""
        told = self.call("Page.navigate", url=url)
        if told.get("errorText"):
            raise BrowserError(url, told["errorText"])
        self.wait(f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")

    def run(self, script: str) -> Any:  # noqa: ANN401 any JSON
        """What the script gives in the page."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise BrowserError(script[:200], json.dumps(told["exceptionDetails"])[:500])
        return told["result"].get("value")

    def wait(self, condition: str) -> Any:  # noqa: ANN401 any JSON
        """What the condition gives once it holds; a page that is left meanwhile is asked again after it."""
        until, last = time.monotonic() + PATIENCE_S, BrowserError(condition, "never asked")
        while time.monotonic() < until:
            try:
                return self.run(POLL.format(condition))
            except BrowserError as error:
                last = error
        raise BrowserError(condition, last)

    def quit(self) -> None:
        """The browser is gone."""
        os.close(self._out)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._reader.join(10)
        os.close(self._in)

    def _call(self, method: str, params: Mapping[str, object], session: str | None = None) -> Mapping[str, Any]:
        self._number += 1
        number = self._number
        message: dict[str, object] = {"id": number, "method": method, "params": dict(params)}
        if session is not None:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        with self._news:
            if not self._news.wait_for(lambda: number in self._answers or self._closed, PATIENCE_S):
                raise BrowserError(method, "no answer")
            answer = self._answers.pop(number, {"error": "the browser is gone"})
        if "error" in answer:
            raise BrowserError(method, answer["error"])
        result: Mapping[str, Any] = answer["result"]
        return result

    def _read(self) -> None:
        rest = b""
        while part := os.read(self._in, 65536):
            *messages, rest = (rest + part).split(b"\0")
            for message in messages:
                self._take(json.loads(message))
        with self._news:
            self._closed = True
            self._news.notify_all()

    def _take(self, message: Mapping[str, Any]) -> None:
        if message.get("method") == "Log.entryAdded":
            self.said.append(str(message["params"]["entry"].get("text", "")))
        if "id" in message:
            with self._news:
                self._answers[message["id"]] = message
                self._news.notify_all()


class _Announcing(uvicorn.Server):
    """A server that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class House:
    """The application on one loopback port, which can be away and come back."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self._server: _Announcing | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """It answers."""
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self._port, log_level="error", lifespan="off", ws="none",
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = _Announcing(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        assert self._server.listening.wait(20)

    def close(self) -> None:
        """Nobody answers any more."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(20)
            assert not self._thread.is_alive()
        self._server = self._thread = None
