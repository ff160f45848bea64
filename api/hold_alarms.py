"""An alarm for every hold that a capture places: in the log at once, in the console's list of holds for good."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from api.services import Services
from traceability.holds import Hold

MOST_TOLD = 100
log = structlog.get_logger()


@contextmanager
def told_holds(services: Services) -> Iterator[None]:
    """Every hold that is placed within the block is in the log when it ends."""
    book = services.public.holds
    before = max((hold.number for hold in book.list(ended=False, after=0, limit=1)), default=0)
    yield
    for hold in reversed(book.list(ended=False, after=0, limit=MOST_TOLD)):
        if hold.number > before:
            tell_hold(hold)


def tell_hold(hold: Hold) -> None:
    """The alarm is in the log."""
    log.warning(
        "hold_placed",
        number=hold.number,
        subject=hold.subject,
        reason=hold.reason,
        cause=hold.cause,
        detail=hold.detail_en,
    )
