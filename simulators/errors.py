"""Errors of the simulators.

SimulationError
├── PlanMismatchError      the state folder belongs to another plan
├── UnpublishableError     a message no broker would take
└── EventRefusedError      the service refuses an event
"""


class SimulationError(Exception):
    """Root of what can go wrong with a simulation."""


class PlanMismatchError(SimulationError):
    """The state folder belongs to another plan."""

    def __init__(self, *, folder: str, kept: str, given: str) -> None:
        self.folder, self.kept, self.given = folder, kept, given
        super().__init__(f"{folder} continues plan {kept}, not {given}: use another state folder or the same plan")


class UnpublishableError(SimulationError):
    """A message no broker would take."""

    def __init__(self, topic: str, reason: str) -> None:
        self.topic, self.reason = topic, reason
        super().__init__(f"{topic[:120]}: {reason}")


class EventRefusedError(SimulationError):
    """The service refuses an event; `status` is its HTTP status."""

    def __init__(self, status: int, answer: str) -> None:
        self.status, self.answer = status, answer
        super().__init__(f"the service answered {status} to an event: {answer[:200]}")
