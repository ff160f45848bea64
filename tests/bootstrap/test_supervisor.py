"""Real child processes: kept running, ended in order, found again after the supervisor was killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bootstrap.child import KEPT_LOGS, ChildPlan, fresh_log
from bootstrap.data_folder import DataFolder
from bootstrap.errors import AlreadyRunningError, ProcessStartError
from bootstrap.process import lives, marked_process
from bootstrap.supervisor import Supervisor, sole_user

PATIENCE_S = 20
WAITS_FOR_SIGTERM = (
    "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); signal.pause()"
)
IGNORES_SIGTERM = "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"


def eventually(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    waiting = threading.Event()
    while not done():
        assert time.monotonic() < deadline, "waited too long"
        waiting.wait(0.02)


def start_and_wait(supervisor: Supervisor) -> None:
    supervisor.start(threading.Event())
    supervisor.wait_until(lambda: False, threading.Event(), patience_s=PATIENCE_S, what="the end")


def plan(name: str, script: str = WAITS_FOR_SIGTERM, *, stop_patience_s: float = 10) -> ChildPlan:
    return ChildPlan(name=name, command=lambda: [sys.executable, "-c", script], stop_patience_s=stop_patience_s)


def test_a_child_that_is_killed_is_started_again(folder: DataFolder) -> None:
    with Supervisor(folder, [plan("one")]) as supervisor:
        supervisor.start(threading.Event())
        first = supervisor.children[0].pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        eventually(lambda: supervisor.children[0].pid not in {first, None})


def test_no_child_stays_behind_and_the_last_ends_first(folder: DataFolder, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    script = (
        "import signal, sys\n"
        "def stop(*_):\n"
        f"    open({str(ends)!r}, 'a').write(sys.argv[1] + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(15, stop)\n"
        "print('up', flush=True)\n"
        "signal.pause()\n"
    )
    plans = [
        ChildPlan(name=name, command=lambda name=name: [sys.executable, "-c", script, name])  # type: ignore[misc]
        for name in ("broker", "service", "simulators")
    ]
    with Supervisor(folder, plans) as supervisor:
        supervisor.start(threading.Event())
        pids = [child.pid for child in supervisor.children]
        eventually(lambda: all("up" in child.tail() for child in supervisor.children))
    assert ends.read_text() == "simulators service broker "
    assert not any(pid is not None and psutil.pid_exists(pid) for pid in pids)
    assert not list(folder.run.glob("*.pid"))


def test_a_child_that_does_not_listen_is_killed(folder: DataFolder) -> None:
    with Supervisor(folder, [plan("deaf", IGNORES_SIGTERM, stop_patience_s=0.2)]) as supervisor:
        supervisor.start(threading.Event())
        eventually(lambda: "up" in supervisor.children[0].tail())
        pid = supervisor.children[0].pid
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_a_child_has_a_group_of_its_own_for_ctrl_c_and_shares_the_session(folder: DataFolder) -> None:
    with Supervisor(folder, [plan("one")]) as supervisor:
        supervisor.start(threading.Event())
        eventually(lambda: supervisor.children[0].pid is not None)
        pid = supervisor.children[0].pid
        assert pid is not None
        assert os.getpgid(pid) == pid
        assert os.getsid(pid) == os.getsid(0)


def test_a_child_that_does_not_come_up_is_told_with_its_last_words(folder: DataFolder) -> None:
    script = "import sys; sys.exit('the disk is made of cheese')"
    told = r"(?s)broken does not come up: ended with code 1.*made of cheese"
    with Supervisor(folder, [plan("broken", script)]) as supervisor, pytest.raises(ProcessStartError, match=told):
        start_and_wait(supervisor)


def test_a_program_that_is_not_there_is_told(folder: DataFolder) -> None:
    missing = ChildPlan(name="missing", command=lambda: ["/nowhere/program"])
    with Supervisor(folder, [missing]) as supervisor, pytest.raises(ProcessStartError, match="/nowhere/program"):
        supervisor.start(threading.Event())


def test_children_that_outlived_a_killed_supervisor_are_ended_at_the_next_start(folder: DataFolder) -> None:
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from bootstrap.child import ChildPlan\n"
        "from bootstrap.data_folder import DataFolder\n"
        "from bootstrap.supervisor import Supervisor\n"
        f"plan = ChildPlan(name='one', command=lambda: [sys.executable, '-c', {WAITS_FOR_SIGTERM!r}])\n"
        "with Supervisor(DataFolder(root=Path(sys.argv[1])), [plan]) as supervisor:\n"
        "    supervisor.start(threading.Event())\n"
        "    print('started', flush=True)\n"
        "    threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(folder.root)], stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == b"started\n"
        survivor = marked_process(folder.run / "one.pid")
        assert survivor is not None
        with pytest.raises(AlreadyRunningError, match=f"process {supervisor.pid}"), sole_user(folder):
            pass
        supervisor.kill()
    assert lives(survivor)

    with Supervisor(folder, [plan("one")]) as next_one:
        assert not lives(survivor)
        next_one.start(threading.Event())
        assert next_one.children[0].pid != survivor.pid


def test_a_number_that_lives_on_in_another_process_is_left_alone(folder: DataFolder) -> None:
    (folder.run / "one.pid").write_text(f'{{"pid": {os.getpid()}, "started": 1.0}}')
    with Supervisor(folder, [plan("one")]):
        assert psutil.Process().is_running()
    assert marked_process(folder.run / "one.pid") is None


@pytest.mark.parametrize("mark", ["", "{", "[]", "7", '{"pid": "x", "started": 1}', '{"pid": -1, "started": 1}'])
def test_a_damaged_mark_is_no_process(folder: DataFolder, mark: str) -> None:
    (folder.run / "one.pid").write_text(mark)
    assert marked_process(folder.run / "one.pid") is None


def test_each_start_gets_a_fresh_log_and_the_oldest_gives_way(tmp_path: Path) -> None:
    for number in range(KEPT_LOGS + 3):
        with fresh_log(tmp_path / "one.log") as log:
            log.write(str(number).encode())
    kept = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert kept == {"one.log": "7", "one.1.log": "6", "one.2.log": "5", "one.3.log": "4", "one.4.log": "3"}
