"""A PostgreSQL of a benchmark's own, as it is installed: what it commits is on the disk."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SYSTEM_USER = "postgres"


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database; nothing of the server is left afterwards. Raises FileNotFoundError without one."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None, key=lambda each: each.parts[-3])
    found = shutil.which("initdb") or programs
    if found is None:
        raise FileNotFoundError("initdb")  # noqa: EM101 the name of what is missing
    folder, binaries = Path(tempfile.mkdtemp(prefix="tiantou-bench-pg-")), Path(found).resolve().parent
    # The server refuses to run as root, so root hands the folder and the programs to its system user.
    user = SYSTEM_USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, options = folder / "data", f"-c unix_socket_directories={folder} -c listen_addresses=''"
    try:
        _run(user, binaries / "initdb", "--pgdata", data, "--auth=trust", "--username=tiantou", "--encoding=UTF8",
             "--locale=C")  # fmt: skip
        _run(user, binaries / "pg_ctl", "start", "--pgdata", data, "--wait", "--silent", "--log", folder / "log",
             "--options", options)  # fmt: skip
        try:
            yield f"postgresql://tiantou@/postgres?host={folder}"
        finally:
            _run(user, binaries / "pg_ctl", "stop", "--pgdata", data, "--mode=fast", "--silent")
    finally:
        shutil.rmtree(folder)


def _run(user: str | None, *command: str | Path) -> None:
    subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )
