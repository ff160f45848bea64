"""Errors of certificates.

TraceabilityError
├── CertificateRequestError  it cannot be asked for like that, or not for this at all
├── CertificateBlockedError  something in it must not be sold now
└── CertificateStateError    what it is made of is used up or certified already
"""

from collections.abc import Sequence

from traceability.errors import TraceabilityError


class CertificateRequestError(TraceabilityError, ValueError):
    """A certificate cannot be asked for like that; `field` and `rule` say what is expected, `rule_zh` in Chinese."""

    def __init__(self, field: str, rule: str, rule_zh: str = "") -> None:
        self.field, self.rule, self.rule_zh = field, rule, rule_zh
        super().__init__(f"{field}: {rule}" + (f"（{rule_zh}）" if rule_zh else ""))


class CertificateBlockedError(TraceabilityError):
    """Something in it must not be sold now; `reasons` says what, until when and why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("no certificate: " + "; ".join(reasons[:20]))


class CertificateStateError(TraceabilityError):
    """What it is made of is used up, or certified already by another."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons[:20]))
