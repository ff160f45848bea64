"""What goes over the socket between the service and the processes that make pages for it.

Each message is its length (four bytes, big-endian) and MessagePack. The service tells first where everything is and
the maker answers that it is ready, with an empty message; then each `AskedPage` is answered, in order, by a `MadePage`,
or by none where the service is to make the page itself.
"""

import struct

import msgspec

LENGTH = struct.Struct(">I")
READY = LENGTH.pack(0)


class Sources(msgspec.Struct, frozen=True):
    """What pages are made from. base_url: under which consumers reach them."""

    records_url: str
    base_url: str


def framed(message: bytes) -> bytes:
    """The message behind its length."""
    return LENGTH.pack(len(message)) + message
