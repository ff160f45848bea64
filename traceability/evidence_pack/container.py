"""A ZIP file in one form only: for the same members there are no two different files.

No dates, no attributes, no comments, names in ASCII. Source: APPNOTE.TXT 6.3 of PKWARE, sections 4.3.7, 4.3.12, 4.3.16.
Standard library alone, as whoever checks a pack of evidence has nothing else.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from traceability.evidence_pack.errors import EvidenceError

STORED, DEFLATED = 0, 8
VERSION, FLAGS, TIME, DATE = 20, 0, 0, 0x21
"""DATE: 1 January 1980, where the format's calendar begins."""
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
LARGEST_FILE = 256 * 1024 * 1024
"""Bytes; what unpacks to more is no pack of evidence."""
MOST_MEMBERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file; packed: its bytes as they lie in the container, raw deflate where `method` says so."""

    name: str
    content: bytes
    method: int
    packed: bytes


def member(name: str, content: bytes, *, deflated: bool) -> Member:
    """The file, packed where that is wanted."""
    if not deflated:
        return Member(name=name, content=content, method=STORED, packed=content)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    return Member(name=name, content=content, method=DEFLATED, packed=packed)


def packed(members: Sequence[Member]) -> bytes:
    """The one container of these members in this order."""
    chunks: list[bytes] = []
    central: list[bytes] = []
    offset = 0
    for each in members:
        name = each.name.encode("ascii")
        numbers = (zlib.crc32(each.content), len(each.packed), len(each.content))
        head = LOCAL.pack(LOCAL_MARK, VERSION, FLAGS, each.method, TIME, DATE, *numbers, len(name), 0)
        chunks += [head, name, each.packed]
        fields = (VERSION, VERSION, FLAGS, each.method, TIME, DATE, *numbers, len(name), 0, 0, 0, 0, 0, offset)
        central += [CENTRAL.pack(CENTRAL_MARK, *fields), name]
        offset += len(head) + len(name) + len(each.packed)
    directory = b"".join(central)
    end = END.pack(END_MARK, 0, 0, len(members), len(members), len(directory), offset, 0)
    return b"".join([*chunks, directory, end])


def unpacked(data: bytes) -> list[Member]:
    """The members; raises EvidenceError where the bytes are not exactly the container that these members make."""
    members: list[Member] = []
    offset, room = 0, LARGEST_FILE
    while data[offset : offset + 4] == LOCAL_MARK and len(members) < MOST_MEMBERS:
        found, offset = _member_at(data, offset, room)
        room -= len(found.content)
        members.append(found)
    if not members:
        raise EvidenceError(part="file", rule="this is no ZIP file of evidence")
    if packed(members) != data:
        raise EvidenceError(part="file", rule="it is not as it was written: something between its parts was changed")
    return members


def by_name(members: Iterable[Member]) -> dict[str, Member]:
    """The members by name; raises EvidenceError where a name stands twice."""
    listed = [*members]
    found = {each.name: each for each in listed}
    if len(found) < len(listed):
        raise EvidenceError(part="file", rule="two files in it have the same name")
    return found


def _member_at(data: bytes, offset: int, room: int) -> tuple[Member, int]:
    if len(data) < offset + LOCAL.size:
        raise EvidenceError(part="file", rule="it ends too early")
    fields = LOCAL.unpack_from(data, offset)
    method, packed_size, size, name_length = fields[3], fields[7], fields[8], fields[9]
    begin = offset + LOCAL.size + name_length
    end = begin + packed_size
    name = data[offset + LOCAL.size : begin]
    if end > len(data) or size > room or method not in {STORED, DEFLATED} or not name.isascii():
        raise EvidenceError(part="file", rule="a part of it has sizes or names that cannot be")
    raw = data[begin:end]
    content = raw if method == STORED else _inflated(raw, size)
    return Member(name=name.decode("ascii"), content=content, method=method, packed=raw), end


def _inflated(raw: bytes, size: int) -> bytes:
    unpacker = zlib.decompressobj(-15)
    try:
        content = unpacker.decompress(raw, size + 1)
    except zlib.error as error:
        raise EvidenceError(part="file", rule=f"a part of it cannot be unpacked: {error}") from None
    if len(content) != size or not unpacker.eof or unpacker.unused_data:
        raise EvidenceError(part="file", rule="a part of it unpacks to another length")
    return content
