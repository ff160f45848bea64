"""Errors of the records.

RecordsError
├── RecordsUrlError          a URL names no database the records can live in
├── RecordsUnavailableError  the database cannot answer now (it is also a StoreUnavailableError)
├── SchemaError              the tables are not those this version works with
├── MissingRecordError       a record names another that is not there
├── ClaimTakenError          a site has an ingest worker already
├── CursorMovedError         another process leads a follower on
├── RecordRefusedError       the database does not take a value
├── SealError                a secret in the records cannot be read (it is also a StoreUnavailableError)
└── BackupError              a copy cannot be made or put back
"""

from observations.errors import StoreUnavailableError


class RecordsError(Exception):
    """Root of what can go wrong with the records as a store."""


class RecordsUrlError(RecordsError, ValueError):
    """A URL names no database the records can live in; the URL's password is not repeated."""

    def __init__(self, url: str, rule: str) -> None:
        self.url, self.rule = url, rule
        super().__init__(f"records URL {url!r}: {rule}")


class RecordsUnavailableError(RecordsError, StoreUnavailableError):
    """The database cannot answer now; nothing of the call was kept, and it may be tried again."""


class SchemaError(RecordsError):
    """The tables are not those this version works with."""


class MissingRecordError(RecordsError, LookupError):
    """A record names another that is not there."""

    def __init__(self, kind: str, identifier: str) -> None:
        self.kind, self.identifier = kind, identifier
        super().__init__(f"{kind} {identifier!r} is not registered: register it first")


class ClaimTakenError(RecordsError):
    """A site has an ingest worker already."""

    def __init__(self, site: str, worker: str) -> None:
        self.site, self.worker = site, worker
        super().__init__(f"site {site} belongs to worker {worker}: tiantou workers release {worker}, then claim it")


class CursorMovedError(RecordsError):
    """A follower's cursor is not where this process left it: another process leads the same follower."""

    def __init__(self, follower: str) -> None:
        self.follower = follower
        super().__init__(f"the cursor of {follower} was moved by another process: run followers in one process only")


class RecordRefusedError(RecordsError, ValueError):
    """The database does not take a value; nothing of the call was kept."""


class SealError(RecordsError, StoreUnavailableError):
    """A secret in the records was sealed with a key that is not there; nothing else of the records is concerned."""

    def __init__(self) -> None:
        super().__init__(
            "a secret in the records was sealed with a key that is not in secrets/record-keys of the data folder: put "
            "that file back from the backup that these records are of"
        )


class BackupError(RecordsError):
    """A copy of the records cannot be made or put back."""
