"""Where an observation store lives: a folder of the embedded engine, or a ClickHouse server."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

SERVER_SCHEMES = {"clickhouse+http": "http", "clickhouse+https": "https"}
DATABASE = "tiantou"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreLocation:
    """A folder (embedded: one process may open it) or the address of a server (any number of processes).

    folder: the embedded engine's data folder; None where `server` is given.
    server: an http or https address that clickhouse-connect takes as `dsn`; None where `folder` is given.
    cluster: as the server's configuration names it: tables are replicated, and sharded by device, over its servers.
    """

    folder: Path | None = None
    server: str | None = None
    database: str = DATABASE
    cluster: str | None = None

    @classmethod
    def parse(cls, url_or_path: str | Path) -> Self:
        """The place meant by `clickhouse+http[s]://user:password@host:port/database[?cluster=name]` or by a path."""
        text = str(url_or_path)
        scheme, separator, rest = text.partition("://")
        if not separator:
            return cls(folder=Path(text))
        if scheme not in SERVER_SCHEMES:
            msg = f"{scheme}:// is no observation store; give a folder, or one of {', '.join(SERVER_SCHEMES)}"
            raise ValueError(msg)
        parts = urlsplit(text)
        database = parts.path.strip("/") or DATABASE
        _refuse_unless_name(database, "database")
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        cluster = options.pop("cluster", None)
        if cluster is not None:
            _refuse_unless_name(cluster, "cluster")
        if options:
            msg = f"{', '.join(sorted(options))} is no option of an observation store; there is only cluster"
            raise ValueError(msg)
        address = rest.partition("?")[0]
        return cls(server=f"{SERVER_SCHEMES[scheme]}://{address}", database=database, cluster=cluster)

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


def _refuse_unless_name(name: str, kind: str) -> None:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        msg = f"{name!r} is no {kind} name: letters, digits and _, not beginning with a digit"
        raise ValueError(msg)
