"""A web server in a thread of its own, on a socket that is bound before anyone waits for it."""

import socket
import threading
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from bootstrap.errors import PortTakenError

BACKLOG = 2048
GOODBYE_S = 5
"""How long open requests may take to finish when the server ends."""


def tcp_socket(host: str, port: int, *, variable: str) -> socket.socket:
    """A socket bound there; raises PortTakenError that names the variable to set."""
    # Only where the protocol is named does asyncio send small answers at once; else each waits some 40 ms.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortTakenError(host=host, port=port, variable=variable) from error
    return bound


class WebServer:
    """Serves an application on a bound socket from `start` to `stop`."""

    def __init__(self, app: ASGIApp, bound: socket.socket, *, name: str, **options: Any) -> None:  # noqa: ANN401 uvicorn's own
        self._bound = bound
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                http="h11",  # httptools bounds no header: one connection could fill the memory
                log_config=None,
                access_log=False,
                backlog=BACKLOG,
                timeout_graceful_shutdown=GOODBYE_S,
                server_header=False,
                **options,
            )
        )
        self._thread = threading.Thread(target=self._serve, name=name)

    def start(self) -> None:
        """The server answers, or will in a moment: connections made meanwhile wait."""
        self._bound.listen(BACKLOG)
        self._thread.start()

    def stop(self) -> None:
        """No request is being answered any more and the socket is closed."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join()
        self._bound.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._bound])
