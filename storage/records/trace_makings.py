"""The many things that one step or batch made, as one text: what a recall reaches is mostly packs that lead nowhere."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete

from storage.records.trace_tables import trace_makings
from storage.records.transactions import among, insert_many

Group = tuple[str, bool]
"""A source, and whether what it made is certain."""

_TAILS = msgspec.json.Decoder(list[str])


def write_makings(connection: Connection, makings: Mapping[Group, Sequence[str]], numbers: Mapping[str, int]) -> None:
    """The texts are there; names and numbers are as the index holds them."""
    rows = []
    for (source, certain), names in makings.items():
        head = common_head(names)
        tails = msgspec.json.encode([name[len(head) :] for name in sorted(names)]).decode()
        rows.append((numbers[source], int(certain), head, tails))
    insert_many(connection, trace_makings, rows)


def forget_makings(connection: Connection, sources: Collection[int]) -> None:
    """None of these has a text."""
    connection.execute(delete(trace_makings).where(among(connection, trace_makings.c.source, sources)))


def told_names(head: str, tails: str) -> list[str]:
    """The names in a text."""
    return [head + tail for tail in _TAILS.decode(tails)]


def common_head(names: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(names), max(names)
    same = next((place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[:same] if same is not None else first[: min(len(first), len(last))]
