"""Errors of ingest.

IngestError
├── MqttUrlError            a text is no MQTT address
├── BrokerRefusedError      the broker would drop messages, or does not let us in
└── SubscriptionRefusedError the broker does not let us hear a topic
"""

from collections.abc import Sequence


class IngestError(Exception):
    """Root of what keeps messages from coming in."""


class MqttUrlError(IngestError, ValueError):
    """A text is no MQTT address. The text itself may hold a password and is not repeated."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"no MQTT address: {problem}; expected mqtt://user:password@host:1883 or mqtts://…:8883")


class BrokerRefusedError(IngestError):
    """This broker is not fit to be used, and why."""


class SubscriptionRefusedError(IngestError):
    """The broker refused topic filters."""

    def __init__(self, filters: Sequence[str]) -> None:
        self.filters = tuple(filters)
        super().__init__(f"the broker does not let this user subscribe to {', '.join(filters)}: check its permissions")
