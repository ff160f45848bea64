"""Errors of evidence.

TraceabilityError
└── EvidenceError  a pack of evidence is not as it was signed
"""

from traceability.errors import TraceabilityError


class EvidenceError(TraceabilityError, ValueError):
    """A pack of evidence is not as it was signed; `part` says where, `rule` what does not hold."""

    def __init__(self, part: str, rule: str) -> None:
        self.part, self.rule = part, rule
        super().__init__(f"{part}: {rule}")
