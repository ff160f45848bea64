"""Ports for the servers that tests start."""

import itertools
import os
import socket

FIRST, EACH, SHARES = 10_000, 5_000, 4

_turns = itertools.count(os.getpid() * 97)


def free_port() -> int:
    """A port on loopback on which nothing listens, and which is given out only here.

    It lies below those that the kernel gives to outgoing connections (from 32,768), and each of the processes that run
    tests at once has a share of its own: nobody takes it between here and the start of the server that is to have it.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # noqa: TID251 xdist says so in no other way
    share = FIRST + int(worker.removeprefix("gw")) % SHARES * EACH
    while True:
        port = share + next(_turns) % EACH
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
