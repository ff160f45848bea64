"""A copy of a store as Parquet files: any later version, another engine, or a spreadsheet can read it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from observations.errors import ObservationError

FORMAT = 2
READABLE = (1, 2)
"""Form 1 has no further tables."""
MANIFEST = "manifest.json"
CONFLICTS = "conflicts.parquet"


class ArchiveError(ObservationError):
    """A folder cannot take an archive, or holds none that can be trusted."""


class Member(msgspec.Struct, frozen=True):
    """One file of the archive."""

    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What belongs to the archive; written last, so that a broken-off copy has none."""

    format: int
    writers: Sequence[str]
    observations: Mapping[str, Member]
    conflicts: Member
    tables: Mapping[str, Member] = {}


def write_archive(
    folder: Path,
    *,
    observations: Iterable[pa.Table],
    conflicts: pa.Table,
    writers: Sequence[str],
    tables: Iterable[tuple[str, pa.Table]] = (),
) -> None:
    """The rows lie in `folder`, durable; raises ArchiveError where the folder is not empty.

    tables: what people did to values (corrections, erasures, expiries) and aggregates, in pieces, each with the name of
        its table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        msg = f"{folder} is not empty; give a folder that is, or that does not exist"
        raise ArchiveError(msg)
    named = ((f"observations-{number:05d}.parquet", rows) for number, rows in enumerate(observations, start=1))
    members = {name: _write(folder / name, rows) for name, rows in named if rows.num_rows}
    pieces = ((f"{name}-{number:05d}.parquet", rows) for number, (name, rows) in enumerate(tables, start=1))
    others = {name: _write(folder / name, rows) for name, rows in pieces if rows.num_rows}
    manifest = Manifest(FORMAT, list(writers), members, _write(folder / CONFLICTS, conflicts), others)
    _keep(folder / MANIFEST, lambda path: path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest))))
    _sync(folder)


def read_manifest(folder: Path) -> Manifest:
    """What the archive holds; raises ArchiveError where there is no whole archive."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        msg = f"{folder} holds no whole copy of observations: {MANIFEST} is missing"
        raise ArchiveError(msg) from None
    except msgspec.MsgspecError as error:
        msg = f"{folder / MANIFEST} cannot be read: {error}"
        raise ArchiveError(msg) from error
    if manifest.format not in READABLE:
        msg = f"{folder} has format {manifest.format}; this version reads up to format {FORMAT}"
        raise ArchiveError(msg)
    return manifest


def read_observations(folder: Path, manifest: Manifest) -> Iterator[pa.Table]:
    """The rows file by file, each checked against its digest."""
    for name, member in manifest.observations.items():
        yield _read(folder / name, member)


def read_conflict_rows(folder: Path, manifest: Manifest) -> pa.Table:
    """The conflicts, checked."""
    return _read(folder / CONFLICTS, manifest.conflicts)


def read_tables(folder: Path, manifest: Manifest) -> Iterator[tuple[str, pa.Table]]:
    """The further tables in pieces, each with the name of its table, and checked."""
    for name, member in manifest.tables.items():
        yield name.partition("-")[0], _read(folder / name, member)


def _write(path: Path, rows: pa.Table) -> Member:
    _keep(path, lambda target: pq.write_table(rows, target, compression="zstd"))
    return Member(rows.num_rows, _digest(path))


def _keep(path: Path, write: Callable[[Path], object]) -> None:
    write(path)
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, member: Member) -> pa.Table:
    try:
        digest = _digest(path)
    except OSError as error:
        msg = f"{path} of the archive cannot be read: {error.strerror}"
        raise ArchiveError(msg) from error
    if digest != member.sha256:
        msg = f"{path} is not as it was written: its digest differs from the manifest's"
        raise ArchiveError(msg)
    return pq.read_table(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
