"""The latest values kept in a file between runs, with the cursor they stand for."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from observations.model import Cursor
from storage.observations.latest import CELL, LatestIndex, LatestState

FORMAT = 1


class Head(msgspec.Struct, frozen=True):
    """What the arrays of the file belong to."""

    format: int
    identity: str
    properties: Sequence[str]
    cursor: Mapping[str, int]
    keys: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The state of an index that had been told everything up to `cursor`."""

    cursor: Cursor
    state: LatestState


class LatestFile:
    """A shortcut for the next start, never the truth: what is lost or does not fit is computed anew."""

    def __init__(self, path: Path, *, identity: str, properties: Sequence[str]) -> None:
        self._path = path
        self._identity = identity
        self._properties = list(properties)

    def keep(self, *, cursor: Cursor, index: LatestIndex) -> None:
        """The file holds the index, whole or as it was before; a full disk is none of ingest's trouble."""
        state = index.state()
        # keys may be identifiers, which are text of a class of their own: written as the text they are
        head = msgspec.json.encode(Head(FORMAT, self._identity, self._properties, cursor, state.keys), enc_hook=str)
        growing = self._path.with_name(f"{self._path.name}.new")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with growing.open("wb") as file:
                np.savez(
                    file,
                    head=np.frombuffer(head, np.uint8),
                    good=state.good,
                    arrived=state.arrived,
                    high_water_ms=state.high_water_ms,
                )
                file.flush()
                os.fsync(file.fileno())
            growing.replace(self._path)

    def discard(self) -> None:
        """The file is gone, also after a power cut; the next start computes what it held."""
        self._path.unlink(missing_ok=True)
        if self._path.parent.exists():
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def load(self) -> Kept | None:
        """What was kept of this very store for these properties; None where there is none that can be trusted."""
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                head = msgspec.json.decode(arrays["head"].tobytes(), type=Head)
                state = LatestState(
                    keys=head.keys,
                    good=arrays["good"],
                    arrived=arrays["arrived"],
                    high_water_ms=arrays["high_water_ms"],
                )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.MsgspecError):
            return None
        return Kept(cursor=dict(head.cursor), state=state) if self._fits(head, state) else None

    def _fits(self, head: Head, state: LatestState) -> bool:
        cells = (len(head.keys), len(self._properties))
        return (
            (head.format, head.identity, list(head.properties)) == (FORMAT, self._identity, self._properties)
            and state.good.shape == state.arrived.shape == cells
            and state.good.dtype == state.arrived.dtype == CELL
            and state.high_water_ms.shape == cells[:1]
        )
