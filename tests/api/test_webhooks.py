"""Posts to strangers: real sockets on this machine, names resolved by heart."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.webhook_addresses import DestinationError, is_public, read_destination, resolved
from api.webhook_post import Answer, GuardedPost

BODY = b'{"type":"EPCISQueryDocument"}'
Heard = list[tuple[str, str, bytes]]


@contextmanager
def serving(status: int, heard: Heard, **headers: str) -> Iterator[int]:
    """A web server that answers everything so; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            heard.append((self.path, self.headers["Host"], self.rfile.read(length)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Nothing is printed."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def talking(say: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A server that takes one connection and does with it as it likes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def take() -> None:
            connected, _ = listening.accept()
            with connected:
                say(connected, over)

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            thread.join()


def at_home(*addresses: str) -> GuardedPost:
    return GuardedPost(private=True, resolve=lambda *_: addresses or ["127.0.0.1"], patience_s=5)


def test_the_body_arrives_at_the_address_that_was_resolved_under_the_name_that_was_given() -> None:
    heard: Heard = []
    with serving(204, heard) as port:
        answer = at_home()(f"http://buyer.example:{port}/in?key=1%202", BODY, {"Content-Type": "application/json"})
    assert answer == Answer(status=204)
    assert heard == [("/in?key=1%202", f"buyer.example:{port}", BODY)]


def test_redirects_are_not_followed() -> None:
    heard: Heard = []
    with serving(307, heard, Location="http://127.0.0.1:1/inside") as port:
        answer = at_home()(f"http://buyer.example:{port}/", BODY, {})
    assert answer.status == 307
    assert "redirects are not followed" in answer.why
    assert len(heard) == 1


def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    heard: Heard = []
    with serving(200, heard) as port:
        assert at_home("127.0.0.2", "127.0.0.1")(f"http://buyer.example:{port}/", BODY, {}).status == 200


def test_whoever_drips_or_keeps_silent_keeps_nobody_long() -> None:
    def drip(connected: socket.socket, over: threading.Event) -> None:
        while not over.wait(0.01):
            try:
                connected.sendall(b"H")
            except OSError:
                return

    for say in (drip, lambda _, over: over.wait(30)):
        post = GuardedPost(private=True, resolve=lambda *_: ["127.0.0.1"], patience_s=0.2)
        with talking(say) as port:
            answer = post(f"http://buyer.example:{port}/", BODY, {})
        assert answer.status == 0
        assert answer.why


@pytest.mark.parametrize("said", [b"", b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000])
def test_what_is_no_http_is_a_failure_in_words(said: bytes) -> None:
    def say(connected: socket.socket, _: threading.Event) -> None:
        connected.recv(100_000)
        connected.sendall(said)

    with talking(say) as port:
        answer = at_home()(f"http://buyer.example:{port}/", BODY, {})
    assert answer.status == 0
    assert "HTTP" in answer.why or "reached" in answer.why


def test_a_closed_port_and_a_server_without_a_certificate_are_failures_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert at_home()(f"http://buyer.example:{port}/", BODY, {}) == Answer(status=0, why="it refuses connections")
    heard: Heard = []
    with serving(200, heard) as port:
        answer = at_home()(f"https://buyer.example:{port}/", BODY, {})
    assert answer.status == 0
    assert answer.why.startswith("it cannot be reached")
    assert heard == []


def test_the_certificate_has_to_be_of_the_name() -> None:
    assert GuardedPost()._tls.verify_mode is ssl.CERT_REQUIRED
    assert GuardedPost()._tls.check_hostname


def test_what_is_broken_off_says_nothing_of_the_other_side() -> None:
    post = at_home()
    reached = threading.Event()

    def hold(connected: socket.socket, over: threading.Event) -> None:
        connected.recv(10)
        reached.set()
        over.wait(30)

    answers: list[Answer] = []
    with talking(hold) as port:
        sender = threading.Thread(target=lambda: answers.append(post(f"http://buyer.example:{port}/", BODY, {})))
        sender.start()
        assert reached.wait(10)
        post.close()
        sender.join()
    assert answers == [Answer(status=0, broken_off=True)]
    assert post("http://buyer.example/", BODY, {}).broken_off


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
     "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
     "buyer.example", ""],
)  # fmt: skip
def test_addresses_inside_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["ftp://buyer.example/", "file:///etc/passwd", "http:///x", "http://user:secret@buyer.example/",
     "http://buyer.example/#x", "http://buyer.example:25/", "http://buyer.example:99999/", "http://[::1/",
     "http://[fe80::1%25eth0]/", "https:buyer.example"],
)  # fmt: skip
def test_addresses_that_lead_nowhere_good_are_refused(url: str) -> None:
    with pytest.raises(DestinationError):
        read_destination(url)


def test_one_address_inside_among_several_is_enough_to_refuse() -> None:
    destination = read_destination("https://buyer.example:8443/in")
    mixed = ["93.184.216.34", "10.0.0.1"]
    assert resolved(destination, resolve=lambda *_: mixed[:1], private=False) == mixed[:1]
    for found in (mixed, []):
        with pytest.raises(DestinationError, match="no host on the public internet"):
            resolved(destination, resolve=lambda *_: found, private=False)  # noqa: B023 asked at once
    assert resolved(destination, resolve=lambda *_: mixed, private=True) == mixed


def test_a_name_that_leads_inside_later_is_posted_nothing() -> None:
    """The check when somebody subscribes says nothing of the next day: every post checks what it connects to."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    post = GuardedPost(resolve=lambda *_: next(answers))
    heard: Heard = []
    with serving(200, heard) as port:
        url = f"http://rebinding.example:{port}/"
        post.check(url)
        assert "public internet" in post(url, BODY, {}).why
    assert heard == []
