"""Where everything lies in the data folder."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import FolderError

LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes 107 on Linux and 103 on macOS (sockaddr_un)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """Every path below one root; nothing is written anywhere else."""

    root: Path

    @property
    def observations(self) -> Path:
        """The embedded engine's folder; one process at a time."""
        return self.root / "observations"

    @property
    def latest_snapshot(self) -> Path:
        """Latest values as of some cursor."""
        return self.root / "latest.snapshot"

    def latest_snapshot_of(self, worker: str) -> Path:
        """The same for an ingest worker of that name."""
        return self.root / f"latest-{worker}.snapshot"

    @property
    def records(self) -> Path:
        """The SQLite file."""
        return self.root / "records.sqlite"

    @property
    def broker(self) -> Path:
        """The broker's configuration and streams."""
        return self.root / "broker"

    @property
    def secrets(self) -> Path:
        """Files that only their owner may read."""
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """Marks of running processes."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """What the processes said."""
        return self.root / "logs"

    @property
    def simulator(self) -> Path:
        """The simulators' progress and their truth, which is never published."""
        return self.root / "simulator"

    @property
    def control_socket(self) -> Path:
        """Where the command line reaches the running service."""
        return self.root / "control.sock"

    def page_socket(self, number: int) -> Path:
        """Where the service reaches that one of the processes that make pages; as short a path as the one above."""
        return self.root / f"page-{number}.sock"

    def page_sockets(self) -> Sequence[Path]:
        """Those that are there."""
        return sorted(self.root.glob("page-*.sock"))

    def create(self) -> None:
        """Every folder is there, for its owner alone; raises FolderError."""
        if len(os.fsencode(self.control_socket)) > LONGEST_SOCKET_PATH:
            msg = f"{self.root} is too long a path for a socket in it: set TIANTOU_DATA_DIR to a shorter one"
            raise FolderError(msg)
        for folder in (self.root, self.broker, self.secrets, self.run, self.logs, self.simulator):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)
            except OSError as error:
                msg = f"{folder} cannot be created: {error.strerror} (set TIANTOU_DATA_DIR to a folder you may write)"
                raise FolderError(msg) from error

    def is_empty(self) -> bool:
        """Nothing is there yet."""
        return not self.root.exists() or not any(self.root.iterdir())


def write_private(file: Path, content: str) -> None:
    """The file holds `content`, readable by its owner alone; a reader sees the old text or the new, never a part.

    It is durable on return, its name too.
    """
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """What was renamed into it stays under that name when the power fails (rename(2) alone does not say so)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_secret(file: Path, *, bytes_of_chance: int = 32) -> str:
    """The secret in that file, made at the first call; the same for every process that asks."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        write_private(draft, secrets.token_urlsafe(bytes_of_chance))
        try:
            os.link(draft, file)  # fails where another process was first: then its secret holds
            _sync_folder(file.parent)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="utf-8").strip()
