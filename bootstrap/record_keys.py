"""The keys that seal others' secrets in the records: a file of the data folder, beside the other secrets."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from bootstrap.data_folder import DataFolder, kept_secret, write_private
from bootstrap.errors import FolderError
from storage.records.records import Records
from storage.records.sealing import KeyedSeal

KEPT = 2
"""After a change of keys the one before still opens: what another process sealed with it meanwhile."""


def key_file(folder: DataFolder) -> Path:
    """Where the keys are, one a line, the newest first."""
    return folder.secrets / "record-keys"


def record_seal(folder: DataFolder) -> KeyedSeal:
    """The seal of the house's records; its first key is made at the first call. Raises FolderError."""
    return KeyedSeal(lambda: _keys(folder))


def change_keys(folder: DataFolder, records: Records) -> int:
    """A new key seals from now on, and everything that was sealed is sealed with it; how many texts that were.

    Processes that run meanwhile read the new key when they seal, or meet what it sealed. Who changes keys at the same
    time waits: of two that begin with the same file one would lose the key that the other sealed with.
    """
    with _alone(folder):
        with records.together() as together:
            keys = [Fernet.generate_key().decode(), *_keys(folder)]
            # Durable before anything is sealed with it.
            _write(folder, keys)
            changed = together.subscriptions.seal_all(anew=KeyedSeal(lambda: keys))
        _write(folder, keys[:KEPT])
    return changed


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """Nobody else changes keys; the kernel lets go where this process dies."""
    with (folder.run / "record-keys.lock").open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keys(folder: DataFolder) -> Sequence[str]:
    file = key_file(folder)
    kept_secret(file)
    keys = [_padded(line) for line in file.read_text(encoding="utf-8").split()]
    try:
        for key in keys:
            Fernet(key)
    except ValueError as error:
        msg = f"{file} holds no keys: put back the file of the last backup"
        raise FolderError(msg) from error
    return keys


def _padded(line: str) -> str:
    """32 bytes in base64 with the padding that a secret made for any purpose has not."""
    return line + "=" * (-len(line) % 4)


def _write(folder: DataFolder, keys: Sequence[str]) -> None:
    write_private(key_file(folder), "\n".join(keys) + "\n")
