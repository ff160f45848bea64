"""A disk whose power can be cut: a file system on a block device that forgets what it was not told to flush.

ext4 → loop device → nbdfuse (a file in front of a network block device) → nbdkit with a write-back cache → a file.
The cache is the disk's own: only a flush (fsync, a journal's commit) carries it to the file. SIGKILL of nbdkit is the
power cut: whatever was not flushed is gone, a flush under way is torn, and nothing of the kernel's page cache counts.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chaos.errors import CannotRunError, NotFinishedError

SIZE_BYTES = 2 << 30
READY_S = 10.0
CLEAR_S = 30.0
STEP_S = 0.05
PROGRAMS = {
    "nbdkit": "nbdkit",
    "nbdfuse": "libnbd-bin",
    "fusermount3": "fuse3",
    "losetup": "mount",
    "mount": "mount",
    "umount": "mount",
    "mkfs.ext4": "e2fsprogs",
}
"""What is needed, and the Debian package it is in."""
DEVICES = ("/dev/loop-control", "/dev/fuse")
HARDWARE = -15
"""A disk does not wait for a processor that is busy otherwise."""
SYSTEM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def missing() -> str:
    """Why no such disk can be had here; "" where it can."""
    lacking = [f"{program} (Debian package {package})" for program, package in PROGRAMS.items() if not found(program)]
    reasons = [
        *(["root"] if os.geteuid() != 0 else []),
        *(device for device in DEVICES if not Path(device).exists()),
        *lacking,
    ]
    return f"a disk whose power can be cut needs {', '.join(reasons)}" if reasons else ""


def found(program: str) -> str | None:
    """Where it is."""
    return shutil.which(program, path=SYSTEM_PATH)


@dataclass(slots=True, kw_only=True)
class CutDisk:
    """One disk in `folder`, mounted on `place` between `start` and `cut`, and again after `mount_what_is_left`."""

    folder: Path
    size_bytes: int = SIZE_BYTES
    _device: str = ""
    _server: subprocess.Popen[bytes] | None = None
    _file: subprocess.Popen[bytes] | None = None
    _mounted: list[Path] = field(default_factory=list)

    @property
    def place(self) -> Path:
        """Where it is mounted."""
        return self.folder / "m"

    @property
    def image(self) -> Path:
        """What the disk holds without power."""
        return self.folder / "disk.img"

    @property
    def _window(self) -> Path:
        """The file through which the loop device sees the network block device."""
        return self.folder / "disk"

    def start(self) -> None:
        """A new, empty file system is mounted. Raises CannotRunError, NotFinishedError."""
        if reason := missing():
            raise CannotRunError(reason)
        self.place.mkdir(parents=True)
        with self.image.open("wb") as image:
            image.truncate(self.size_bytes)
        socket, window = self.folder / "nbd.sock", self._window
        # a cache that may hold everything: what is not flushed stays in it, whatever it grows to
        serve = ["nbdkit", "-f", "-U", str(socket), "--filter=cache", "file", str(self.image), "cache=writeback"]
        self._server = self._spawn(serve)
        self._await(socket.exists, "nbdkit")
        window.touch()
        self._file = self._spawn(["nbdfuse", str(window), "--unix", str(socket)])
        self._await(lambda: window.stat().st_size == self.size_bytes, "nbdfuse")
        self._device = run("losetup", "--find", "--show", str(window))
        run("mkfs.ext4", "-q", self._device)
        self._mount(self._device)

    def cut(self) -> int:
        """The power is gone; returned is a moment (ms since 1970) just before."""
        if self._server is None:
            msg = "the disk has no power to be cut"
            raise NotFinishedError(msg)
        before = time.time_ns() // 1_000_000
        self._server.kill()
        self._server.wait()
        return before

    def mount_what_is_left(self) -> None:
        """What was on the disk without power is mounted, its journal replayed; nobody may use the disk any more."""
        self._clear()
        self._device = run("losetup", "--find", "--show", str(self.image))
        self._mount(self._device)

    def close(self) -> None:
        """No mount, device or process is left; the image is removed."""
        self._clear()
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
        self.image.unlink(missing_ok=True)

    def _clear(self) -> None:
        while self._mounted:
            insist("umount", str(self._mounted[-1]))
            self._mounted.pop()
        if self._device:
            insist("losetup", "--detach", self._device)
            self._device = ""
        if self._file is not None:
            self._file.terminate()
            self._file.wait(CLEAR_S)
            self._file = None
            if str(self._window) in Path("/proc/mounts").read_text(encoding="utf-8"):  # it lost its server before
                insist("umount", str(self._window))

    def _mount(self, device: str) -> None:
        run("mount", device, str(self.place))
        self._mounted.append(self.place)

    def _spawn(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        with (self.folder / "disk.log").open("ab") as log:
            process = subprocess.Popen([found(words[0]) or words[0], *words[1:]], stdout=log, stderr=log)
        os.setpriority(os.PRIO_PROCESS, process.pid, HARDWARE)
        return process

    def _await(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + READY_S
        while not done():
            if time.monotonic() > deadline:
                msg = f"{what} does not come up; see {self.folder / 'disk.log'}"
                raise CannotRunError(msg)
            time.sleep(STEP_S)


def run(program: str, *words: str) -> str:
    """What it printed; raises CannotRunError with its complaint."""
    done = subprocess.run([found(program) or program, *words], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        msg = f"{program} {' '.join(words)}: {done.stderr.strip() or f'code {done.returncode}'}"
        raise CannotRunError(msg)
    return done.stdout.strip()


def insist(program: str, *words: str) -> None:
    """It was done, tried again while the kernel still uses what is to be let go of; raises CannotRunError."""
    deadline = time.monotonic() + CLEAR_S
    while True:
        try:
            run(program, *words)
        except CannotRunError:
            if time.monotonic() > deadline:
                raise
            time.sleep(STEP_S)
        else:
            return
