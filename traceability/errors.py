"""Errors of the traceability package.

TraceabilityError
├── KeyFormatError     a text is no GS1 key of its kind
├── DigitalLinkError   a URI is no GS1 Digital Link
├── EventError         a document is no EPCIS event
├── CaptureLimitError  a document holds more events than one capture may
├── QueryError         a parameter of a query cannot be read
├── QueryTooLargeError more events match than the query allows
├── RecallRequestError a recall cannot be asked for like that
├── RecallStateError   a recall cannot take that step now
├── BalanceTooLargeError more things than one balance takes in
├── LifecycleFileError a file of lifecycle records is no such table
├── HoldRequestError   a hold cannot be placed like that
└── ScopeChangedError  the scope that was shown is not the scope any more
"""

from collections.abc import Sequence


class TraceabilityError(Exception):
    """Root of what can go wrong with keys, links and events."""


class KeyFormatError(TraceabilityError, ValueError):
    """A text is no GS1 key of its kind; `rule` says which rule failed, `rule_zh` the same in Chinese."""

    def __init__(self, kind: str, text: str, rule: str, rule_zh: str = "") -> None:
        self.kind, self.text, self.rule, self.rule_zh = kind, text, rule, rule_zh
        super().__init__(f"{text[:60]!r} is no {kind}: {rule}")


class DigitalLinkError(TraceabilityError, ValueError):
    """A URI is no GS1 Digital Link; `rule` says which rule failed (`rule_zh` in Chinese), `part` where."""

    def __init__(self, part: str, rule: str, rule_zh: str = "") -> None:
        self.part, self.rule, self.rule_zh = part, rule, rule_zh
        super().__init__(f"{part[:80]!r}: {rule}")


class EventError(TraceabilityError, ValueError):
    """A document is no EPCIS event; `field` is a path into it."""

    def __init__(self, field: str, rule: str) -> None:
        self.field, self.rule = field, rule
        super().__init__(f"{field}: {rule}")


class QueryError(TraceabilityError, ValueError):
    """A parameter of a query cannot be read; `rule` says what it may be."""

    def __init__(self, parameter: str, rule: str) -> None:
        self.parameter, self.rule = parameter, rule
        super().__init__(f"{parameter[:200]}: {rule}")


class QueryTooLargeError(TraceabilityError):
    """More events match than the query's maxEventCount."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"more than maxEventCount={most} events match; narrow the query or ask for pages")


class CaptureLimitError(TraceabilityError):
    """A document holds more events than one capture may."""

    def __init__(self, *, events: int, most: int) -> None:
        self.events, self.most = events, most
        super().__init__(f"{events} events; at most {most} are taken in one capture, send the document in parts")


class RecallRequestError(TraceabilityError, ValueError):
    """A recall cannot be asked for like that; `field` and `rule` say what is expected."""

    def __init__(self, field: str, rule: str) -> None:
        self.field, self.rule = field, rule
        super().__init__(f"{field}: {rule}")


class RecallStateError(TraceabilityError):
    """A recall cannot take that step now."""

    def __init__(self, recall: str, *, state: str, wanted: str, allowed: Sequence[str]) -> None:
        self.recall, self.state, self.wanted, self.allowed = recall, state, wanted, allowed
        ways = f"only {' or '.join(allowed)} can follow" if allowed else "nothing can follow"
        super().__init__(f"recall {recall} is {state}: {wanted} cannot follow, {ways}")


class ScopeChangedError(TraceabilityError):
    """Events captured meanwhile changed the scope that was shown."""

    def __init__(self, recall: str, *, shown: str, now: str) -> None:
        self.recall, self.shown, self.now = recall, shown, now
        super().__init__(
            f"the scope of recall {recall} is not the one that was shown ({shown[:12]}…, now {now[:12]}…): "
            "read the scope again and confirm what you see"
        )


class HoldRequestError(TraceabilityError, ValueError):
    """A hold cannot be placed like that; `field` and `rule` say what is expected."""

    def __init__(self, field: str, rule: str) -> None:
        self.field, self.rule = field, rule
        super().__init__(f"{field}: {rule}")


class BalanceTooLargeError(TraceabilityError):
    """More things than one balance takes in."""

    def __init__(self, *, things: int, most: int) -> None:
        self.things, self.most = things, most
        super().__init__(f"{things} things; a balance takes in {most}: ask for one pig, carcass, lot or pack")


class LifecycleFileError(TraceabilityError, ValueError):
    """A file of lifecycle records cannot be read as one; `rule` says what is expected."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(rule)
