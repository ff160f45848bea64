"""docs/getting-started.md, typed in by somebody who believes every word of it."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from bootstrap.broker import program
from bootstrap.errors import ProgramMissingError
from tests.journeys.house import ROOT, START_S, STEP_S
from tests.ports import free_port

pytestmark = pytest.mark.journey
ENGLISH = ROOT / "docs/getting-started.md"
CHINESE = ROOT / "docs/getting-started.zh-CN.md"
SERVE = "tiantou serve\n"
PIG = "143018200090001"
BLOCK_S = 120.0
STORED_S = 30.0


def blocks(document: Path) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def set_to(settings: str, **values: object) -> str:
    """The block of settings with other values."""
    for name, value in values.items():
        settings, times = re.subn(rf"(?m)^export {name}=.*$", f"export {name}={value}", settings)
        assert times == 1, f"{name} should be exported once in the first block"
    return settings


@dataclass(slots=True)
class Terminal:
    """One shell that goes on from block to block, as a person's does; it stops at the first command that fails."""

    folder: Path
    environment: dict[str, str]
    shell: subprocess.Popen[str] = field(init=False)
    typed: int = 0

    def __post_init__(self) -> None:
        self.shell = subprocess.Popen(
            ["sh", "-eu"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, block: str) -> str:
        """What the block printed."""
        self.typed += 1
        script = self.folder / f"block-{self.typed}.sh"
        script.write_text(block, encoding="utf-8")
        end = f"-- end of block {self.typed} --"
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        # what came last may lack its line end
        self.shell.stdin.write(f". {script} </dev/null\nprintf '\\n%s\\n' '{end}'\n")
        self.shell.stdin.flush()
        printed: list[str] = []
        with self._ended_when_it_hangs():
            for text in self.shell.stdout:
                if text.rstrip("\n") == end:
                    return "".join(printed)
                printed.append(text)
        return pytest.fail(f"{block}\nended the shell with:\n{''.join(printed)}")

    @contextmanager
    def _ended_when_it_hangs(self) -> Iterator[None]:
        watch = threading.Timer(BLOCK_S, self.shell.kill)
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            watch.join()

    def close(self) -> None:
        self.shell.communicate(timeout=10)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The tests' own environment with a `tiantou` command on the PATH and no setting of ours."""
    for needed in ("curl", "mosquitto_pub"):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not installed")
    try:
        program()
    except ProgramMissingError as error:
        pytest.skip(str(error))
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "tiantou").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m bootstrap "$@"\n')
    (commands / "tiantou").chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TIANTOU_")}  # noqa: TID251 a shell's
    return {**inherited, "PATH": f"{commands}:{inherited['PATH']}", "no_proxy": "127.0.0.1"}


@pytest.fixture
def settings(tmp_path: Path) -> str:
    """The first block, on free ports and a folder that is not there yet."""
    return set_to(
        blocks(ENGLISH)[0],
        TIANTOU_DATA_DIR=tmp_path / "site",
        TIANTOU_HTTP_PORT=free_port(),
        TIANTOU_MQTT_PORT=free_port(),
    )


@pytest.fixture
def service(tmp_path: Path, environment: dict[str, str], settings: str) -> Iterator[str]:
    """The first terminal: what it says once the service is ready."""
    log = tmp_path / "serve.log"
    with log.open("wb") as screen:
        serving = subprocess.Popen(
            ["sh", "-c", f"{settings}\nexec {SERVE}"], cwd=tmp_path, env=environment, stdout=screen, stderr=screen
        )
    try:
        deadline = time.monotonic() + START_S
        while "/console" not in (said := log.read_text(encoding="utf-8")):
            assert serving.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(STEP_S)
        yield said
    finally:
        serving.terminate()
        serving.wait(START_S)


@pytest.fixture
def terminal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    """The second terminal."""
    opened = Terminal(tmp_path, environment)
    yield opened
    opened.close()


def type_until(terminal: Terminal, block: str, expected: str) -> str:
    """What the block prints once that is in it; typed again and again, as a reading takes a moment to be stored."""
    deadline = time.monotonic() + STORED_S
    while expected not in (printed := terminal.type(block)):
        assert time.monotonic() < deadline, printed
        time.sleep(STEP_S)
    return printed


def console_page(base: str, login: str, password: str, path: str) -> str:
    with httpx2.Client(base_url=base, trust_env=False, follow_redirects=True) as browser:
        token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/console/login").text)
        assert token is not None
        form = {"csrf": token[1], "login": login, "password": password, "next": path}
        answer = browser.post("/console/login", data=form)
        assert answer.is_success, answer.text
        return answer.text


def password_in(printed: str) -> str:
    found = re.search("^password: (.+)$", printed, re.MULTILINE)
    assert found is not None
    return found[1]


def assert_the_console_shows_the_reading(base: str, password: str) -> None:
    assert "38.6" in console_page(base, "li.na", password, f"/console/animals/{PIG}")
    assert "ear_temperature" in console_page(base, "li.na", password, "/console/devices/tag-0001")


def assert_the_page_behind_the_code_tells_what_it_may(base: str, printed: str) -> None:
    link = re.findall(rf"^({base}/01/.+)$", printed, re.MULTILINE)[0]
    page = httpx2.get(link, trust_env=False)
    assert page.status_code == 200
    assert "编码有效，没有召回记录" in page.text
    assert "暂停销售" not in page.text
    for told in ("流沙河老屋场", "流沙河镇", "宁乡花猪", "宁乡定点屠宰场", "流沙河分割车间", "L001"):
        assert told in page.text, told
    for hidden in ("4 号户", "草冲村", "h-004"):
        assert hidden not in page.text, hidden
    assert "<svg" in httpx2.get(f"{base}/qr{link.removeprefix(base)}.svg", trust_env=False).text


def assert_the_pack_is_on_hold_and_says_why(base: str, printed: str) -> None:
    link = re.findall(rf"^({base}/01/.+)$", printed, re.MULTILINE)[0]
    page = httpx2.get(link, trust_env=False).text
    assert "暂停销售，正在查" in page
    assert "没有动物检疫证明" in page
    assert "没有在戴的耳标" not in page, "the tag is recorded"
    assert "许可" not in page, "and so is the slaughterhouse's licence"
    assert '"no_certificate"' in printed


def test_every_command_of_the_guide_does_what_it_says(settings: str, service: str, terminal: Terminal) -> None:
    base = f"http://127.0.0.1:{re.findall('HTTP_PORT=([0-9]+)', settings)[0]}"
    assert f"{base}/console" in service
    _, serve, *rest = blocks(ENGLISH)
    assert serve == SERVE
    terminal.type(settings)
    printed = ""
    for block in rest:
        if block.startswith("curl"):
            printed += type_until(terminal, block, '"value":38.6')
            assert_the_console_shows_the_reading(base, password_in(printed))
        else:
            printed += terminal.type(block)
        if block.startswith("STATUS="):
            assert_the_pack_is_on_hold_and_says_why(base, printed)

    assert "next: tiantou device deploy tag-0001 --animal NUMBER" in printed
    assert "23.4" in console_page(base, "li.na", password_in(printed), "/console/fields/field-04")
    assert printed.count("captured: 201") == 3
    assert re.findall('"onHold": (true|false)', printed) == ["true", "false"]
    assert_the_page_behind_the_code_tells_what_it_may(base, printed)


def test_the_chinese_guide_has_the_same_commands() -> None:
    assert blocks(CHINESE) == blocks(ENGLISH)


def test_the_guide_names_only_files_that_are_there() -> None:
    for document in (ENGLISH, CHINESE):
        for link in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists() or link.startswith("../README"), link
