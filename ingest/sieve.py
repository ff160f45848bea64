"""What of the messages of a session is to be stored by this process, and what is another's or nobody's."""

import secrets
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ingest.message import Message
from ingest.sites import is_marker, site_of


@dataclass(slots=True)
class Markers:
    """Messages of our own that are on their way through a session; `waited_for` are those not yet met."""

    waited_for: set[str]
    token: bytes = field(default_factory=lambda: secrets.token_hex(8).encode())


class Sieve:
    """Passes over the messages of sites that a worker has, and over markers. Passed over is acknowledged, not stored.

    Asked by the writer of one session, told by any thread.
    """

    def __init__(self, elsewhere: Collection[str] = ()) -> None:
        self._elsewhere = frozenset(elsewhere)
        self._markers: Markers | None = None
        self._lock = threading.Lock()
        self.passed = 0

    def leave(self, sites: Collection[str]) -> None:
        """The messages of exactly these sites are stored elsewhere, from the next batch on."""
        self._elsewhere = frozenset(sites)

    def expect(self, topics: Collection[str]) -> Markers:
        """The markers to be published on these topics, with that token as payload; earlier ones count no more."""
        markers = Markers(set(topics))
        with self._lock:
            self._markers = markers
        return markers

    def __call__(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Those to be stored here, in their order."""
        elsewhere = self._elsewhere
        topics = {message.topic for message in messages}
        foreign = {topic for topic in topics if is_marker(topic) or (elsewhere and site_of(topic) in elsewhere)}
        if not foreign:
            return messages
        self._meet([message for message in messages if message.topic in foreign])
        kept = [message for message in messages if message.topic not in foreign]
        self.passed += len(messages) - len(kept)
        return kept

    def _meet(self, foreign: Sequence[Message]) -> None:
        with self._lock:
            if self._markers is not None:
                token = self._markers.token
                self._markers.waited_for -= {message.topic for message in foreign if message.payload == token}
