"""Processes of ours that may outlive us: found again by process id and start time, never by name."""

import contextlib
import json
import socket
import time
from pathlib import Path

import psutil

from bootstrap.data_folder import write_private
from bootstrap.errors import PortTakenError

STEP_S = 0.05
START_TIME_TOLERANCE_S = 1.0
"""psutil reads start times in ticks of a hundredth of a second from the boot time, which may be corrected."""


def leave_mark(file: Path, pid: int) -> None:
    """The file says which process that is."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return  # it ended already: there is nothing to find later
    write_private(file, json.dumps({"pid": pid, "started": started}))


def marked_process(file: Path) -> psutil.Process | None:
    """The living process the file speaks of; None where it ended, even where its number lives on in another."""
    try:
        mark = json.loads(file.read_text(encoding="utf-8"))
        process = psutil.Process(int(mark["pid"]))
        same = abs(process.create_time() - float(mark["started"])) < START_TIME_TOLERANCE_S
        return process if same and lives(process) else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def lives(process: psutil.Process) -> bool:
    """The process has not ended; one whose exit code nobody has collected yet has."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def end_marked(file: Path, *, patience_s: float) -> bool:
    """The process the file speaks of has ended, asked first and then killed; True where there was one."""
    process = marked_process(file)
    if process is not None:
        end(process, patience_s=patience_s)
    file.unlink(missing_ok=True)
    return process is not None


def end(process: psutil.Process, *, patience_s: float) -> None:
    """The process has ended: asked with SIGTERM, and killed where it does not within `patience_s`."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        if not _ended(process, patience_s):
            process.kill()
            _ended(process, patience_s)


def _ended(process: psutil.Process, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while lives(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP_S)
    return True


def require_free_port(host: str, port: int, variable: str) -> None:
    """Nobody listens there; raises PortTakenError that names the variable to set."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # as servers do: connections of an earlier run that linger in TIME_WAIT are no obstacle
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTakenError(host=host, port=port, variable=variable) from error
