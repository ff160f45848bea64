"""A pack's page made in another process: what is asked of it, and what it answers."""

from typing import Protocol

import msgspec


class AskedPage(msgspec.Struct, frozen=True, array_like=True):
    """A request. path, query: as they were sent. client: the address it came from, empty where nobody knows."""

    method: str
    path: bytes
    query: bytes
    headers: list[tuple[bytes, bytes]]
    client: str


class MadePage(msgspec.Struct, frozen=True, array_like=True):
    """An answer; headers: lower-case names. opened: things whose code was opened. missed: lives without a digest."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    opened: list[str]
    missed: list[str]


class PagesElsewhere(Protocol):
    """Other processes that make pages of packs."""

    async def page(self, asked: AskedPage) -> MadePage | None:
        """The page; None where it is to be made here, as nobody else can or it went wrong there."""
