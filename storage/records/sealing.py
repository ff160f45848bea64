"""Secrets that others gave us, sealed before they lie in the records: a copy of the database alone tells none of them.

The keys lie elsewhere. The first one seals; older ones open what was sealed before.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from storage.records.errors import SealError

MARK = "fernet:"
"""Before a sealed text: what has none was written before there were seals."""


class Seal(Protocol):
    """What makes texts unreadable in the records, and readable again."""

    def close(self, text: str) -> str:
        """The text as the records keep it."""

    def open(self, kept: str) -> str:
        """The text that was closed, or that was never sealed; raises SealError."""


class NoSeal:
    """Texts lie in the records as they are: for records that hold no secrets of others."""

    def close(self, text: str) -> str:
        """The same text."""
        return text

    def open(self, kept: str) -> str:
        """The same text; raises SealError where it was sealed by another."""
        if kept.startswith(MARK):
            raise SealError
        return kept


class KeyedSeal:
    """Fernet under these keys, which another process may change.

    They are read anew before every sealing, as a key that left the file opens nothing any more, and where one to open
    with is missing.
    """

    def __init__(self, keys: Callable[[], Sequence[str]]) -> None:
        self._keys = keys
        self._fernet = _fernet(keys())

    def close(self, text: str) -> str:
        """The text as the records keep it, another each time."""
        self._fernet = _fernet(self._keys())
        return MARK + self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def open(self, kept: str) -> str:
        """The text that was closed, or that was never sealed; raises SealError where its key is not there."""
        if not kept.startswith(MARK):
            return kept
        sealed = kept.removeprefix(MARK).encode()
        try:
            plain = self._fernet.decrypt(sealed)
        except InvalidToken:
            self._fernet = _fernet(self._keys())
            plain = _opened(self._fernet, sealed)
        return plain.decode("utf-8", "surrogatepass")


def _opened(fernet: MultiFernet, sealed: bytes) -> bytes:
    try:
        return fernet.decrypt(sealed)
    except InvalidToken as error:
        raise SealError from error


def _fernet(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
