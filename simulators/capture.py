"""Sends events over HTTP to an EPCIS capture interface, in order, each until it is taken."""

from collections.abc import Callable
from threading import Event

import httpx2

from simulators.errors import EventRefusedError
from simulators.events import DatedEvent

TIMEOUT_S = 10.0
RETRY_FIRST_S, RETRY_LAST_S = 0.5, 10.0
TAKEN = frozenset({200, 201, 202, 409})
"""409: the very event is there already."""
NOT_NOW = frozenset({401, 403, 404, 408, 425, 429})
"""A service being set up may not know our token or the path yet: the problem is shown, and the event tried again."""
SERVER_ERROR = 500


class EventSender:
    """Posts events one by one over a kept connection."""

    def __init__(self, *, url: str, token: str, on_problem: Callable[[str], None]) -> None:
        self._url, self._on_problem = f"{url.rstrip('/')}/epcis/events", on_problem
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._client = httpx2.Client(headers=headers, timeout=TIMEOUT_S)

    def close(self) -> None:
        """The connection is closed."""
        self._client.close()

    def send(self, event: DatedEvent, stop: Event) -> bool:
        """The service has the event; False only where `stop` was set before it took it.

        Waits and tries again while the service is away or busy; raises EventRefusedError where it refuses this event.
        """
        wait_s = RETRY_FIRST_S
        while not stop.is_set():
            problem = self._post(event)
            self._on_problem(problem)
            if not problem:
                return True
            stop.wait(wait_s)
            wait_s = min(wait_s * 2, RETRY_LAST_S)
        return False

    def _post(self, event: DatedEvent) -> str:
        try:
            answer = self._client.post(self._url, content=event.document)
        except httpx2.TransportError as error:
            return f"no service answers at {self._url}: {error}"
        status = answer.status_code
        if status in TAKEN:
            return ""
        if status in NOT_NOW or status >= SERVER_ERROR:
            return f"the service at {self._url} answers {status}"
        raise EventRefusedError(status, answer.text)
