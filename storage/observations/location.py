"""Where an observation store lives: a folder of the embedded engine, or a ClickHouse server."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

SERVER_SCHEMES = {"clickhouse+http": "http", "clickhouse+https": "https"}
DATABASE = "tiantou"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLocation:
    """A folder (embedded: one process may open it) or the address of a server (any number of processes).

    folder: the embedded engine's data folder; None where `server` is given.
    server: an http or https address that clickhouse-connect takes as `dsn`; None where `folder` is given.
    """

    folder: Path | None = None
    server: str | None = None
    database: str = DATABASE

    @classmethod
    def parse(cls, url_or_path: str | Path) -> Self:
        """The place meant by `clickhouse+http[s]://user:password@host:port/database` or by a path."""
        text = str(url_or_path)
        scheme, separator, rest = text.partition("://")
        if not separator:
            return cls(folder=Path(text))
        if scheme not in SERVER_SCHEMES:
            msg = f"{scheme}:// is no observation store; give a folder, or one of {', '.join(SERVER_SCHEMES)}"
            raise ValueError(msg)
        database = urlsplit(text).path.strip("/") or DATABASE
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", database):
            msg = f"{database!r} is no database name: letters, digits and _, not beginning with a digit"
            raise ValueError(msg)
        return cls(server=f"{SERVER_SCHEMES[scheme]}://{rest}", database=database)

    @property
    def shared(self) -> bool:
        """Other processes may write to the same store."""
        return self.server is not None

    def __str__(self) -> str:
        """The place for a message to a person, without credentials."""
        if self.folder is not None:
            return str(self.folder)
        parts = urlsplit(self.server or "")
        return f"{parts.scheme}://{parts.hostname}:{parts.port or '?'}/{self.database}"
