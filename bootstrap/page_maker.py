"""A process that makes pages of packs: one after the other, for the service that started it.

It is told first where the records are, then asked for pages, over a socket that only its owner may open. It opens
neither the store of observations nor a connection to anything but the records, writes nothing, and ends with the
service, however that ended. Each message is its length (four bytes, big-endian) and MessagePack.
"""

import contextlib
import gc
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import structlog

from api.public.page_messages import AskedPage, MadePage
from api.public.pages_elsewhere import made_here
from api.public.rendering import compile_templates
from api.public.router import resolved_pack
from api.public.services import PublicServices
from bootstrap.clock import utc_now
from bootstrap.life_weathers import RegisteredWeathers
from bootstrap.logs import configure_logs
from bootstrap.private_socket import private_socket
from bootstrap.settings import LogFormat
from storage.records.records import Records
from storage.records.remembered_places import RememberedPlaces

LENGTH = struct.Struct(">I")
LOOK_S = 1.0
"""How often it is looked whether the service still lives while nobody asks for anything."""
NOT_MADE = MadePage(status=0, headers=[], body=b"", opened=[], missed=[])
"""The answer where a page could not be made: the service tries itself, and says what is wrong."""

log = structlog.get_logger("bootstrap.page_maker")


class Workplace(msgspec.Struct, frozen=True):
    """What a maker is told first. base_url: under which consumers reach the pages."""

    records_url: str
    base_url: str


def make_pages(file: Path, *, parent: int) -> None:
    """Pages were made for whoever connected to that socket, one at a time, until the process `parent` had ended."""
    with contextlib.closing(private_socket(file)) as listening:
        listening.listen()
        listening.settimeout(LOOK_S)
        while os.getppid() == parent:
            with contextlib.suppress(TimeoutError):
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(None)
                    serve(connection)


def serve(connection: socket.socket) -> None:
    """Every page that was asked for over that connection is made; it ended with the connection."""
    with contextlib.suppress(ConnectionError), connection.makefile("rb") as stream:
        messages = _messages(stream)
        first = next(messages, None)
        if first is None:
            return
        with _services(msgspec.msgpack.decode(first, type=Workplace)) as services:
            decoder, encoder = msgspec.msgpack.Decoder(AskedPage), msgspec.msgpack.Encoder()
            for message in messages:
                told = encoder.encode(_made(services, decoder.decode(message)))
                connection.sendall(LENGTH.pack(len(told)) + told)


def _made(services: PublicServices, asked: AskedPage) -> MadePage:
    try:
        return made_here(services, asked, resolved_pack)
    except Exception:  # an entry-point loop: one page must not keep the others from being made
        log.exception("page_not_made", path=asked.path.decode("latin-1"))
        return NOT_MADE


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        message = stream.read(length)
        if len(message) < length:
            return
        yield message


@contextlib.contextmanager
def _services(place: Workplace) -> Iterator[PublicServices]:
    """What pages are made from, read from records that are closed afterwards."""
    with contextlib.closing(Records.open(place.records_url)) as records:
        yield page_services(records, base_url=place.base_url)


def page_services(records: Records, *, base_url: str) -> PublicServices:
    """All that pages of packs are made from; nothing is counted or wanted yet."""
    return PublicServices(
        events=records.events,
        products=records.products,
        places=RememberedPlaces(records.transactions),
        recalls=records.recalls,
        holds=records.holds,
        guards=records.guards,
        certificates=records.certificates,
        now=utc_now,
        base_url=base_url,
        links=records.given_links,
        scans=records.scans,
        prices=records.prices,
        photos=records.photos,
        weathers=RegisteredWeathers(records.places, records.weather, now=utc_now),
        digests=records.life_digests,
        one_view=records.transactions.one_view,
    )


def main() -> None:
    """The process of a maker: its socket, the process it belongs to and the form of its log are arguments."""
    configure_logs(LogFormat(sys.argv[3]))
    compile_templates()
    gc.freeze()  # what is loaded by now stays: it need not be gone through again for every few pages
    make_pages(Path(sys.argv[1]), parent=int(sys.argv[2]))


if __name__ == "__main__":
    main()
