"""One POST to a stranger's address: bounded in time and size, without redirects, to the address that was checked."""

import contextlib
import http.client
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from api.webhook_addresses import (
    Destination,
    DestinationError,
    Resolve,
    read_destination,
    resolved,
    system_addresses,
)

PATIENCE_S = 20.0
"""From the first packet to the last of the answer's head: whoever keeps us longer keeps others waiting."""
CONNECT_S = 5.0
MOST_ADDRESSES = 3

_OK, _REDIRECT, _BAD = 200, 300, 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other side said: its status, 0 where it said nothing; why: in words, "" where it took the message.

    broken_off: by ourselves, so that nothing is known of the other side.
    """

    status: int
    why: str = ""
    broken_off: bool = False


class Post(Protocol):
    """Posts a body; never raises for what the other side does."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the other side answered."""


class GuardedPost:
    """Posts over HTTP and HTTPS. private: addresses of this machine and its networks are allowed."""

    def __init__(
        self, *, private: bool = False, resolve: Resolve = system_addresses, patience_s: float = PATIENCE_S
    ) -> None:
        self._private, self._resolve, self._patience_s = private, resolve, patience_s
        self._tls = ssl.create_default_context()
        self._open: set[socket.socket] = set()
        self._closing = threading.Event()

    def check(self, url: str) -> None:
        """Raises DestinationError where nothing would be posted there; nothing is connected to."""
        resolved(read_destination(url), resolve=self._resolve, private=self._private)

    def close(self) -> None:
        """Whatever is under way is broken off, and nothing is posted any more."""
        self._closing.set()
        for handle in [*self._open]:
            _shut(handle)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the other side answered; the body of its answer is not read."""
        answer = Answer(status=0) if self._closing.is_set() else self._guarded(url, body, headers)
        return Answer(status=0, broken_off=True) if self._closing.is_set() and not answer.status else answer

    def _guarded(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        try:
            destination = read_destination(url)
            addresses = resolved(destination, resolve=self._resolve, private=self._private)
            return self._post(destination, addresses, body, headers)
        except DestinationError as error:
            return Answer(status=0, why=str(error))
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            return Answer(status=0, why=_in_words(error))

    def _post(
        self, destination: Destination, addresses: Sequence[str], body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        with _connected(addresses[:MOST_ADDRESSES], destination.port) as plain, self._bounded(plain):
            # The name is proven by its certificate although an address is connected to.
            secure = destination.scheme == "https"
            reached = self._tls.wrap_socket(plain, server_hostname=destination.host) if secure else plain
            with reached:
                connection = http.client.HTTPConnection(destination.host, destination.port)
                connection.sock = reached
                sent = {"Host": destination.authority, "Connection": "close", **headers}
                connection.request("POST", destination.target, body, sent)
                return _answer(connection.getresponse().status)

    @contextmanager
    def _bounded(self, connected: socket.socket) -> Iterator[None]:
        """Whatever waits for the connection fails in time: a timeout of each read would never end a slow drip."""
        # Its own handle of the same connection: TLS takes the first one away.
        handle = socket.socket(fileno=os.dup(connected.fileno()))
        connected.settimeout(self._patience_s)
        timer = threading.Timer(self._patience_s, _shut, [handle])
        timer.daemon = True
        timer.start()
        self._open.add(handle)
        if self._closing.is_set():  # between the first look and now
            _shut(handle)
        try:
            yield
        finally:
            timer.cancel()
            self._open.discard(handle)
            handle.close()


def _shut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


def _answer(status: int) -> Answer:
    if _OK <= status < _REDIRECT:
        return Answer(status=status)
    if _REDIRECT <= status < _BAD:
        return Answer(
            status=status, why=f"it answered {status}: redirects are not followed, subscribe with the address"
        )
    return Answer(status=status, why=f"it answered {status}")


@contextmanager
def _connected(addresses: Sequence[str], port: int) -> Iterator[socket.socket]:
    """A connection to the first of the addresses that takes one; raises OSError of the last."""
    for place, address in enumerate(addresses):
        try:
            connected = socket.create_connection((address, port), timeout=CONNECT_S)
        except OSError:
            if place == len(addresses) - 1:
                raise
        else:
            with connected:
                yield connected
            return


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "it refuses connections"
    if isinstance(error, http.client.HTTPException):
        return "it closed the connection without an answer, or answered no HTTP"
    return f"it cannot be reached: {type(error).__name__}"
