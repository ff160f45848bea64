"""A process that makes pages of packs, one after the other, for the service that started it.

It is told first where the records are, then asked for pages, over a socket that only its owner may open
(`bootstrap.page_wire`). It opens neither the store of observations nor a connection to anything but the records, writes
nothing, and ends with the service, however that ended.
"""

import contextlib
import gc
import os
import socket
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
from bootstrap.logs import configure_logs
from bootstrap.page_services import page_services
from bootstrap.page_wire import LENGTH, READY, Sources, framed
from bootstrap.private_socket import private_socket
from bootstrap.settings import LogFormat
from storage.records.records import Records

LOOK_S = 1.0
"""How often it is looked whether the service still lives while nobody asks for anything."""

log = structlog.get_logger("bootstrap.page_maker")


def make_pages(file: Path, *, parent: int) -> None:
    """Pages were made for whoever connected to that socket, one at a time, until the process `parent` had ended."""
    if os.getppid() != parent:
        return  # the socket belongs to another one by now
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
        sources = msgspec.msgpack.decode(first, type=Sources)
        with contextlib.closing(Records.open(sources.records_url)) as records:
            services = page_services(records, base_url=sources.base_url)
            connection.sendall(READY)
            for message in messages:
                connection.sendall(framed(_made(services, message)))


def _made(services: PublicServices, message: bytes) -> bytes:
    """The page, encoded; none where the service is to try itself, and to say what is wrong."""
    made: MadePage | None = None
    try:
        made = made_here(services, msgspec.msgpack.decode(message, type=AskedPage), resolved_pack)
    except Exception as error:  # noqa: BLE001 an entry-point loop: one page must not keep the others from being made
        log.warning("page_not_made", kind=type(error).__name__)
    return msgspec.msgpack.encode(made)


def _messages(stream: BinaryIO) -> Iterator[bytes]:
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        message = stream.read(length)
        if len(message) < length:
            return
        yield message


def main() -> None:
    """The process of a maker: its socket, the process it belongs to and the form of its log are arguments."""
    configure_logs(LogFormat(sys.argv[3]))
    compile_templates()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: it need not be gone through again for every few pages
    make_pages(Path(sys.argv[1]), parent=int(sys.argv[2]))


if __name__ == "__main__":
    main()
