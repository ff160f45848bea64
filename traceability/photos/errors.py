"""Errors of photos.

TraceabilityError
└── PhotoRequestError  it cannot be kept or shown like that
"""

from traceability.errors import TraceabilityError


class PhotoRequestError(TraceabilityError, ValueError):
    """A photo cannot be kept or shown like that; `field` says where, `rule` and `rule_zh` what is expected."""

    def __init__(self, field: str, rule: str, rule_zh: str) -> None:
        self.field, self.rule, self.rule_zh = field, rule, rule_zh
        super().__init__(f"{field}: {rule}（{rule_zh}）")
